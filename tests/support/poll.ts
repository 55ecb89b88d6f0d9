/** Waiting for a condition with a deadline: tests never sleep and hope. */
import { setTimeout as sleep } from "node:timers/promises";

/** How long what takes milliseconds may take on a machine that has other things to do: no verdict hangs on how busy it is. */
export const PATIENCE_MS = 60_000;

/**
 * Ask until `condition` is true.
 *
 * @throws Error naming `what` when `deadlineMs` is over.
 */
export async function poll(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = PATIENCE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  // What takes long is asked for less often: the asking takes processor time from what is waited for.
  for (let pauseMs = 5; !(await condition()); pauseMs = Math.min(50, pauseMs * 1.2)) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await sleep(pauseMs);
  }
}
