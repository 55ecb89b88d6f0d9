/** Waiting for a condition with a deadline: tests never sleep and hope. */
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Ask until `condition` is true.
 *
 * @throws Error naming `what` when `deadlineMs` is over.
 */
export async function poll(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 15_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  // What takes long is asked for less often: the asking takes processor time from what is waited for.
  for (let pauseMs = 5; !(await condition()); pauseMs = Math.min(50, pauseMs * 1.2)) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await sleep(pauseMs);
  }
}
