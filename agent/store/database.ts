/**
 * Owns an open database: the settings durability rests on, whose turn it is, and how it is left.
 *
 * Write-ahead log with `synchronous=FULL`: a commit that returned survives a power cut. The lock is exclusive from
 * opening to closing, so there is one writer and no reader holds the log back; the kernel drops it with the
 * process. While a database is open nothing in this process may open its file by other means: closing any
 * descriptor of it would drop that lock (POSIX advisory locks).
 *
 * Refuses: a second process (`locked`), settings that did not take, a structure that is broken.
 * Memory: 1 MiB of page cache. Specification: https://www.sqlite.org/pragma.html, https://www.sqlite.org/wal.html.
 */
import { randomUUID } from "node:crypto";
import { chmod, stat } from "node:fs/promises";
import type { Clock } from "../base/clock.js";
import { AgentError } from "../base/errors.js";
import { type BudgetPlan, PAGE_BYTES } from "./budget.js";
import { Ledger } from "./ledger.js";
import { checkSchema, migrate } from "./migrations.js";
import { checksumOf } from "./record.js";
import { type OpenSqlite, type SqliteConnection, SqliteError, type SqliteValue } from "./sqlite-driver.js";

export interface DatabaseOptions {
  readonly path: string;
  readonly plan: BudgetPlan;
  readonly clock: Clock;
  readonly openSqlite: OpenSqlite;
  /** Time given to the check of the structure; one that is not done by then counts as passed. */
  readonly checkMs: number;
  /** Called with the newest schema in place and before the boot is counted: where salvage fills the tables. */
  readonly prepare?: (connection: SqliteConnection) => Promise<void>;
}

interface OpeningState {
  readonly ledgerId: string;
  readonly isAfterCleanStop: boolean;
  readonly ledger: Ledger;
}

const INCREMENTAL = 2;
const BUSY_TIMEOUT_MS = 1_000;
const CACHE_KIBIBYTES = 1_024;
/** Boots remembered, for whoever asks when the box was last restarted. */
const BOOTS_KEPT = 64;

export class Database {
  readonly #connection: SqliteConnection;
  readonly #options: DatabaseOptions;
  #tail: Promise<unknown> = Promise.resolve();

  /** Random identity of this line of sequence numbers. */
  readonly ledgerId: string;
  readonly isAfterCleanStop: boolean;
  /** The numbers as of the opening. */
  readonly ledger: Ledger;

  private constructor(connection: SqliteConnection, options: DatabaseOptions, state: OpeningState) {
    this.#connection = connection;
    this.#options = options;
    this.ledgerId = state.ledgerId;
    this.isAfterCleanStop = state.isAfterCleanStop;
    this.ledger = state.ledger;
  }

  /**
   * Open, check and bring up to date the database at a path; make it where there is none.
   *
   * @throws SqliteError whose failure says what to do: `corrupt` to set it aside, `locked`, `full` …
   * @throws AgentError where a newer agent has written it or the driver is missing.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const connection = await options.openSqlite(options.path);
    try {
      await configure(connection, options.plan);
      await chmod(options.path, 0o600);
      await check(connection, options.checkMs);
      // Nothing of an unfinished transaction stays in the log that could be taken for damage later.
      await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
      await migrate(connection);
      if ((await pragma(connection, "auto_vacuum")) !== INCREMENTAL) {
        throw new SqliteError("corrupt", "the database does not give pages back");
      }
      await checkSchema(connection, options.path, options.openSqlite);
      await options.prepare?.(connection);
      const state = await transact(connection, () => begin(connection, options.clock));
      return new Database(connection, options, state);
    } catch (error) {
      // The first failure is the one to report.
      await connection.close().catch(() => undefined);
      throw error;
    }
  }

  /** Run a task while nobody else uses the connection. */
  exclusive<T>(task: (connection: SqliteConnection) => Promise<T>): Promise<T> {
    const run = this.#tail.then(() => task(this.#connection));
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** Run a task in one transaction; `onCommit` is called before anybody else has the connection. */
  transaction<T>(
    task: (connection: SqliteConnection) => Promise<T>,
    onCommit?: (result: T) => void,
  ): Promise<T> {
    return this.exclusive(async (connection) => {
      const result = await transact(connection, () => task(connection));
      onCommit?.(result);
      await this.#checkWal(connection);
      return result;
    });
  }

  /** Whether the page bound, rather than the disk, can be what SQLite found full. */
  async isAtPageBound(): Promise<boolean> {
    const { plan } = this.#options;
    const pages = await this.exclusive((connection) => pragma(connection, "page_count"));
    return (plan.maxPageCount - Number(pages)) * PAGE_BYTES < 4 * plan.transactionBytes;
  }

  /** Give free pages back until the file is within a budget that has become smaller. */
  async shrink(): Promise<void> {
    await this.exclusive((connection) => boundPages(connection, this.#options.plan));
  }

  /** Give pages back to the disk in small steps where more than a quarter of those allowed lie free. */
  async giveBack(): Promise<void> {
    const { maxPageCount } = this.#options.plan;
    for (let step = 0; step < VACUUM_STEPS; step++) {
      const isDone = await this.exclusive(async (connection) => {
        if (Number(await pragma(connection, "freelist_count")) * 4 <= maxPageCount) return true;
        await connection.all(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
        await this.#checkWal(connection);
        return false;
      });
      if (isDone) return;
    }
  }

  /** Note that everything is in order, copy the log back and release the file. */
  async close(): Promise<void> {
    await this.exclusive(async (connection) => {
      try {
        await writeMeta(connection, "is_clean", "1");
      } finally {
        await connection.close();
      }
    });
  }

  /** Release the file after a failure, without a last word. */
  async abandon(): Promise<void> {
    await this.exclusive((connection) => connection.close());
  }

  /**
   * SQLite copies the log back by itself but keeps silent when that fails, and the log grows. It also keeps silent
   * when the files are deleted under it, and everything committed goes nowhere.
   */
  async #checkWal(connection: SqliteConnection): Promise<void> {
    const log = await stat(`${this.#options.path}-wal`).catch(() => undefined);
    if (!log) throw new SqliteError("io", "the files have disappeared");
    if (log.size > this.#options.plan.walBytes) await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}

/** Run a task between BEGIN and COMMIT, or undo it. */
export async function transact<T>(connection: SqliteConnection, task: () => Promise<T>): Promise<T> {
  await connection.all("BEGIN IMMEDIATE");
  try {
    const result = await task();
    await connection.all("COMMIT");
    return result;
  } catch (error) {
    // Where SQLite has rolled back by itself there is nothing left to roll back.
    await connection.all("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function configure(connection: SqliteConnection, plan: BudgetPlan): Promise<void> {
  // Before the first access to the file: with an exclusive lock the log's index lives in memory, not in a file.
  await set(connection, "busy_timeout", BUSY_TIMEOUT_MS);
  await set(connection, "locking_mode", "exclusive");
  await connection.all(`PRAGMA page_size = ${PAGE_BYTES}`);
  await connection.all("PRAGMA auto_vacuum = INCREMENTAL");
  await set(connection, "journal_mode", "wal");
  await set(connection, "synchronous", 2);
  await set(connection, "foreign_keys", 1);
  await set(connection, "cell_size_check", 1);
  await set(connection, "trusted_schema", 0);
  await set(connection, "temp_store", 2);
  await set(connection, "cache_size", -CACHE_KIBIBYTES);
  await set(connection, "wal_autocheckpoint", plan.walAutocheckpointPages);
  await set(connection, "journal_size_limit", plan.walBytes);
  await boundPages(connection, plan);
}

/** Pages moved in one step, so that the log stays within its bound. */
const VACUUM_PAGES = 64;
/** Steps in one go, between which others have the connection. */
const VACUUM_STEPS = 64;

async function boundPages(connection: SqliteConnection, plan: BudgetPlan): Promise<void> {
  let pages = Number(await pragma(connection, "page_count"));
  const isTooLarge = pages > plan.maxPageCount;
  while (pages > plan.maxPageCount && Number(await pragma(connection, "freelist_count")) > 0) {
    await connection.all(`PRAGMA incremental_vacuum(${Math.min(VACUUM_PAGES, pages - plan.maxPageCount)})`);
    pages = Number(await pragma(connection, "page_count"));
  }
  // The file itself gets shorter when the log is copied back.
  if (isTooLarge) await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  // SQLite takes no fewer pages than there are.
  await connection.all(`PRAGMA max_page_count = ${plan.maxPageCount}`);
}

async function set(connection: SqliteConnection, name: string, value: SqliteValue): Promise<void> {
  await connection.all(`PRAGMA ${name} = ${value}`);
  const found = await pragma(connection, name);
  if (found !== value) throw new SqliteError("other", `PRAGMA ${name} is ${found} instead of ${value}`);
}

async function pragma(connection: SqliteConnection, name: string): Promise<SqliteValue | undefined> {
  const [row] = await connection.all(`PRAGMA ${name}`);
  return row && Object.values(row)[0];
}

/**
 * `integrity_check` rather than `quick_check`, which does not compare indexes with their tables: a message that its
 * index does not know would never be sent.
 */
async function check(connection: SqliteConnection, timeLimitMs: number): Promise<void> {
  const timer = setTimeout(() => connection.interrupt(), timeLimitMs);
  try {
    const verdict = await pragma(connection, "integrity_check(1)");
    if (verdict !== "ok") throw new SqliteError("corrupt", String(verdict));
  } catch (error) {
    if (!(error instanceof SqliteError && error.failure === "interrupted")) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Count the boot and note that the database is in use: until `close`, whoever opens it next comes after a crash. */
async function begin(connection: SqliteConnection, clock: Clock): Promise<OpeningState> {
  const known = await readMeta(connection, "ledger");
  const ledgerId = known ?? randomUUID();
  if (known === undefined) await writeMeta(connection, "ledger", ledgerId);
  const isAfterCleanStop = known === undefined || (await readMeta(connection, "is_clean")) === "1";
  await writeMeta(connection, "is_clean", "0");
  const before = await Ledger.load(connection);
  const ledger = before.copy();
  const boot = ledger.next("boot");
  await ledger.save(connection, before);
  await connection.all(
    "INSERT OR REPLACE INTO boot (boot, started_ms, is_after_clean_stop) VALUES (?, ?, ?)",
    [boot, clock.wallMs(), isAfterCleanStop ? 1 : 0],
  );
  await connection.all("DELETE FROM boot WHERE boot <= ?", [boot - BOOTS_KEPT]);
  return { ledgerId, isAfterCleanStop, ledger };
}

export async function readMeta(connection: SqliteConnection, key: string): Promise<string | undefined> {
  const [row] = await connection.all("SELECT value FROM meta WHERE key = ?", [key]);
  return row === undefined ? undefined : String(row.value);
}

export async function writeMeta(connection: SqliteConnection, key: string, value: string): Promise<void> {
  await connection.all("INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?, ?, ?)", [
    key,
    value,
    checksumOf("meta", [key, value]),
  ]);
}

/** How the failure of a database reads to people. */
export function storeError(error: unknown, path: string): AgentError {
  if (error instanceof AgentError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const params = { path, reason };
  const failure = error instanceof SqliteError ? error.failure : "other";
  const options = { cause: error };
  switch (failure) {
    case "locked":
      return new AgentError("error.store.locked", params, options);
    case "full":
      return new AgentError("error.store.disk_full", params, options);
    case "read-only":
      return new AgentError("error.store.read_only", params, options);
    case "cannot-open":
      return new AgentError("error.store.not_writable", params, options);
    case "corrupt":
      return new AgentError("error.store.corrupt", params, options);
    default:
      return new AgentError("error.store.failing", params, options);
  }
}
