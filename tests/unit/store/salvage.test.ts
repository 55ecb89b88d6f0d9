import { mkdir, open, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SalvageNotice } from "../../../agent/store/notice.js";
import { openSqlite, SqliteError } from "../../../agent/store/sqlite-driver.js";
import {
  detection,
  FaultyDisk,
  idsOf,
  incident,
  message,
  openStore,
  query,
  readOutbox,
} from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

/** A closed store with 200 messages, 200 detections and 50 incidents; the first 20 messages are acknowledged. */
async function filled(directory: string): Promise<{ ledger: string; boot: number }> {
  const store = await openStore(directory);
  for (let i = 0; i < 200; i += 20) {
    const numbers = Array.from({ length: 20 }, (_, n) => i + n);
    await store.append(
      numbers.flatMap((n) => [message(n, "normal", 500), detection(n), incident(`I${n % 50}`, true, `${n}`)]),
    );
  }
  await store.outbox.acknowledge(20);
  const { ledger } = store.outbox;
  const { boot } = store.status();
  await store.close();
  return { ledger, boot };
}

async function overwrite(path: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, offset);
  await file.close();
}

function noticeOf(payloads: readonly string[]): SalvageNotice {
  return payloads.map((payload) => JSON.parse(payload)).find(({ event }) => event === "store.salvaged");
}

const EXPECTED_IDS = Array.from({ length: 180 }, (_, i) => i + 20);

describe("a corrupt database", () => {
  it("is set aside when its header is gone, and every row carried over", async () => {
    const directory = await memoryDirectory();
    const { ledger, boot } = await filled(directory);
    await overwrite(join(directory, "store.db"), 0, Buffer.alloc(100, 0xff));
    const store = await openStore(directory);
    expect(store.status()).toMatchObject({ state: "ready" });
    expect(store.status().boot).toBeGreaterThan(boot);
    expect(store.outbox.ledger).toBe(ledger);
    const messages = await readOutbox(store);
    expect(idsOf(messages)).toEqual(["store.salvaged", ...EXPECTED_IDS]);
    const notice = noticeOf(messages.map(({ payload }) => payload));
    expect(notice).toMatchObject({
      messages: 180,
      detections: 200,
      incidents: 50,
      isComplete: true,
      skippedFirst: 201,
      skippedLast: 1_000_200,
    });
    expect(await readdir(directory)).toContain(notice.setAside);
    expect((await store.incident("I49"))?.payload).toBe('{"id":"I49","text":"199"}');
    expect((await store.recentDetections(1_000)).length).toBe(200);
  });

  it("goes on with sequence numbers far above those that may have been given", async () => {
    const directory = await memoryDirectory();
    await filled(directory);
    await overwrite(join(directory, "store.db"), 0, Buffer.alloc(100, 0xff));
    const store = await openStore(directory);
    expect((await store.append([message("new")])).sequences[0]).toBeGreaterThan(1_000_000);
  });

  it("gets a new ledger id where not even the counter could be found", async () => {
    const directory = await memoryDirectory();
    const { ledger } = await filled(directory);
    const path = join(directory, "store.db");
    await query(path, "UPDATE sequence SET checksum = 0");
    await overwrite(path, 0, Buffer.alloc(100, 0xff));
    const store = await openStore(directory);
    expect(store.outbox.ledger).not.toBe(ledger);
    expect(store.status().boot).toBeGreaterThan(1_000_000_000);
    // The counter of acknowledgements was lost with it: acknowledged rows may come back, none may be missing.
    expect(idsOf(await readOutbox(store))).toEqual(expect.arrayContaining(EXPECTED_IDS));
  });

  it("is kept one generation, and the newest counts", async () => {
    const directory = await memoryDirectory();
    await filled(directory);
    for (let i = 0; i < 3; i++) {
      await overwrite(join(directory, "store.db"), 0, Buffer.alloc(100, i));
      await (await openStore(directory)).close();
    }
    const names = await readdir(directory);
    expect(names.filter((name) => name.includes(".corrupt-"))).toHaveLength(1);
    expect(names.filter((name) => name.includes(".salvaging-"))).toHaveLength(0);
  });

  it("is found again when the process died between setting it aside and carrying it over", async () => {
    const directory = await memoryDirectory();
    await filled(directory);
    const path = join(directory, "store.db");
    await writeFile(`${path}.salvaging-20260101T000000Z`, await readFile(path));
    await truncate(path, 0);
    const store = await openStore(directory);
    expect(idsOf(await readOutbox(store))).toEqual(["store.salvaged", ...EXPECTED_IDS]);
  });

  it("is carried over when it shows only while the store is at work, and nothing appended meanwhile is lost", async () => {
    const directory = await memoryDirectory();
    const disk = new FaultyDisk();
    const store = await openStore(directory, { openSqlite: disk.open });
    await store.append([message("before")]);
    let faults = 1;
    disk.fault = (_, sql) => {
      if (!sql.startsWith("INSERT") || faults-- <= 0) return undefined;
      return { error: new SqliteError("corrupt", "database disk image is malformed"), isAfter: false };
    };
    const states: string[] = [];
    store.onStatus(({ state, error }) => states.push(error ? `${state} ${error.code}` : state));
    expect(await store.append([message("during")])).toMatchObject({ committed: 1 });
    expect(states).toEqual(["degraded error.store.corrupt", "ready"]);
    const ids = idsOf(await readOutbox(store));
    expect([...ids].sort()).toEqual(["before", "during", "store.recovered", "store.salvaged"]);
  });

  it("does not lose its log to an emptied file", async () => {
    const directory = await memoryDirectory();
    const path = join(directory, "store.db");
    const store = await openStore(directory);
    await store.append([message("in the log")]);
    const wal = await readFile(`${path}-wal`);
    await store.close();
    await truncate(path, 0);
    await writeFile(`${path}-wal`, wal);
    const again = await openStore(directory);
    expect(idsOf(await readOutbox(again))).toEqual(["store.salvaged", "in the log"]);
  });

  it("is read for a limited time, and the rest is said to be missing", async () => {
    const directory = await memoryDirectory();
    await filled(directory);
    await overwrite(join(directory, "store.db"), 0, Buffer.alloc(100, 0xff));
    let monotonicMs = 0;
    const clock = { wallMs: () => Date.now(), monotonicMs: () => (monotonicMs += 100) };
    const store = await openStore(directory, { clock, limits: { salvageMs: 1_000 } });
    const notice = noticeOf((await readOutbox(store)).map(({ payload }) => payload));
    expect(notice.isComplete).toBe(false);
    expect(notice.messages).toBeLessThan(180);
  });

  it.each([
    ["word", "UPDATE sqlite_schema SET sql = replace(sql, 'started_ms', 'startod_ms')"],
    ["newer version", "PRAGMA user_version = 2147483647"],
    ["older version", "PRAGMA user_version = 0"],
  ])("is recognised by a wrong %s in its schema", async (_, sql) => {
    const directory = await memoryDirectory();
    await filled(directory);
    const connection = await openSqlite(join(directory, "store.db"));
    await connection.execute(`PRAGMA writable_schema = ON; ${sql}`);
    await connection.close();
    const store = await openStore(directory);
    expect(idsOf(await readOutbox(store))).toEqual(["store.salvaged", ...EXPECTED_IDS]);
  });

  it("does not keep the store from starting when it cannot be read any more", async () => {
    const directory = await memoryDirectory();
    await mkdir(join(directory, "store.db.salvaging-20260101T000000Z"));
    await symlink("nowhere", join(directory, "store.db.salvaging-20260102T000000Z"));
    const store = await openStore(directory);
    expect(store.status().state).toBe("ready");
    expect(idsOf(await readOutbox(store))).toEqual(["store.salvaged", "store.salvaged"]);
  });

  it("leaves a healthy file alone", async () => {
    const directory = await memoryDirectory();
    await filled(directory);
    const { ino } = await stat(join(directory, "store.db"));
    await openStore(directory);
    expect((await stat(join(directory, "store.db"))).ino).toBe(ino);
  });
});
