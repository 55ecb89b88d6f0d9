/**
 * Owns the npm package `sqlite3`: nothing else in the agent names it, so that the driver can be exchanged.
 *
 * A connection runs one statement at a time to its end and returns its rows. It knows no transactions, no schema
 * and no policy; who needs several statements in a row takes turns above (`Database`). Statements are prepared
 * once per text; at most 64 stay prepared. Work happens on libuv's thread pool, never on the event loop.
 *
 * Specification: https://www.sqlite.org/rescode.html for the failures.
 */
import type * as Sqlite3 from "sqlite3";
import { AgentError, reasonOf } from "../base/errors.js";

export type SqliteValue = string | number | null;
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** What went wrong, as far as the agent reacts differently to it. */
export type SqliteFailure =
  | "full"
  | "read-only"
  | "io"
  | "corrupt"
  | "locked"
  | "cannot-open"
  | "interrupted"
  | "constraint"
  | "other";

export class SqliteError extends Error {
  override readonly name = "SqliteError";

  constructor(
    readonly failure: SqliteFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface SqliteConnection {
  /** Run one statement to its end. Numbers outside 32 bits are bound as doubles; column affinity turns them back. */
  all(sql: string, parameters?: readonly SqliteValue[]): Promise<readonly SqliteRow[]>;
  /** Run a script of several statements without parameters. */
  execute(script: string): Promise<void>;
  /** Make the running statement fail with `interrupted`. */
  interrupt(): void;
  /** Release every statement, then the file and its lock. */
  close(): Promise<void>;
}

/** Opens (and creates) the database file at a path; the seam where tests put a failing disk. */
export type OpenSqlite = (path: string) => Promise<SqliteConnection>;

const PREPARED_STATEMENTS = 64;

/** Primary result codes; this package does not switch the extended ones on. */
const FAILURE_OF_CODE: Readonly<Record<number, SqliteFailure>> = {
  3: "cannot-open",
  5: "locked",
  6: "locked",
  8: "read-only",
  9: "interrupted",
  10: "io",
  11: "corrupt",
  13: "full",
  14: "cannot-open",
  19: "constraint",
  26: "corrupt",
};

function sqliteError(cause: Error): SqliteError {
  const code = "errno" in cause && typeof cause.errno === "number" ? cause.errno & 0xff : 0;
  return new SqliteError(FAILURE_OF_CODE[code] ?? "other", cause.message, { cause });
}

/**
 * Open a database file for reading and writing.
 *
 * The package is loaded here and not on import: commands without a store run where its add-on is missing.
 */
export const openSqlite: OpenSqlite = async (path) => {
  const sqlite3 = await import("sqlite3").catch((error: unknown) => {
    throw new AgentError("error.store.driver_missing", { reason: reasonOf(error) }, { cause: error });
  });
  return new Promise((resolve, reject) => {
    const handle = new sqlite3.default.Database(path, (error) => {
      if (error) reject(sqliteError(error));
      else resolve(new NodeSqlite3Connection(handle));
    });
  });
};

class NodeSqlite3Connection implements SqliteConnection {
  readonly #handle: Sqlite3.Database;
  /** In order of first use, so that the first one is the oldest. */
  readonly #statements = new Map<string, Sqlite3.Statement>();

  constructor(handle: Sqlite3.Database) {
    this.#handle = handle;
  }

  async all(sql: string, parameters: readonly SqliteValue[] = []): Promise<readonly SqliteRow[]> {
    const statement = this.#statements.get(sql) ?? (await this.#prepare(sql));
    return new Promise((resolve, reject) => {
      statement.all<SqliteRow>([...parameters], (error, rows) => {
        if (error) reject(sqliteError(error));
        else resolve(rows);
      });
    });
  }

  execute(script: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#handle.exec(script, (error) => (error ? reject(sqliteError(error)) : resolve()));
    });
  }

  interrupt(): void {
    this.#handle.interrupt();
  }

  async close(): Promise<void> {
    for (const sql of [...this.#statements.keys()]) await this.#release(sql);
    await new Promise<void>((resolve, reject) => {
      this.#handle.close((error) => (error ? reject(sqliteError(error)) : resolve()));
    });
  }

  async #prepare(sql: string): Promise<Sqlite3.Statement> {
    if (this.#statements.size >= PREPARED_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) await this.#release(oldest);
    }
    return new Promise((resolve, reject) => {
      const statement = this.#handle.prepare(sql, (error: Error | null) => {
        if (error) {
          reject(sqliteError(error));
          return;
        }
        this.#statements.set(sql, statement);
        resolve(statement);
      });
    });
  }

  #release(sql: string): Promise<void> {
    const statement = this.#statements.get(sql);
    this.#statements.delete(sql);
    return new Promise((resolve) => {
      if (statement) statement.finalize(() => resolve());
      else resolve();
    });
  }
}
