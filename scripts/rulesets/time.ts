import { OperatorError } from "./operator-error.js";

const DAY_MS = 86_400_000;

/**
 * The moment so many days from now, as documents write it.
 *
 * @throws OperatorError where that is not in the future
 */
export function dayFrom(days: number, nowMs = Date.now()): string {
  if (!(days > 0)) throw new OperatorError("--days must be more than 0: nothing would ever be valid.");
  return new Date(nowMs + days * DAY_MS).toISOString();
}
