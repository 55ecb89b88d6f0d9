/**
 * Owns the transaction in which entries become rows: detections, incidents, messages with their sequence numbers,
 * the ledger, and whoever has to leave for them. All of it is committed or none.
 *
 * Bound: one transaction holds what `CommitQueue` hands over (500 records, `plan.transactionBytes`) and evicts as
 * much, which keeps the write-ahead log within `plan.walBytes`.
 */
import type { Clock } from "../base/clock.js";
import type { Counters } from "../base/counters.js";
import { type BudgetPlan, limitBytes, PARTS, type Part } from "./budget.js";
import type { Database } from "./database.js";
import { bury, type Eviction, evict } from "./eviction.js";
import type { Ledger } from "./ledger.js";
import { NOTICE_PRIORITY, noticeDraft, type StoreNotice } from "./notice.js";
import {
  type DetectionColumns,
  type IncidentColumns,
  type MessageColumns,
  type PreparedEntry,
  prepareEntry,
  priorityOf,
} from "./record.js";
import { insertDetections, insertIncidents, insertMessages } from "./rows.js";
import { type SqliteConnection, SqliteError } from "./sqlite-driver.js";
import { changeTally } from "./tally.js";

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

export class Writer {
  readonly #database: Database;
  readonly #plan: BudgetPlan;
  readonly #clock: Clock;
  readonly #counters: Counters;
  #ledger: Ledger;
  /** Factor on the limits; shrinks when SQLite meets the page bound although they were kept. */
  #pressure = 1;
  #lastAttempt: WriteAttempt | undefined;

  constructor(database: Database, plan: BudgetPlan, clock: Clock, counters: Counters) {
    this.#database = database;
    this.#plan = plan;
    this.#clock = clock;
    this.#counters = counters;
    this.#ledger = database.ledger;
  }

  /** The numbers as of the last commit. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** The last `write`, by which a reopened database tells whether that one was committed after all. */
  get lastAttempt(): WriteAttempt | undefined {
    return this.#lastAttempt;
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
        return await this.#attempt(entries, notices);
      } catch (error) {
        if (!(error instanceof SqliteError) || error.failure !== "full") throw error;
        if (!(await this.#database.isAtPageBound()) || this.#pressure <= LOWEST_PRESSURE) throw error;
        this.#pressure *= 0.9;
        await this.trim();
      }
    }
  }

  async #attempt(
    entries: readonly PreparedEntry[],
    notices: readonly StoreNotice[],
  ): Promise<readonly number[]> {
    let sequences: readonly number[] = [];
    const evictions: Eviction[] = [];
    this.#lastAttempt = undefined;
    await this.change(async (connection, ledger) => {
      // Notices alone may be repeated, and must not be taken for a group that was committed after all.
      if (entries.length > 0) ledger.next("commit");
      const prepared = notices.map((notice) =>
        prepareEntry({ priority: NOTICE_PRIORITY, message: noticeDraft(notice) }),
      );
      await this.#insertDetections(connection, ledger, entries);
      await this.#insertIncidents(connection, ledger, entries);
      await changeTally(
        connection,
        entries.flatMap(({ tally }) => tally ?? []),
      );
      const numbers = await this.#insertMessages(connection, ledger, [...entries, ...prepared]);
      sequences = numbers.slice(0, entries.length);
      for (const part of PARTS) evictions.push(...(await this.#evict(connection, ledger, part)));
      this.#lastAttempt = { commit: ledger.counter("commit"), sequences };
    });
    this.#count(evictions);
    this.#counters.add("store.commits");
    this.#counters.add("store.entries", entries.length);
    return sequences;
  }

  /** Run a change of rows and ledger in one transaction. */
  async change(task: (connection: SqliteConnection, ledger: Ledger) => Promise<void>): Promise<void> {
    await this.#database.transaction(
      async (connection) => {
        const draft = this.#ledger.copy();
        await task(connection, draft);
        await draft.save(connection, this.#ledger);
        return draft;
      },
      (draft) => {
        this.#ledger = draft;
      },
    );
  }

  /** Bring every table within its limit, in small transactions. */
  async trim(): Promise<void> {
    for (const part of PARTS) {
      while (this.#ledger.total(part).bytes > this.#limitOf(part, this.#ledger)) {
        let evictions: readonly Eviction[] = [];
        await this.change(async (connection, ledger) => {
          evictions = await this.#evict(connection, ledger, part, TRIM_ROWS);
        });
        // Only tombstones are left: nothing more can go.
        if (evictions.length === 0) break;
        this.#count(evictions);
      }
    }
  }

  #limitOf(part: Part, ledger: Ledger): number {
    return limitBytes(this.#plan.rowBytes * this.#pressure, part, (other) => ledger.total(other).bytes);
  }

  async #evict(
    connection: SqliteConnection,
    ledger: Ledger,
    part: Part,
    maxRows?: number,
  ): Promise<readonly Eviction[]> {
    const evictions = await evict(connection, ledger, part, this.#limitOf(part, ledger), maxRows);
    if (part === "outbox") {
      for (const eviction of evictions) await bury(connection, ledger, eviction, this.#clock.wallMs());
    }
    return evictions;
  }

  #count(evictions: readonly Eviction[]): void {
    for (const { part, classIndex, records } of evictions) {
      this.#counters.add(`store.evicted.${part}.${priorityOf(classIndex)}`, records);
    }
  }

  async #insertDetections(
    connection: SqliteConnection,
    ledger: Ledger,
    entries: readonly PreparedEntry[],
  ): Promise<void> {
    const rows: DetectionColumns[] = [];
    for (const { classIndex, detection } of entries) {
      if (!detection) continue;
      const { timeUs, signatureId, bytes, payload } = detection;
      rows.push([ledger.next("detection"), classIndex, timeUs, signatureId, bytes, payload]);
      ledger.book("detections", classIndex, 1, bytes);
    }
    await insertDetections(connection, rows);
  }

  async #insertIncidents(
    connection: SqliteConnection,
    ledger: Ledger,
    entries: readonly PreparedEntry[],
  ): Promise<void> {
    const rows = new Map<string, IncidentColumns>();
    for (const { classIndex, incident } of entries) {
      if (!incident) continue;
      const { id, isOpen, updatedMs, bytes, payload } = incident;
      rows.set(id, [ledger.next("version"), classIndex, id, isOpen ? 1 : 0, updatedMs, bytes, payload]);
    }
    if (rows.size === 0) return;
    const replaced = await connection.all(
      `SELECT class, count(*) AS records, sum(bytes) AS bytes FROM incidents
       WHERE id IN (SELECT value FROM json_each(?)) GROUP BY class`,
      [JSON.stringify([...rows.keys()])],
    );
    for (const row of replaced) {
      ledger.book("incidents", Number(row.class), -Number(row.records), -Number(row.bytes));
    }
    for (const [, classIndex, , , , bytes] of rows.values()) ledger.book("incidents", classIndex, 1, bytes);
    await insertIncidents(connection, [...rows.values()], "REPLACE");
  }

  async #insertMessages(
    connection: SqliteConnection,
    ledger: Ledger,
    entries: readonly PreparedEntry[],
  ): Promise<readonly number[]> {
    const committedMs = this.#clock.wallMs();
    const rows: MessageColumns[] = [];
    const sequences = entries.map(({ classIndex, message }) => {
      if (!message) return 0;
      const sequence = ledger.next("outbox");
      rows.push([sequence, classIndex, message.topic, committedMs, message.bytes, message.payload]);
      ledger.book("outbox", classIndex, 1, message.bytes);
      return sequence;
    });
    await insertMessages(connection, rows);
    return sequences;
  }
}
