/**
 * Owns how many bytes of incident messages an hour may cost the line, and which are kept back beyond that.
 *
 * A bucket that fills evenly and holds one hour's bytes. What is only information is kept back when three quarters are
 * spent, what is only to be watched when all is spent; what is to be acted on is sent on credit, up to as much again;
 * beyond that only its openings go. What is kept back stays in the store and is counted in the next summary.
 *
 * What is left is stored with every message and now and then, and taken over by the next run, so that an agent that is
 * started again and again has no more than one budget. Only time of operation fills it.
 */
import type { Clock } from "../base/clock.js";
import type { PriorityClass } from "../base/outbox.js";
import type { IncidentState } from "./incident.js";
import type { TallyAmount } from "./tally.js";

/** Its name in the store. */
const PERIOD = "budget";
const KEY = "left";
const HOUR_MS = 3_600_000;
/** Envelope, topic and MQTT's headers around a payload. */
const OVERHEAD_BYTES = 320;
/** Part of the budget that is left to what matters more than information. */
const RESERVE = 0.25;

export class SendBudget {
  readonly #clock: Clock;
  readonly #bytesPerHour: number;
  #left: number;
  #filledMs: number;

  constructor(clock: Clock, bytesPerHour: number) {
    this.#clock = clock;
    this.#bytesPerHour = bytesPerHour;
    this.#left = bytesPerHour;
    this.#filledMs = clock.monotonicMs();
  }

  /** Whether a number of the store belongs to a budget. */
  static owns([period]: TallyAmount): boolean {
    return period === PERIOD;
  }

  /** What is left, as it is to be stored. */
  get amount(): TallyAmount {
    return [PERIOD, KEY, Math.round(this.leftBytes)];
  }

  /** Go on with what the last run has left; what this one has spent before it could be asked is taken off. */
  resume(amounts: readonly TallyAmount[]): void {
    const stored = amounts.find(([period, key]) => period === PERIOD && key === KEY);
    if (!stored) return;
    const spent = this.#bytesPerHour - this.leftBytes;
    const left = Math.min(this.#bytesPerHour, stored[2]) - spent;
    this.#left = Math.max(-this.#bytesPerHour, left);
  }

  /** Bytes that may be spent now; negative for a credit. */
  get leftBytes(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(
      this.#bytesPerHour,
      this.#left + ((nowMs - this.#filledMs) / HOUR_MS) * this.#bytesPerHour,
    );
    this.#filledMs = nowMs;
    return this.#left;
  }

  /** Spend for a message. Returns false where it is to be kept back. */
  spend(priority: PriorityClass, state: IncidentState, payloadBytes: number): boolean {
    const bytes = payloadBytes + OVERHEAD_BYTES;
    const isOpening = state === "opened" && (priority === "critical" || priority === "high");
    if (!isOpening && this.leftBytes - bytes < this.#floor(priority)) return false;
    this.#left = Math.max(-this.#bytesPerHour, this.leftBytes - bytes);
    return true;
  }

  #floor(priority: PriorityClass): number {
    switch (priority) {
      case "low":
        return this.#bytesPerHour * RESERVE;
      case "normal":
        return 0;
      default:
        return -this.#bytesPerHour;
    }
  }
}
