import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqlite, type SqliteConnection } from "../../../agent/store/sqlite-driver.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

async function open(path: string): Promise<SqliteConnection> {
  const connection = await openSqlite(path);
  onTestFinished(() => connection.close());
  return connection;
}

describe("the SQLite driver", () => {
  it("runs statements to their end and returns their rows", async () => {
    const connection = await open(join(await memoryDirectory(), "a.db"));
    await connection.execute(
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT; INSERT INTO t VALUES (1, 'x')",
    );
    expect(await connection.all("INSERT INTO t VALUES (?, ?) RETURNING a", [2 ** 52, null])).toEqual([
      { a: 2 ** 52 },
    ]);
    expect(await connection.all("SELECT a, b FROM t ORDER BY a")).toEqual([
      { a: 1, b: "x" },
      { a: 2 ** 52, b: null },
    ]);
  });

  it("works with more different statements than it keeps prepared", async () => {
    const connection = await open(join(await memoryDirectory(), "a.db"));
    for (let i = 0; i < 200; i++) expect(await connection.all(`SELECT ${i} AS n`)).toEqual([{ n: i }]);
  });

  it("names failures by what the agent does about them", async () => {
    const directory = await memoryDirectory();
    const connection = await open(join(directory, "a.db"));
    await connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    await expect(connection.all("INSERT INTO t VALUES (1)")).rejects.toMatchObject({ failure: "constraint" });
    await expect(connection.all("SELECT nonsense")).rejects.toMatchObject({ failure: "other" });
    await connection.execute("PRAGMA max_page_count = 3; CREATE TABLE u (b)");
    const filling = connection.all("INSERT INTO u VALUES (?)", ["x".repeat(20_000)]);
    await expect(filling).rejects.toMatchObject({ failure: "full" });

    await writeFile(join(directory, "text.db"), "this is not a database, it is a text".repeat(50));
    const text = await open(join(directory, "text.db"));
    await expect(text.all("SELECT * FROM sqlite_schema")).rejects.toMatchObject({ failure: "corrupt" });

    await mkdir(join(directory, "directory"));
    await expect(openSqlite(join(directory, "directory"))).rejects.toMatchObject({ failure: "cannot-open" });

    await connection.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const other = await open(join(directory, "a.db"));
    await other.all("PRAGMA busy_timeout = 1");
    await expect(other.all("SELECT * FROM t")).rejects.toMatchObject({ failure: "locked" });
  });

  it("stops a running statement when interrupted", async () => {
    const connection = await open(":memory:");
    const endless = connection.all(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    );
    const timer = setInterval(() => connection.interrupt(), 5);
    await expect(endless).rejects.toMatchObject({ failure: "interrupted" });
    clearInterval(timer);
  });
});
