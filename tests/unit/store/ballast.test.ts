import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planBudget } from "../../../agent/store/budget.js";
import { SqliteError } from "../../../agent/store/sqlite-driver.js";
import { FaultyDisk, MEBIBYTE, message, openStore, readOutbox } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const { ballastBytes } = planBudget(8 * MEBIBYTE);

describe("the ballast", () => {
  it("is put in place beside the database, of its exact size, and mended when it is not", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    const path = join(directory, "store.db.ballast");
    await store.maintain();
    expect(store.status().hasBallast).toBe(true);
    expect((await stat(path)).size).toBe(ballastBytes);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, "torn");
    await store.maintain();
    expect((await stat(path)).size).toBe(ballastBytes);
  });

  it("is given up when the disk is full and put in place again when there is room, and both are told", async () => {
    const directory = await memoryDirectory();
    const disk = new FaultyDisk();
    const store = await openStore(directory, { openSqlite: disk.open });
    await store.maintain();
    let faults = 1;
    disk.fault = (_, sql) =>
      sql.startsWith("INSERT") && faults-- > 0
        ? { error: new SqliteError("full", "database or disk is full"), isAfter: false }
        : undefined;
    expect(await store.append([message("a")])).toMatchObject({ committed: 1 });
    expect(await readdir(directory)).not.toContain("store.db.ballast");
    expect(store.status().hasBallast).toBe(false);
    await store.maintain();
    expect(store.status().hasBallast).toBe(true);
    const told = (await readOutbox(store)).map(({ payload }) => JSON.parse(payload));
    expect(told.filter(({ event }) => event === "store.ballast")).toEqual([
      { event: "store.ballast", isReleased: true, bytes: ballastBytes },
      { event: "store.ballast", isReleased: false, bytes: ballastBytes },
    ]);
  });
});
