/**
 * Owns the last day in minutes: packets, octets, drops and detections, as charts show them. In memory, 1,440 minutes at
 * most; a restart begins anew.
 */
const MINUTES = 1440;
const MINUTE_MS = 60_000;

/** Totals since the sensors began; they may fall when a sensor starts again. */
export interface TrafficTotals {
  readonly packets: number;
  readonly bytes: number;
  readonly drops: number;
  readonly detections: number;
}

/** Columns of equal length, oldest first. */
export interface TrafficHistory {
  /** Wall time at which each minute ended, seconds since the Unix epoch. */
  readonly timesS: readonly number[];
  readonly packetsPerS: readonly number[];
  readonly bitsPerS: readonly number[];
  readonly drops: readonly number[];
  readonly detections: readonly number[];
}

interface Minute extends TrafficTotals {
  readonly timeS: number;
  readonly lengthS: number;
}

export class TrafficHistoryRecorder {
  readonly #minutes: Minute[] = [];
  #last: { totals: TrafficTotals; monotonicMs: number } | undefined;

  /**
   * Take note of the totals; a minute is added once one has passed.
   *
   * @param monotonicMs elapsed time, which no setting of the clock touches
   * @param wallMs milliseconds since the Unix epoch, for the axis only
   */
  note(totals: TrafficTotals, monotonicMs: number, wallMs: number): void {
    if (this.#last === undefined) {
      this.#last = { totals, monotonicMs };
      return;
    }
    const elapsedMs = monotonicMs - this.#last.monotonicMs;
    if (elapsedMs < MINUTE_MS) return;
    const before = this.#last.totals;
    this.#minutes.push({
      timeS: Math.round(wallMs / 1000),
      lengthS: elapsedMs / 1000,
      packets: rise(before.packets, totals.packets),
      bytes: rise(before.bytes, totals.bytes),
      drops: rise(before.drops, totals.drops),
      detections: rise(before.detections, totals.detections),
    });
    if (this.#minutes.length > MINUTES) this.#minutes.shift();
    this.#last = { totals, monotonicMs };
  }

  history(): TrafficHistory {
    const minutes = this.#minutes;
    return {
      timesS: minutes.map(({ timeS }) => timeS),
      packetsPerS: minutes.map(({ packets, lengthS }) => Math.round(packets / lengthS)),
      bitsPerS: minutes.map(({ bytes, lengthS }) => Math.round((bytes * 8) / lengthS)),
      drops: minutes.map(({ drops }) => drops),
      detections: minutes.map(({ detections }) => detections),
    };
  }
}

/** A total below the last one began at zero again. */
function rise(before: number, after: number): number {
  return after >= before ? after - before : after;
}
