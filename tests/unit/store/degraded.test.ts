import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SqliteError, type SqliteFailure } from "../../../agent/store/sqlite-driver.js";
import {
  FaultyDisk,
  idsOf,
  incident,
  message,
  openStore,
  query,
  readOutbox,
  until,
} from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

function failing(failure: SqliteFailure, isAfter = false): { error: Error; isAfter: boolean } {
  return { error: new SqliteError(failure, `SQLITE: ${failure}`), isAfter };
}

describe("a disk that fails while the store is at work", () => {
  it("degrades the store, which says why and recovers by itself with everything it was given", async () => {
    const disk = new FaultyDisk();
    const store = await openStore(await memoryDirectory(), { openSqlite: disk.open });
    await store.append([message(1)]);
    const states: string[] = [];
    store.onStatus(({ state, error }) => states.push(error ? `${state} ${error.code}` : state));
    disk.fault = () => failing("full");
    const appended = store.append([message(2), message(3, "critical")]);
    await until(() => store.status().state === "degraded");
    expect(store.status().error?.code).toBe("error.store.disk_full");
    expect(await store.outbox.lease(10)).toEqual([]);
    expect(await store.recentIncidents(10)).toEqual([]);
    expect(await store.outbox.depth()).toMatchObject({ lowestSequence: undefined });
    disk.fault = () => undefined;
    expect(await appended).toMatchObject({ committed: 2, shed: 0 });
    expect(states).toEqual(["degraded error.store.disk_full", "ready"]);
    expect(idsOf(await readOutbox(store))).toEqual([3, "store.recovered", 1, 2]);
  });

  it("keeps the newest of the highest classes in memory, and reports exactly what it shed", async () => {
    const disk = new FaultyDisk();
    const store = await openStore(await memoryDirectory(), {
      openSqlite: disk.open,
      limits: { maxQueueRecords: 10, maxGroupRecords: 1 },
    });
    disk.fault = () => failing("io");
    const results = [message("in flight")].concat(
      Array.from({ length: 20 }, (_, i) => message(`low ${i}`, "low")),
      Array.from({ length: 5 }, (_, i) => message(`high ${i}`, "high")),
    );
    const appended = results.map((entry) => store.append([entry]));
    await until(() => store.status().state === "degraded");
    disk.fault = () => undefined;
    const shed = (await Promise.all(appended)).reduce((sum, result) => sum + result.shed, 0);
    expect(shed).toBe(15);
    const messages = await readOutbox(store);
    const ids = idsOf(messages);
    expect(ids.filter((id) => `${id}`.startsWith("low"))).toEqual(
      [15, 16, 17, 18, 19].map((i) => `low ${i}`),
    );
    expect(ids.filter((id) => `${id}`.startsWith("high"))).toHaveLength(5);
    const overflow = messages
      .map(({ payload }) => JSON.parse(payload))
      .filter(({ event }) => event === "store.overflow");
    expect(overflow.map((notice) => notice.shed)).toEqual([{ critical: 0, high: 0, normal: 0, low: 15 }]);
  });

  it("takes acknowledgements and carries them out when the disk is back", async () => {
    const disk = new FaultyDisk();
    const store = await openStore(await memoryDirectory(), { openSqlite: disk.open });
    await store.append([1, 2, 3, 4].map((id) => message(id)));
    disk.fault = () => failing("read-only");
    const acknowledged = Promise.all([store.outbox.acknowledge(1), store.outbox.acknowledge(0, [3])]);
    await until(() => store.status().state === "degraded");
    expect(store.status().error?.code).toBe("error.store.read_only");
    disk.fault = () => undefined;
    await acknowledged;
    expect(idsOf(await readOutbox(store))).toEqual(["store.recovered", 2, 4]);
  });

  it("closes a degraded store without the disk, and says what was not stored", async () => {
    const disk = new FaultyDisk();
    const store = await openStore(await memoryDirectory(), { openSqlite: disk.open });
    disk.fault = () => failing("io");
    const appended = store.append([message(1)]);
    const acknowledged = store.outbox.acknowledge(5);
    await until(() => store.status().state === "degraded");
    await store.close();
    expect(await appended).toEqual({ committed: 0, shed: 1, sequences: [] });
    await acknowledged;
  });

  it("gives up the database it had set aside when the disk is full", async () => {
    const directory = await memoryDirectory();
    await query(join(directory, "store.db.corrupt-20260101T000000Z"), "CREATE TABLE t (a)");
    const disk = new FaultyDisk();
    const store = await openStore(directory, { openSqlite: disk.open });
    let faults = 1;
    disk.fault = (_, sql) => (sql.startsWith("INSERT") && faults-- > 0 ? failing("full") : undefined);
    await store.append([message(1)]);
    expect((await readdir(directory)).filter((name) => name.includes("corrupt"))).toEqual([]);
  });
});

describe("a database deleted under the store", () => {
  it("is noticed with the next commit, which goes into a new one with a new ledger", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    await store.append([message(1)]);
    const { ledger } = store.outbox;
    for (const name of await readdir(directory)) await rm(join(directory, name));
    expect(await store.append([message(2)])).toMatchObject({ committed: 1 });
    expect(store.outbox.ledger).not.toBe(ledger);
    expect(idsOf(await readOutbox(store))).toEqual(["store.recovered", 2]);
  });
});

describe("a disk that fails from the start", () => {
  it("leaves a store that accepts, and writes once it can", async () => {
    const disk = new FaultyDisk();
    disk.fault = () => failing("io");
    const store = await openStore(await memoryDirectory(), { openSqlite: disk.open });
    expect(store.status()).toMatchObject({ state: "degraded", boot: 0 });
    expect(store.outbox.ledger).toBe("");
    const appended = store.append([message(1)]);
    disk.fault = () => undefined;
    expect(await appended).toMatchObject({ committed: 1 });
    expect(store.outbox.ledger).not.toBe("");
    expect(idsOf(await readOutbox(store))).toEqual(["store.recovered", 1]);
  });
});

/** Messages, incidents, leases and acknowledgements, in an order that uses every kind of statement. */
async function work(directory: string, disk: FaultyDisk): Promise<void> {
  const store = await openStore(directory, { openSqlite: disk.open, limits: { maxDelayMs: 0 } });
  const results = [await store.append([message("a"), incident("A", true)])];
  results.push(await store.append([message("b", "critical"), incident("A", false)]));
  await until(async () => (await store.outbox.lease(10)).length === 0 && store.status().state === "ready");
  await store.outbox.acknowledge(0, [results[0]!.sequences[0]!]);
  results.push(await store.append([message("c")]));
  expect(results.map(({ committed, shed, sequences }) => [committed, shed, sequences.length])).toEqual([
    [2, 0, 1],
    [2, 0, 1],
    [1, 0, 1],
  ]);
  const sequences = results.flatMap((result) => result.sequences);
  expect([...sequences].sort((a, b) => a - b)).toEqual(sequences);
  await store.close();
}

describe("every single call to the disk", () => {
  it.each([
    { failure: "io", isAfter: true },
    { failure: "full", isAfter: false },
  ] as const)(
    "may fail ($failure, carried out: $isAfter), and nothing is lost or doubled",
    async ({ failure, isAfter }) => {
      const directory = await memoryDirectory();
      const counting = new FaultyDisk();
      await work(join(directory, "none"), counting);
      expect(counting.calls).toBeGreaterThan(50);
      for (let call = 1; call <= counting.calls; call++) {
        const disk = new FaultyDisk();
        disk.fault = (number) => (number === call ? failing(failure, isAfter) : undefined);
        await work(join(directory, `${call}`), disk);
        const store = await openStore(join(directory, `${call}`));
        const ids = idsOf(await readOutbox(store)).filter((id) => !`${id}`.startsWith("store."));
        expect(ids, `call ${call}`).toEqual(["b", "c"]);
        expect((await store.incident("A"))?.isOpen).toBe(false);
        await store.close();
      }
    },
  );
});
