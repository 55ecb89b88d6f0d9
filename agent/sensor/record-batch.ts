import type { SensorRecord } from "./detection.js";

/** Records in one message to the main thread. */
const MAX_BATCH = 64;
/** How long a record may wait for company, milliseconds. */
const MAX_DELAY_MS = 50;

/**
 * Collects records on their way out of the sensor thread. At most `maxPerSecond` leave in any second of elapsed time;
 * what is beyond is counted, never queued, so that a storm of alerts cannot slow capture down.
 */
export class RecordBatch {
  /** Records not handed over because there were too many in a second. */
  shedCount = 0;
  readonly #maxPerSecond: number;
  readonly #send: (records: readonly SensorRecord[]) => void;
  readonly #nowMs: () => number;
  #records: SensorRecord[] = [];
  #oldestMs = 0;
  #windowStartMs = 0;
  #inWindow = 0;

  constructor(maxPerSecond: number, nowMs: () => number, send: (records: readonly SensorRecord[]) => void) {
    this.#maxPerSecond = maxPerSecond;
    this.#nowMs = nowMs;
    this.#send = send;
  }

  add(record: SensorRecord): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowStartMs >= 1000) {
      this.#windowStartMs = nowMs;
      this.#inWindow = 0;
    }
    if (this.#inWindow >= this.#maxPerSecond) {
      this.shedCount++;
      return;
    }
    this.#inWindow++;
    if (this.#records.length === 0) this.#oldestMs = nowMs;
    this.#records.push(record);
    if (this.#records.length >= MAX_BATCH) this.flush();
  }

  /** Send what has waited long enough. */
  tick(): void {
    if (this.#records.length > 0 && this.#nowMs() - this.#oldestMs >= MAX_DELAY_MS) this.flush();
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#send(records);
  }
}
