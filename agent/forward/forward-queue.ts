/**
 * Owns what waits for a destination. Bound: `maxBytes`, by the records' own estimate. What is beyond it leaves: of the lowest class that
 * waits the oldest, so that news of an attack outlives a flood of log lines; what leaves is counted.
 */
import { PRIORITY_CLASSES } from "../base/outbox.js";
import { type ForwardRecord, messageCount } from "./forward-record.js";

/** An array of which the first part is used up; cut when that is most of it. */
class Lane {
  #records: ForwardRecord[] = [];
  #start = 0;

  get first(): ForwardRecord | undefined {
    return this.#records[this.#start];
  }

  push(record: ForwardRecord): void {
    this.#records.push(record);
  }

  shift(): ForwardRecord | undefined {
    const record = this.#records[this.#start];
    if (record === undefined) return undefined;
    this.#start++;
    if (this.#start > 64 && this.#start * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#start);
      this.#start = 0;
    }
    return record;
  }
}

export class ForwardQueue {
  readonly #maxBytes: number;
  /** The most important first. */
  readonly #lanes = PRIORITY_CLASSES.map(() => new Lane());
  #bytes = 0;
  #messages = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Messages that wait. */
  get messages(): number {
    return this.#messages;
  }

  /** Messages that had to leave since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  push(record: ForwardRecord): void {
    this.#lanes[PRIORITY_CLASSES.indexOf(record.priority)]!.push(record);
    this.#bytes += record.bytes;
    this.#messages += messageCount(record);
    while (this.#bytes > this.#maxBytes) this.#dropOne();
  }

  /** The oldest of the most important. */
  shift(): ForwardRecord | undefined {
    for (const lane of this.#lanes) {
      const record = lane.shift();
      if (record) return this.#gone(record);
    }
    return undefined;
  }

  #dropOne(): void {
    const record = this.#lanes.findLast((lane) => lane.first !== undefined)!.shift()!;
    this.#gone(record);
    this.#dropped += messageCount(record);
  }

  #gone(record: ForwardRecord): ForwardRecord {
    this.#bytes -= record.bytes;
    this.#messages -= messageCount(record);
    return record;
  }
}
