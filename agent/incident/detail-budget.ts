/**
 * Owns how many detections are written out one by one. Each costs the disk about four times its bytes (log and table of the
 * store, the chain of evidence and later its compressed form), and a storm of them would wear a flash out in months.
 *
 * A bucket that fills evenly and holds one hour's bytes. A detection that differs from those of late in rule, source or
 * destination may take the last of it, one that repeats them leaves a quarter: what is new is written out longest. Repeats that
 * have come down to that wait until the bucket is half full: a few in each transaction would cost the disk more than they are.
 * What is not written out is counted wherever it was counted before (its incident, the summaries).
 *
 * What was spent by an earlier run is not known: a start costs the disk one hour's bytes at most.
 *
 * Memory: `REMEMBERED` short texts.
 */
import type { Clock } from "../base/clock.js";
import type { Detection } from "../sensor/detection.js";

const HOUR_MS = 3_600_000;
/** Parts of the budget: what repeats leave to what is new, and what has to be there before they are written again. */
const RESERVE = 0.25;
const RESUME = 0.5;
const REMEMBERED = 4_096;

export class DetailBudget {
  readonly #clock: Clock;
  readonly #bytesPerHour: number;
  /** Rule, source and destination of those written out, the oldest first. */
  readonly #known = new Set<string>();
  #left: number;
  #filledMs: number;
  #isSparing = false;

  constructor(clock: Clock, bytesPerHour: number) {
    this.#clock = clock;
    this.#bytesPerHour = bytesPerHour;
    this.#left = bytesPerHour;
    this.#filledMs = clock.monotonicMs();
  }

  /** Spend for a detection. Returns false where it is only to be counted. */
  spend(detection: Detection): boolean {
    this.#fill();
    const { generatorId, signatureId, sourceAddress, destinationAddress } = detection;
    const key = `${generatorId}:${signatureId} ${sourceAddress} ${destinationAddress}`;
    const isRepeat = this.#known.has(key);
    if (this.#left <= this.#bytesPerHour * RESERVE) this.#isSparing = true;
    else if (this.#left >= this.#bytesPerHour * RESUME) this.#isSparing = false;
    if (isRepeat ? this.#isSparing : this.#left <= 0) return false;
    this.#left -= Buffer.byteLength(JSON.stringify(detection));
    if (!isRepeat) this.#remember(key);
    return true;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const filled = ((nowMs - this.#filledMs) / HOUR_MS) * this.#bytesPerHour;
    this.#left = Math.min(this.#bytesPerHour, this.#left + filled);
    this.#filledMs = nowMs;
  }

  #remember(key: string): void {
    if (this.#known.size >= REMEMBERED) {
      const [oldest] = this.#known;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.add(key);
  }
}
