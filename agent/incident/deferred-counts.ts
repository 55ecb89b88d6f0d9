/**
 * Owns counts of detections that are not written out, until they go to disk together: a transaction for each would cost as
 * much as writing the detection. What a crash takes of them is `DEFER_MS` at most.
 *
 * Memory: the keys of a running period (see tally.ts).
 */
import type { Clock } from "../base/clock.js";
import type { TallyAmount, TallyChange } from "./tally.js";

const DEFER_MS = 10_000;
/** While it goes on it is told so often. */
const TELL_MS = 3_600_000;

/** How many detections were counted only, and since when, by the wall. */
export interface CountedOnly {
  readonly detections: number;
  readonly sinceMs: number;
}

export class DeferredCounts {
  readonly #clock: Clock;
  readonly #add = new Map<string, TallyAmount>();
  readonly #set = new Map<string, TallyAmount>();
  #dueMs = Number.POSITIVE_INFINITY;
  /** Not told yet. */
  #detections = 0;
  #sinceMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Count a detection later. */
  defer({ add = [], set = [] }: TallyChange): void {
    for (const [period, key, amount] of add) {
      const name = nameOf(period, key);
      this.#add.set(name, [period, key, (this.#add.get(name)?.[2] ?? 0) + amount]);
    }
    for (const one of set) this.#set.set(nameOf(one[0], one[1]), one);
    this.#dueMs = Math.min(this.#dueMs, this.#clock.monotonicMs() + DEFER_MS);
    if (this.#detections === 0) this.#sinceMs = this.#clock.wallMs();
    this.#detections++;
  }

  /** The numbers to be stored, if any are due or all are wanted: they are the caller's now. */
  take(isAll: boolean): TallyChange | undefined {
    if (this.#dueMs === Number.POSITIVE_INFINITY) return undefined;
    if (!isAll && this.#clock.monotonicMs() < this.#dueMs) return undefined;
    const change = { add: [...this.#add.values()], set: [...this.#set.values()] };
    this.#add.clear();
    this.#set.clear();
    this.#dueMs = Number.POSITIVE_INFINITY;
    return change;
  }

  /** What is to be told now: at once when it begins, then once an hour. */
  takeNews(): CountedOnly | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (this.#detections === 0 || nowMs - this.#toldMs < TELL_MS) return undefined;
    const news = { detections: this.#detections, sinceMs: this.#sinceMs };
    this.#detections = 0;
    this.#toldMs = nowMs;
    return news;
  }
}

function nameOf(period: string, key: string): string {
  return `${period} ${key}`;
}
