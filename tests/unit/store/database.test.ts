import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { planBudget } from "../../../agent/store/budget.js";
import { Database, type DatabaseOptions } from "../../../agent/store/database.js";
import { openSqlite } from "../../../agent/store/sqlite-driver.js";
import { FaultyDisk, MEBIBYTE, query } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

async function options(): Promise<DatabaseOptions> {
  return {
    path: join(await memoryDirectory(), "store.db"),
    plan: planBudget(8 * MEBIBYTE),
    clock: systemClock,
    openSqlite,
    checkMs: 1_000,
  };
}

async function openDatabase(given: DatabaseOptions): Promise<Database> {
  const database = await Database.open(given);
  onTestFinished(() => database.close().catch(() => undefined));
  return database;
}

describe("an open database", () => {
  it("has the settings durability rests on", async () => {
    const database = await openDatabase(await options());
    const settings = await database.exclusive(async (connection) => {
      const read = async (name: string): Promise<unknown> =>
        Object.values((await connection.all(`PRAGMA ${name}`))[0]!)[0];
      return {
        journal: await read("journal_mode"),
        synchronous: await read("synchronous"),
        foreignKeys: await read("foreign_keys"),
        autoVacuum: await read("auto_vacuum"),
        locking: await read("locking_mode"),
        maxPageCount: await read("max_page_count"),
        autocheckpoint: await read("wal_autocheckpoint"),
        journalSize: await read("journal_size_limit"),
        busyTimeoutMs: await read("busy_timeout"),
      };
    });
    expect(settings).toEqual({
      journal: "wal",
      synchronous: 2,
      foreignKeys: 1,
      autoVacuum: 2,
      locking: "exclusive",
      maxPageCount: 1664,
      autocheckpoint: 128,
      journalSize: MEBIBYTE,
      busyTimeoutMs: 1_000,
    });
  });

  it("refuses to work where a setting did not take", async () => {
    const disk = new FaultyDisk();
    const given = await options();
    const opening = Database.open({
      ...given,
      openSqlite: async (path) => {
        const connection = await disk.open(path);
        return {
          all: (sql, parameters) =>
            connection.all(sql === "PRAGMA synchronous = 2" ? "PRAGMA synchronous = 1" : sql, parameters),
          execute: (script) => connection.execute(script),
          interrupt: () => connection.interrupt(),
          close: () => connection.close(),
        };
      },
    });
    await expect(opening).rejects.toThrow("PRAGMA synchronous is 1 instead of 2");
  });

  it("lets one task at a time have the connection", async () => {
    const database = await openDatabase(await options());
    const steps: string[] = [];
    const task = (name: string) => async (): Promise<void> => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${name} ends`);
    };
    await Promise.all([database.exclusive(task("a")), database.transaction(task("b"))]);
    expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });

  it("undoes a transaction that fails, and goes on", async () => {
    const database = await openDatabase(await options());
    const failing = database.transaction(async (connection) => {
      await connection.all("INSERT INTO boot VALUES (100, 0, 0)");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const rows = await database.transaction((connection) => connection.all("SELECT boot FROM boot"));
    expect(rows).toEqual([{ boot: 1 }]);
  });

  it("knows whether it was closed in order the last time", async () => {
    const given = await options();
    await (await openDatabase(given)).abandon();
    const second = await openDatabase(given);
    expect(second.isAfterCleanStop).toBe(false);
    await second.close();
    expect((await openDatabase(given)).isAfterCleanStop).toBe(true);
  });

  it("remembers a bounded number of boots", async () => {
    const given = await options();
    for (let i = 0; i < 70; i++) await (await Database.open(given)).close();
    expect(await query(given.path, "SELECT min(boot) AS first, max(boot) AS last FROM boot")).toEqual([
      { first: 7, last: 70 },
    ]);
  });

  it("finds a broken structure when opening", async () => {
    const given = await options();
    await (await openDatabase(given)).close();
    // A table whose root page does not exist.
    await query(given.path, "PRAGMA writable_schema = ON").catch(() => undefined);
    const connection = await openSqlite(given.path);
    await connection.execute(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 900 WHERE name = 'boot'",
    );
    await connection.close();
    await expect(Database.open(given)).rejects.toMatchObject({ failure: "corrupt" });
  });
});
