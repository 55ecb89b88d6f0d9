/**
 * Owns when a period of a summary ends: at the full hour or at midnight by the box's clock, where that can be trusted.
 *
 * The end is fixed at the beginning and by the monotonic clock: no jump makes a running period longer or shorter. The
 * next one is as much longer or shorter as it takes to end on the hour again, from half to one and a half of its
 * length. Where the clock was never set, periods last their length and end whenever that is over.
 */
import type { Clock } from "../base/clock.js";
import type { ClockQuality } from "../base/clock-quality.js";

export type PeriodKind = "hour" | "day";

const HOUR_MS = 3_600_000;
export const PERIOD_MS: Readonly<Record<PeriodKind, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS };

/**
 * Monotonic time at which a period ends.
 *
 * @param elapsedMs how much of it is over: after a restart, what came before it
 */
export function periodEndMs(kind: PeriodKind, clock: Clock, quality: ClockQuality, elapsedMs = 0): number {
  const lengthMs = PERIOD_MS[kind];
  const nowMs = clock.monotonicMs();
  if (elapsedMs >= 1.5 * lengthMs) return nowMs;
  if (quality === "unset") return nowMs + Math.max(0, lengthMs - elapsedMs);
  const wallMs = clock.wallMs();
  let endMs = nextBoundary(kind, wallMs);
  if (elapsedMs + endMs - wallMs < lengthMs / 2) endMs = nextBoundary(kind, endMs);
  return nowMs + (endMs - wallMs);
}

/** The first full hour, or local midnight, after a wall time. */
function nextBoundary(kind: PeriodKind, wallMs: number): number {
  const date = new Date(wallMs);
  const boundary =
    kind === "hour"
      ? new Date(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours() + 1)
      : new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1);
  // Where clocks are put back, the hour that comes twice must not end before it has begun.
  return boundary.getTime() > wallMs ? boundary.getTime() : wallMs + PERIOD_MS[kind];
}
