/**
 * Owns the transactions that change the store: entries become rows with their numbers, the ledger, and whoever has to
 * leave for them; what has grown old leaves. All of a transaction is committed or none.
 *
 * Bound: one transaction holds what `CommitQueue` hands over (500 records, `plan.transactionBytes`) and evicts as
 * much, which keeps the write-ahead log within `plan.walBytes`.
 */
import type { Clock } from "../base/clock.js";
import type { ClockQuality } from "../base/clock-quality.js";
import type { Counters } from "../base/counters.js";
import { type BudgetPlan, PARTS, type Part } from "./budget.js";
import type { Database } from "./database.js";
import { noteDeparture, takeDepartures } from "./departures.js";
import { insertEntries } from "./entry-rows.js";
import { bury, type Eviction, evict } from "./eviction.js";
import type { Ledger } from "./ledger.js";
import { NOTICE_PRIORITY, noticeDraft, type StoreNotice } from "./notice.js";
import { type PreparedEntry, prepareEntry, priorityOf } from "./record.js";
import { AGING_PARTS, type AgingPart, expire, type Retention } from "./retention.js";
import { type SqliteConnection, SqliteError } from "./sqlite-driver.js";
import type { ClockReading, Timeline } from "./timeline.js";

/** Limits of tables whose pages are packed badly: never below this part of the planned ones. */
const LOWEST_PRESSURE = 0.3;
/** Rows evicted in one transaction while no entry waits, small enough for the log. */
const TRIM_ROWS = 500;

/** What a transaction that may or may not have been committed would have done. */
export interface WriteAttempt {
  /** The ledger's `commit` after it. */
  readonly commit: number;
  readonly sequences: readonly number[];
}

export interface WriterOptions {
  readonly plan: BudgetPlan;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly counters: Counters;
}

type Change<T> = (connection: SqliteConnection, ledger: Ledger) => Promise<T>;

export class Writer {
  readonly #database: Database;
  readonly #options: WriterOptions;
  readonly #openedMs: number;
  readonly #operatedMs: number;
  #ledger: Ledger;
  /** Factor on the limits; shrinks when SQLite meets the page bound although they were kept. */
  #pressure = 1;
  #lastAttempt: WriteAttempt | undefined;

  readonly timeline: Timeline;

  constructor(database: Database, timeline: Timeline, options: WriterOptions) {
    this.#database = database;
    this.timeline = timeline;
    this.#options = options;
    this.#ledger = database.ledger;
    this.#openedMs = options.clock.monotonicMs();
    this.#operatedMs = database.ledger.counter("operating");
  }

  /** The numbers as of the last commit. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** The last `write`, by which a reopened database tells whether that one was committed after all. */
  get lastAttempt(): WriteAttempt | undefined {
    return this.#lastAttempt;
  }

  reading(): ClockReading {
    const { clock, clockQuality } = this.#options;
    return {
      boot: this.#ledger.counter("boot"),
      operatingMs: Math.floor(this.#operatedMs + clock.monotonicMs() - this.#openedMs),
      wallMs: clock.wallMs(),
      quality: clockQuality(),
    };
  }

  /**
   * Commit entries and notices.
   *
   * @returns the sequence number of each entry's message, 0 where it has none.
   */
  async write(
    entries: readonly PreparedEntry[],
    notices: readonly StoreNotice[],
  ): Promise<readonly number[]> {
    for (;;) {
      try {
        return await this.#attempt(entries, async () => notices);
      } catch (error) {
        if (!(error instanceof SqliteError) || error.failure !== "full") throw error;
        if (!(await this.#database.isAtPageBound()) || this.#pressure <= LOWEST_PRESSURE) throw error;
        this.#pressure *= 0.9;
        await this.trim();
      }
    }
  }

  /**
   * Commit a notice of what had to leave the box's own tables since the last one.
   *
   * @returns whether there was something to tell.
   */
  async tellDepartures(): Promise<boolean> {
    let hasTold = false;
    await this.#attempt([], async (connection) => {
      const notice = await takeDepartures(connection);
      hasTold = notice !== undefined;
      return notice ? [notice] : [];
    });
    return hasTold;
  }

  async #attempt(
    entries: readonly PreparedEntry[],
    noticesOf: (connection: SqliteConnection) => Promise<readonly StoreNotice[]>,
  ): Promise<readonly number[]> {
    const { counters } = this.#options;
    const evictions: Eviction[] = [];
    this.#lastAttempt = undefined;
    const reading = this.reading();
    const { sequences } = await this.change(
      async (connection, ledger) => {
        // Notices alone may be repeated, and must not be taken for a group that was committed after all.
        if (entries.length > 0) ledger.next("commit");
        ledger.raise("operating", reading.operatingMs);
        const marks = await this.timeline.note(connection, ledger, reading);
        const notices = (await noticesOf(connection)).map((notice) =>
          prepareEntry({ priority: NOTICE_PRIORITY, message: noticeDraft(notice) }),
        );
        const numbers = await insertEntries(connection, ledger, [...entries, ...notices], reading.wallMs);
        const sequences = numbers.slice(0, entries.length);
        for (const part of PARTS) evictions.push(...(await this.#evict(connection, ledger, part)));
        this.#lastAttempt = { commit: ledger.counter("commit"), sequences };
        return { marks, sequences };
      },
      ({ marks }) => this.timeline.keep(marks),
    );
    this.#count(evictions);
    counters.add("store.commits");
    counters.add("store.entries", entries.length);
    return sequences;
  }

  /** Run a change of rows and ledger in one transaction; `onCommit` is called before anybody can see it. */
  async change<T>(task: Change<T>, onCommit?: (result: T) => void): Promise<T> {
    const { result } = await this.#database.transaction(
      async (connection) => {
        const draft = this.#ledger.copy();
        const result = await task(connection, draft);
        await draft.save(connection, this.#ledger);
        return { result, draft };
      },
      ({ result, draft }) => {
        this.#ledger = draft;
        onCommit?.(result);
      },
    );
    return result;
  }

  /** Bring every table within its limit, in small transactions. */
  async trim(): Promise<void> {
    for (const part of PARTS) {
      while (this.#ledger.total(part).bytes > this.#limitOf(part)) {
        const evictions = await this.change((connection, ledger) =>
          this.#evict(connection, ledger, part, TRIM_ROWS),
        );
        // Only tombstones are left: nothing more can go.
        if (evictions.length === 0) break;
        this.#count(evictions);
      }
    }
  }

  /** Let go what is older than its retention, in small transactions between which others may write. */
  async expire(): Promise<void> {
    const { retention } = this.#options;
    const { operatingMs } = this.reading();
    for (const part of AGING_PARTS) {
      const upTo = this.timeline.numberOlderThan(part, retention[part], operatingMs);
      while (upTo > 0 && (await this.#expireSome(part, upTo)) > 0);
    }
  }

  async #expireSome(part: AgingPart, upTo: number): Promise<number> {
    const { counters } = this.#options;
    const expired = await this.change((connection, ledger) => expire(connection, ledger, part, upTo));
    let total = 0;
    for (const [priority, records] of expired) {
      counters.add(`store.expired.${part}.${priority}`, records);
      total += records;
    }
    return total;
  }

  #limitOf(part: Part): number {
    return this.#options.plan.partBytes[part] * this.#pressure;
  }

  async #evict(
    connection: SqliteConnection,
    ledger: Ledger,
    part: Part,
    maxRows?: number,
  ): Promise<readonly Eviction[]> {
    const evictions = await evict(connection, ledger, part, this.#limitOf(part), maxRows);
    for (const eviction of evictions) {
      if (part === "outbox") await bury(connection, ledger, eviction, this.#options.clock.wallMs());
      else await noteDeparture(connection, eviction);
    }
    return evictions;
  }

  #count(evictions: readonly Eviction[]): void {
    for (const { part, classIndex, records } of evictions) {
      this.#options.counters.add(`store.evicted.${part}.${priorityOf(classIndex)}`, records);
    }
  }
}
