/**
 * Owns the schema and the way from every earlier one to it.
 *
 * Version n of the schema (`PRAGMA user_version`) is what the first n scripts make. A script that has been shipped
 * is never edited; a change is a further script. Each runs in a transaction together with its version number.
 */
import { AgentError } from "../base/errors.js";
import { type OpenSqlite, type SqliteConnection, SqliteError } from "./sqlite-driver.js";

/**
 * Salvage knows the columns of the four parts and of `tally`, `devices`, `timeline`, `sequence` and `meta` by position
 * (`salvage-rows.ts`): a script that adds one adds it there too.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE boot (
    boot INTEGER PRIMARY KEY,
    started_ms INTEGER NOT NULL,
    is_after_clean_stop INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE usage (
    part TEXT NOT NULL,
    class INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (part, class)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE detections (
    id INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    time_us INTEGER NOT NULL,
    signature_id INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX detections_by_class ON detections (class);

  CREATE TABLE incidents (
    version INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    is_open INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX incidents_by_class ON incidents (class);
  CREATE INDEX incidents_open ON incidents (version) WHERE is_open = 1;

  CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    topic TEXT NOT NULL,
    committed_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_class ON outbox (class);

  CREATE TABLE tombstones (
    class INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE REFERENCES outbox (sequence) ON DELETE CASCADE,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    replaced INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE tally (
    period TEXT NOT NULL,
    key TEXT NOT NULL,
    value INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (period, key)
  ) STRICT;
  `,
  `
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    class INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX logs_by_class ON logs (class);

  CREATE TABLE timeline (
    mark INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    operating_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    incidents INTEGER NOT NULL,
    detections INTEGER NOT NULL,
    logs INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE departures (
    part TEXT NOT NULL,
    class INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (part, class)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    updated_ms INTEGER NOT NULL,
    payload TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  `,
];

/**
 * Bring the database to the newest schema; one of a newer agent stays as it is.
 *
 * @throws SqliteError `corrupt` where the version number does not fit the tables.
 */
export async function migrate(
  connection: SqliteConnection,
  migrations: readonly string[] = MIGRATIONS,
): Promise<void> {
  for (let version = await versionOf(connection); version < migrations.length; version++) {
    await connection.execute("BEGIN IMMEDIATE");
    try {
      await connection.execute(`${migrations[version]}; PRAGMA user_version = ${version + 1}; COMMIT`);
    } catch (error) {
      // Where SQLite has rolled back by itself there is nothing left to roll back.
      await connection.execute("ROLLBACK").catch(() => undefined);
      const isMisfit = error instanceof SqliteError && error.failure === "other";
      throw isMisfit ? new SqliteError("corrupt", error.message, { cause: error }) : error;
    }
  }
}

/**
 * Compare the schema with that of a new database: no check of SQLite looks at its words.
 *
 * @throws AgentError where a newer agent has written it.
 * @throws SqliteError `corrupt` where it is not what the migrations make.
 */
export async function checkSchema(
  connection: SqliteConnection,
  path: string,
  openSqlite: OpenSqlite,
): Promise<void> {
  const fresh = await openSqlite(":memory:");
  try {
    await migrate(fresh);
    const found = await versionOf(connection);
    const isOurs = (await schemaOf(connection)) === (await schemaOf(fresh));
    if (isOurs && found === MIGRATIONS.length) return;
    if (isOurs || found <= MIGRATIONS.length) {
      throw new SqliteError("corrupt", "the schema is not the one the migrations make");
    }
    throw new AgentError("error.store.newer_schema", { path, found, known: MIGRATIONS.length });
  } finally {
    await fresh.close();
  }
}

async function versionOf(connection: SqliteConnection): Promise<number> {
  const [row] = await connection.all("PRAGMA user_version");
  return Number(row?.user_version);
}

async function schemaOf(connection: SqliteConnection): Promise<string> {
  return JSON.stringify(
    await connection.all("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"),
  );
}
