/**
 * Owns the way from "given to the store" to "committed": a bounded queue whose entries are committed in groups.
 *
 * A group is committed when it is full, when its oldest entry has waited `maxDelayMs`, or at once when something
 * critical is in it; whatever arrives during a commit is the next group. A store that cannot write keeps its
 * group in flight, and the queue behind it is the memory ring: beyond its bound the lowest class is shed first, in
 * it the oldest entry, and counted exactly; the counts go into the next group that is committed.
 *
 * Memory: twice `maxQueueBytes` and `maxQueueRecords` at most, plus the group in flight.
 */
import type { Clock } from "../base/clock.js";
import { PRIORITY_CLASSES } from "../base/outbox.js";
import type { PreparedEntry } from "./record.js";

export interface QueueLimits {
  readonly maxDelayMs: number;
  readonly maxGroupRecords: number;
  readonly maxGroupBytes: number;
  readonly maxQueueRecords: number;
  readonly maxQueueBytes: number;
}

/** Entries shed since the last commit that told so. */
export interface Shed {
  /** By position of the class, 0 the most important. */
  readonly entries: readonly number[];
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Group {
  readonly entries: readonly PreparedEntry[];
  readonly shed: Shed | undefined;
}
/**
 * Commit a group, however long that takes. Answers with the sequence number of each entry (0 where it has no
 * message), or undefined where the store was closed before it could.
 */
export type CommitGroup = (group: Group) => Promise<readonly number[] | undefined>;

/** What became of an entry: its sequence number (0 without a message), or undefined where it was shed. */
export type Settle = (sequence: number | undefined) => void;

interface Waiting {
  readonly entry: PreparedEntry;
  readonly arrival: number;
  readonly settle: Settle;
}

export class CommitQueue {
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  readonly #commit: CommitGroup;
  readonly #lanes = PRIORITY_CLASSES.map(() => new Lane());
  #arrivals = 0;
  #records = 0;
  #bytes = 0;
  #shed: { entries: number[]; firstMs: number; lastMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Whether the last group left entries behind that had waited as long as it. */
  #hasLeftover = false;

  constructor(limits: QueueLimits, clock: Clock, commit: CommitGroup) {
    this.#limits = limits;
    this.#clock = clock;
    this.#commit = commit;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(entry: PreparedEntry, settle: Settle): void {
    const lane = this.#lanes[entry.classIndex]!;
    lane.push({ entry, arrival: this.#arrivals++, settle });
    this.#records += entry.records;
    this.#bytes += entry.bytes;
    this.#shedExcess();
    this.#schedule();
  }

  /** Commit everything that waits, and what arrives meanwhile. */
  async flush(): Promise<void> {
    while (this.#records > 0 || this.#running) await (this.#running ?? this.#start());
  }

  #schedule(): void {
    if (this.#running || this.#records === 0) return;
    const isDue =
      this.#hasLeftover ||
      this.#lanes[0]!.length > 0 ||
      this.#records >= this.#limits.maxGroupRecords ||
      this.#bytes >= this.#limits.maxGroupBytes;
    if (isDue) void this.#start();
    else this.#timer ??= setTimeout(() => void this.#start(), this.#limits.maxDelayMs);
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const group = this.#take();
    const shed = this.#shed;
    this.#shed = undefined;
    const sequences = await this.#commit({ entries: group.map(({ entry }) => entry), shed });
    for (const [index, waiting] of group.entries()) waiting.settle(sequences?.[index]);
  }

  /** The next group in order of arrival, so that sequence numbers follow it across classes. */
  #take(): Waiting[] {
    const group: Waiting[] = [];
    this.#hasLeftover = false;
    let records = 0;
    let bytes = 0;
    for (;;) {
      const lane = this.#oldestLane();
      const next = lane?.first();
      if (!lane || !next) return group;
      records += next.entry.records;
      bytes += next.entry.bytes;
      const isOver = records > this.#limits.maxGroupRecords || bytes > this.#limits.maxGroupBytes;
      if (isOver && group.length > 0) {
        this.#hasLeftover = true;
        return group;
      }
      group.push(next);
      lane.shift();
      this.#records -= next.entry.records;
      this.#bytes -= next.entry.bytes;
    }
  }

  #oldestLane(): Lane | undefined {
    let oldest: Lane | undefined;
    for (const lane of this.#lanes) {
      const arrival = lane.first()?.arrival;
      if (arrival !== undefined && arrival < (oldest?.first()?.arrival ?? Number.POSITIVE_INFINITY))
        oldest = lane;
    }
    return oldest;
  }

  #shedExcess(): void {
    while (this.#records > this.#limits.maxQueueRecords || this.#bytes > this.#limits.maxQueueBytes) {
      const waiting = this.#lanes.findLast((lane) => lane.length > 0)?.shift();
      if (!waiting) return;
      this.#records -= waiting.entry.records;
      this.#bytes -= waiting.entry.bytes;
      const nowMs = this.#clock.wallMs();
      this.#shed ??= { entries: PRIORITY_CLASSES.map(() => 0), firstMs: nowMs, lastMs: nowMs };
      this.#shed.entries[waiting.entry.classIndex]! += 1;
      this.#shed.lastMs = nowMs;
      waiting.settle(undefined);
    }
  }
}

/** First in, first out. */
class Lane {
  #items: Waiting[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  first(): Waiting | undefined {
    return this.#items[this.#head];
  }

  push(item: Waiting): void {
    this.#items.push(item);
  }

  shift(): Waiting | undefined {
    const item = this.#items[this.#head];
    if (!item) return undefined;
    this.#head += 1;
    // The space of what has left is given back once it is the larger half.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
