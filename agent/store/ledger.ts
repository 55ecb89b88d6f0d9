/**
 * Owns the numbers that must agree with the rows: sequence counters and what each table holds per class.
 *
 * They live in the tables `sequence` and `usage`, are changed in the same transaction as the rows they describe,
 * and are held in memory between transactions because there is one writer. A transaction works on a copy, which
 * replaces the original once it is committed: a rollback forgets the copy.
 */
import { PRIORITY_CLASSES } from "../base/outbox.js";
import { PARTS, type Part } from "./budget.js";
import { checksumOf } from "./record.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/**
 * `outbox`: the last sequence number given. `acknowledged`: every message up to here has left. `version`: the
 * last row number given to an incident. `detection`, `log`, `mark`: the last given to a detection, a log line, a mark
 * of the timeline. `commit`: transactions with records, by which an unsure commit is recognised after a reopening.
 * `boot`: openings. `operating`: milliseconds of operation over all of them.
 */
export const COUNTERS = [
  "outbox",
  "acknowledged",
  "version",
  "detection",
  "log",
  "mark",
  "commit",
  "boot",
  "operating",
] as const;
export type Counter = (typeof COUNTERS)[number];

export interface Usage {
  records: number;
  bytes: number;
}

function usageOf(entries: (part: Part) => Usage[]): Record<Part, Usage[]> {
  return Object.fromEntries(PARTS.map((part) => [part, entries(part)])) as Record<Part, Usage[]>;
}

export class Ledger {
  readonly #counters: Record<Counter, number>;
  readonly #usage: Record<Part, Usage[]>;

  private constructor(counters: Record<Counter, number>, usage: Record<Part, Usage[]>) {
    this.#counters = counters;
    this.#usage = usage;
  }

  static empty(): Ledger {
    const counters = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
    return new Ledger(
      counters,
      usageOf(() => PRIORITY_CLASSES.map(() => ({ records: 0, bytes: 0 }))),
    );
  }

  static async load(connection: SqliteConnection): Promise<Ledger> {
    const ledger = Ledger.empty();
    for (const row of await connection.all("SELECT name, value FROM sequence")) {
      const counter = COUNTERS.find((name) => name === row.name);
      if (counter) ledger.#counters[counter] = Number(row.value);
    }
    for (const row of await connection.all("SELECT part, class, records, bytes FROM usage")) {
      const part = PARTS.find((name) => name === row.part);
      const usage = part && ledger.#usage[part][Number(row.class)];
      if (!usage) continue;
      usage.records = Number(row.records);
      usage.bytes = Number(row.bytes);
    }
    return ledger;
  }

  copy(): Ledger {
    return new Ledger(
      { ...this.#counters },
      usageOf((part) => this.#usage[part].map((entry) => ({ ...entry }))),
    );
  }

  counter(name: Counter): number {
    return this.#counters[name];
  }

  /** The next number of a counter. */
  next(name: Counter): number {
    this.#counters[name] += 1;
    return this.#counters[name];
  }

  /** Move a counter forward; it never goes back. */
  raise(name: Counter, value: number): void {
    if (value > this.#counters[name]) this.#counters[name] = value;
  }

  usage(part: Part, classIndex: number): Readonly<Usage> {
    return this.#usage[part][classIndex]!;
  }

  total(part: Part): Usage {
    const total = { records: 0, bytes: 0 };
    for (const entry of this.#usage[part]) {
      total.records += entry.records;
      total.bytes += entry.bytes;
    }
    return total;
  }

  /** Book rows that came (positive) or went (negative). A class that does not exist is a damaged row's. */
  book(part: Part, classIndex: number, records: number, bytes: number): void {
    const entry = this.#usage[part][classIndex];
    if (!entry) return;
    entry.records += records;
    entry.bytes += bytes;
  }

  /** Write what differs from `before` into the running transaction. */
  async save(connection: SqliteConnection, before: Ledger): Promise<void> {
    const counters = COUNTERS.filter((name) => this.#counters[name] !== before.#counters[name]).map(
      (name) => {
        const value = this.#counters[name];
        return [name, value, checksumOf("sequence", [name, value])];
      },
    );
    if (counters.length > 0) {
      await connection.all(
        `INSERT OR REPLACE INTO sequence (name, value, checksum)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
        [JSON.stringify(counters)],
      );
    }
    const usage = PARTS.flatMap((part) =>
      this.#usage[part].flatMap((entry, classIndex) => {
        const old = before.#usage[part][classIndex]!;
        if (entry.records === old.records && entry.bytes === old.bytes) return [];
        return [[part, classIndex, entry.records, entry.bytes]];
      }),
    );
    if (usage.length > 0) {
      await connection.all(
        `INSERT OR REPLACE INTO usage (part, class, records, bytes)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
        [JSON.stringify(usage)],
      );
    }
  }

  /** Count the rows anew, where the tables were filled by salvage; writes them into the running transaction. */
  async recount(connection: SqliteConnection): Promise<void> {
    const before = this.copy();
    for (const part of PARTS) {
      for (const entry of this.#usage[part]) {
        entry.records = 0;
        entry.bytes = 0;
      }
      const rows = await connection.all(
        `SELECT class, count(*) AS records, sum(bytes) AS bytes FROM ${part} GROUP BY class`,
      );
      for (const row of rows) this.book(part, Number(row.class), Number(row.records), Number(row.bytes));
    }
    await this.save(connection, before);
  }
}
