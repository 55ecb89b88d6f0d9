/**
 * Owns the monitor's SQLite file: every numbered message once, and how far each device's ledger is complete.
 *
 * Written before anything is acknowledged, with `synchronous=FULL`. The time of commit is part of a message's
 * identity, so that a device restored from an old backup, which counts some numbers again, overwrites nothing.
 */
import { AgentError, reasonOf } from "#agent/base/errors.js";
import type { Seal } from "#agent/evidence/seal.js";
import { openSqlite, type SqliteConnection, type SqliteRow } from "#agent/store/sqlite-driver.js";
import type { KnownCheckpoint } from "./checkpoint.js";
import type { Allowance, GapBook } from "./gap-book.js";
import type { Range } from "./held-ranges.js";

export interface StoredMessage {
  readonly device: string;
  readonly ledger: string;
  readonly seq: number;
  readonly class: string;
  readonly kind: string;
  readonly committedAt: string;
  /** The whole message, JSON text. */
  readonly text: string;
}

/** A device's ledger as the file knows it at start. */
export interface KnownLedger {
  readonly device: string;
  readonly ledger: string;
  readonly upTo: number;
  readonly above: readonly number[];
  /** Numbers that will not come, and explanations that have found no gap yet. */
  readonly gaps: readonly Range[];
  readonly allowances: readonly Allowance[];
}

/** A year of hourly ones. */
const MAX_CHECKPOINTS = 10_000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS message (
    device TEXT NOT NULL, ledger TEXT NOT NULL, seq INTEGER NOT NULL,
    class TEXT NOT NULL, kind TEXT NOT NULL, committed_at TEXT NOT NULL, received_at TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (device, ledger, seq, committed_at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS progress (
    device TEXT NOT NULL, ledger TEXT NOT NULL, up_to INTEGER NOT NULL,
    PRIMARY KEY (device, ledger)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gap (
    device TEXT NOT NULL, ledger TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    noticed_at TEXT NOT NULL,
    PRIMARY KEY (device, ledger, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS allowance (
    device TEXT NOT NULL, ledger TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    numbers INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoint (
    device TEXT NOT NULL, chain TEXT NOT NULL, epoch INTEGER NOT NULL, digest TEXT NOT NULL,
    chain_key TEXT NOT NULL, seal TEXT NOT NULL, verdict TEXT NOT NULL, received_at TEXT NOT NULL,
    PRIMARY KEY (device, chain, epoch, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS allowance_by_ledger ON allowance (device, ledger);
`;

export class MonitorDatabase {
  readonly #connection: SqliteConnection;

  private constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** @throws AgentError where the file cannot be used. */
  static async open(file: string): Promise<MonitorDatabase> {
    try {
      const connection = await openSqlite(file);
      await connection.execute(SCHEMA);
      return new MonitorDatabase(connection);
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("error.monitor.database", { file, reason: reasonOf(error) }, { cause: error });
    }
  }

  /** Every ledger with its complete part and the numbers held above it. */
  async ledgers(): Promise<KnownLedger[]> {
    const known: KnownLedger[] = [];
    for (const row of await this.#connection.all("SELECT device, ledger, up_to FROM progress")) {
      const { device, ledger, up_to: upTo } = row;
      const above = await this.#connection.all(
        "SELECT seq FROM message WHERE device = ? AND ledger = ? AND seq > ? ORDER BY seq",
        [device!, ledger!, upTo!],
      );
      known.push({
        device: String(device),
        ledger: String(ledger),
        upTo: Number(upTo),
        above: above.map(({ seq }) => Number(seq)),
        ...(await this.#gapsOf(String(device), String(ledger))),
      });
    }
    return known;
  }

  /** Store a batch in one transaction. Returns the messages that were not held before, in the order given. */
  async insert<Message extends StoredMessage>(batch: readonly Message[]): Promise<Message[]> {
    const receivedAt = new Date().toISOString();
    const rows = batch.map((m) => [m.device, m.ledger, m.seq, m.class, m.kind, m.committedAt, m.text]);
    const inserted = await this.#connection.all(
      `INSERT INTO message (device, ledger, seq, class, kind, committed_at, received_at, text)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?, value ->> 6
       FROM json_each(?) WHERE true
       ON CONFLICT DO NOTHING RETURNING device, ledger, seq, committed_at AS committedAt`,
      [receivedAt, JSON.stringify(rows)],
    );
    const fresh = new Set(inserted.map(identity));
    // A message twice in one batch is inserted once; the second of them is a repeat.
    return batch.filter((message) => fresh.delete(identity(message)));
  }

  /** Note how far a ledger is complete. May be behind: it is recomputed from the messages above it. */
  async setProgress(device: string, ledger: string, upTo: number): Promise<void> {
    await this.#connection.all("INSERT OR REPLACE INTO progress (device, ledger, up_to) VALUES (?, ?, ?)", [
      device,
      ledger,
      upTo,
    ]);
  }

  /** Replace what is known of a ledger's gaps. */
  async saveGaps(device: string, ledger: string, { missing, allowances }: GapBook): Promise<void> {
    const gaps = JSON.stringify(missing);
    const explained = JSON.stringify(allowances.map(({ first, last, left }) => [first, last, left]));
    const run = (sql: string, values: readonly string[]) =>
      this.#connection.all(sql, [device, ledger, ...values]);
    // A crash in between makes a gap told once more, or forgets one that is found again by its missing numbers.
    await run("DELETE FROM gap WHERE device = ? AND ledger = ?", []);
    await run(
      `INSERT OR REPLACE INTO gap (device, ledger, first, last, noticed_at)
       SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?)`,
      [new Date().toISOString(), gaps],
    );
    await run("DELETE FROM allowance WHERE device = ? AND ledger = ?", []);
    await run(
      `INSERT INTO allowance (device, ledger, first, last, numbers)
       SELECT ?, ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
      [explained],
    );
  }

  async #gapsOf(device: string, ledger: string): Promise<Pick<KnownLedger, "gaps" | "allowances">> {
    const of = (table: string) =>
      this.#connection.all(`SELECT * FROM ${table} WHERE device = ? AND ledger = ?`, [device, ledger]);
    const gaps = (await of("gap")).map(({ first, last }): Range => [Number(first), Number(last)]);
    const allowances = (await of("allowance")).map(({ first, last, numbers }) => ({
      first: Number(first),
      last: Number(last),
      left: Number(numbers),
    }));
    return { gaps, allowances };
  }

  /** The newest checkpoint of each chain of a device that was held to be true, and all of the epochs around it. */
  async checkpoints(device: string): Promise<readonly KnownCheckpoint[]> {
    const rows = await this.#connection.all(
      "SELECT chain_key, seal, verdict FROM checkpoint WHERE device = ? ORDER BY received_at DESC LIMIT ?",
      [device, MAX_CHECKPOINTS],
    );
    return rows.map((row) => ({
      key: String(row.chain_key),
      seal: String(row.seal),
      verdict: String(row.verdict),
    }));
  }

  async keepCheckpoint(
    device: string,
    key: string,
    { chain, epoch, digest, line }: Seal,
    verdict: string,
  ): Promise<void> {
    await this.#connection.all("INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [
      ...[device, chain, epoch, digest, key, line, verdict],
      new Date().toISOString(),
    ]);
  }

  async count(): Promise<number> {
    const [row] = await this.#connection.all("SELECT count(*) AS messages FROM message");
    return Number(row?.messages ?? 0);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

function identity(row: SqliteRow | StoredMessage): string {
  return JSON.stringify([row.device, row.ledger, row.seq, row.committedAt]);
}
