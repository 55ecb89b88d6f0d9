import { readdirSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MIGRATIONS, migrate } from "../../../agent/store/migrations.js";
import { openSqlite, type SqliteRow } from "../../../agent/store/sqlite-driver.js";
import { idsOf, message, openStore, query, readOutbox } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

async function schemaAfter(
  path: string,
  ...steps: readonly (readonly string[])[]
): Promise<readonly SqliteRow[]> {
  const connection = await openSqlite(path);
  try {
    for (const migrations of steps) await migrate(connection, migrations);
    const version = await connection.all("PRAGMA user_version");
    return [...version, ...(await connection.all("SELECT name, sql FROM sqlite_schema ORDER BY name"))];
  } finally {
    await connection.close();
  }
}

describe("migrations", () => {
  it("bring every earlier schema to the one a new database has", async () => {
    const directory = await memoryDirectory();
    const fresh = await schemaAfter(join(directory, "fresh.db"), MIGRATIONS);
    expect(fresh[0]).toEqual({ user_version: MIGRATIONS.length });
    for (let version = 0; version <= MIGRATIONS.length; version++) {
      const path = join(directory, `from-${version}.db`);
      expect(await schemaAfter(path, MIGRATIONS.slice(0, version), MIGRATIONS)).toEqual(fresh);
    }
  });

  it("change nothing where one of them fails", async () => {
    const path = join(await memoryDirectory(), "store.db");
    const broken = ["CREATE TABLE a (b)", "CREATE TABLE c (d); CREATE TABLE a (b)"];
    await expect(schemaAfter(path, broken)).rejects.toThrow("already exists");
    expect(await schemaAfter(path, [broken[0]!])).toEqual([
      { user_version: 1 },
      { name: "a", sql: "CREATE TABLE a (b)" },
    ]);
  });
});

const SCHEMAS = fileURLToPath(new URL("../../support/store-schemas/", import.meta.url));

/** The file of a database that an agent of an earlier version left, from its words. */
async function leftBy(version: number, path: string): Promise<void> {
  const connection = await openSqlite(path);
  await connection.execute("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
  await connection.execute(readFileSync(join(SCHEMAS, `version-${version}.sql`), "utf8"));
  await connection.close();
}

const VERSIONS = MIGRATIONS.map((_, index) => index + 1);

describe("a database left by an earlier agent", () => {
  it("is kept for every version there has been", () => {
    expect(readdirSync(SCHEMAS).sort()).toEqual(VERSIONS.map((version) => `version-${version}.sql`).sort());
  });

  it.each(VERSIONS)("of version %i still has the schema that its migrations make", async (version) => {
    const directory = await memoryDirectory();
    await leftBy(version, join(directory, "left.db"));
    const made = await schemaAfter(join(directory, "made.db"), MIGRATIONS.slice(0, version));
    expect(await schemaAfter(join(directory, "left.db"), [])).toEqual(made);
  });

  it.each(VERSIONS)("of version %i is taken over with everything in it", async (version) => {
    const directory = await memoryDirectory();
    const path = join(directory, "store.db");
    await leftBy(version, path);
    const store = await openStore(directory);
    expect(store.status()).toMatchObject({ state: "ready", boot: 4, isAfterCleanStop: true });
    expect(store.outbox.ledger).toBe("8f14e45f-ceea-467f-8bca-3b1c3c0c5f0e");
    expect(idsOf(await readOutbox(store))).toEqual([9, "store.tombstone", 6]);
    expect((await store.recentDetections(9)).map(({ signatureId }) => signatureId)).toEqual([12, 11]);
    expect((await store.recentIncidents(9)).map(({ id, isOpen }) => [id, isOpen])).toEqual([
      ["B", true],
      ["A", false],
    ]);
    expect(await store.tally()).toEqual(version < 2 ? [] : [["hour", "sid:11", 7]]);
    expect((await store.recentLogs(9)).map(({ payload }) => payload)).toEqual(
      version < 3 ? [] : ['{"line":1}'],
    );
    expect(await store.devices()).toEqual(
      version < 4 ? [] : [{ id: "d-1", updatedMs: 1_790_000_000_000, payload: '{"device":1}' }],
    );
    expect((await store.append([message("next")])).sequences).toEqual([10]);
    expect(store.status().usage).toMatchObject({ outbox: { records: 4 }, detections: { records: 2 } });
    await store.close();
    expect(await readdir(directory)).toEqual(["store.db"]);
    expect(await query(path, "PRAGMA user_version")).toEqual([{ user_version: MIGRATIONS.length }]);
    expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});
