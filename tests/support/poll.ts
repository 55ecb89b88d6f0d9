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
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await sleep(5);
  }
}
