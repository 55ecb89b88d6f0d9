import type { SensorRecord } from "./detection.js";

/** Records in one message to the main thread. */
const MAX_BATCH = 64;
/** How long a record may wait for company, milliseconds. */
const MAX_DELAY_MS = 50;
/** Pause between two records of what was shed. */
const TELL_MS = 60_000;

/**
 * Collects records on their way out of the sensor thread. At most `maxPerSecond` leave in any second of elapsed time;
 * what is beyond is counted by class, never queued, so that a storm of alerts cannot slow capture down. The counts leave
 * as a record of their own, about once a minute while it storms, so that they are stored and told like everything else.
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
  readonly #interfaceName: string;
  /** Not told yet. */
  #shed: Record<string, number> | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(
    interfaceName: string,
    maxPerSecond: number,
    nowMs: () => number,
    send: (records: readonly SensorRecord[]) => void,
  ) {
    this.#interfaceName = interfaceName;
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
      const name = record.kind === "detection" ? `severity_${record.severity}` : record.kind;
      this.#shed ??= {};
      this.#shed[name] = (this.#shed[name] ?? 0) + 1;
      return;
    }
    this.#inWindow++;
    if (this.#records.length === 0) this.#oldestMs = nowMs;
    this.#records.push(record);
    if (this.#records.length >= MAX_BATCH) this.flush();
  }

  /** Send what has waited long enough. */
  tick(): void {
    if (this.#shed && this.#nowMs() - this.#toldMs >= TELL_MS) this.#tell();
    if (this.#records.length > 0 && this.#nowMs() - this.#oldestMs >= MAX_DELAY_MS) this.flush();
  }

  /** Send everything; what was shed too. */
  close(): void {
    this.#tell();
    this.flush();
  }

  #tell(): void {
    if (!this.#shed) return;
    this.#records.push({ kind: "overflow", interfaceName: this.#interfaceName, shed: this.#shed });
    this.#shed = undefined;
    this.#toldMs = this.#nowMs();
    this.flush();
  }

  flush(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#send(records);
  }
}
