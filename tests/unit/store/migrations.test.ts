import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MIGRATIONS, migrate } from "../../../agent/store/migrations.js";
import { openSqlite, type SqliteRow } from "../../../agent/store/sqlite-driver.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

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
    const directory = await temporaryDirectory();
    const fresh = await schemaAfter(join(directory, "fresh.db"), MIGRATIONS);
    expect(fresh[0]).toEqual({ user_version: MIGRATIONS.length });
    for (let version = 0; version <= MIGRATIONS.length; version++) {
      const path = join(directory, `from-${version}.db`);
      expect(await schemaAfter(path, MIGRATIONS.slice(0, version), MIGRATIONS)).toEqual(fresh);
    }
  });

  it("change nothing where one of them fails", async () => {
    const path = join(await temporaryDirectory(), "store.db");
    const broken = ["CREATE TABLE a (b)", "CREATE TABLE c (d); CREATE TABLE a (b)"];
    await expect(schemaAfter(path, broken)).rejects.toThrow("already exists");
    expect(await schemaAfter(path, [broken[0]!])).toEqual([
      { user_version: 1 },
      { name: "a", sql: "CREATE TABLE a (b)" },
    ]);
  });
});
