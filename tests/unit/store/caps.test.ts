/** Bounds that nothing may cross: of the files together, of what is set aside, and of what a refused group may hold up. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { openSqlite, SqliteError } from "../../../agent/store/sqlite-driver.js";
import {
  detection,
  FaultyDisk,
  idsOf,
  incident,
  log,
  MEBIBYTE,
  message,
  openStore,
  readOutbox,
  until,
} from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const BUDGET = 8 * MEBIBYTE;

it("database, log and ballast together never exceed the budget by a byte, after no statement", async () => {
  const directory = await memoryDirectory();
  let most = 0;
  const measure = (): void => {
    const sizes = readdirSync(directory).map((name) => {
      return statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
    });
    most = Math.max(
      most,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  };
  const store = await openStore(directory, {
    budgetBytes: BUDGET,
    openSqlite: async (path) => {
      const connection = await openSqlite(path);
      const run = async <T>(task: Promise<T>): Promise<T> => {
        const result = await task;
        measure();
        return result;
      };
      return {
        all: (sql, parameters) => run(connection.all(sql, parameters)),
        execute: (script) => run(connection.execute(script)),
        interrupt: () => connection.interrupt(),
        close: () => run(connection.close()),
      };
    },
  });
  await store.maintain();
  expect(store.status().hasBallast).toBe(true);
  const filler = "y".repeat(2_100);
  for (let n = 0; n < 3_000; n += 250) {
    const ids = Array.from({ length: 250 }, (_, i) => n + i);
    await store.append(
      ids.flatMap((id) => [
        message(id, "low", id % 50 === 0 ? 9_000 : 300),
        detection(id, "low", filler),
        log(id, "low", filler),
        incident(`I${id}`, false, filler),
      ]),
    );
    if (n % 1_000 === 0) await store.maintain();
  }
  await store.close();
  measure();
  // Pages are seldom full, which the plan allows for: the rest is what it is wrong by.
  expect(most).toBeGreaterThan(BUDGET * 0.6);
  expect(most).toBeLessThanOrEqual(BUDGET);
});

it.each([
  { bytes: BUDGET - 1, kept: 1 },
  { bytes: BUDGET + 1, kept: 0 },
])("of a corrupt database of $bytes bytes $kept is kept aside", async ({ bytes, kept }) => {
  const directory = await memoryDirectory();
  writeFileSync(join(directory, "store.db"), Buffer.alloc(bytes, 7));
  const store = await openStore(directory, { budgetBytes: BUDGET });
  expect(store.status().state).toBe("ready");
  const aside = readdirSync(directory).filter((name) => name.includes(".corrupt-"));
  expect(aside).toHaveLength(kept);
  // Nor does it leave under another name.
  expect(readdirSync(directory).filter((name) => name.includes(".salvaging-"))).toEqual([]);
});

it("a group that no database takes is given up, counted and told, and holds nothing else up", async () => {
  const disk = new FaultyDisk();
  const counters = new Counters();
  const store = await openStore(await memoryDirectory(), { openSqlite: disk.open, counters });
  await store.append([message("before")]);
  let refusals = 0;
  disk.fault = (_, sql) => {
    if (!/INSERT OR ABORT INTO detections/.test(sql)) return undefined;
    refusals++;
    return { error: new SqliteError("constraint", "SQLITE_CONSTRAINT: refused"), isAfter: false };
  };
  const refused = await store.append([
    { ...detection(1), priority: "high" },
    { ...detection(2), priority: "low" },
  ]);
  disk.fault = () => undefined;
  expect(refused).toEqual({ committed: 0, shed: 2, sequences: [] });
  expect(refusals).toBe(3);
  expect(counters.get("store.refused")).toBe(2);
  expect(await store.append([message("behind")])).toMatchObject({ committed: 1 });
  await until(async () => idsOf(await readOutbox(store)).includes("store.overflow"));
  const messages = await readOutbox(store);
  expect(idsOf(messages).filter((id) => !`${id}`.startsWith("store."))).toEqual(["before", "behind"]);
  const told = messages
    .map(({ payload }) => JSON.parse(payload))
    .filter(({ event }) => event === "store.overflow");
  expect(told.map(({ shed }) => shed)).toEqual([{ critical: 0, high: 1, normal: 0, low: 1 }]);
});
