import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { Store } from "../../../agent/store/store.js";
import {
  detection,
  idsOf,
  incident,
  MEBIBYTE,
  message,
  openStore,
  query,
  readOutbox,
} from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

describe("opening the store", () => {
  it("makes its directory for the owner alone and the file too", async () => {
    const directory = join(await memoryDirectory(), "var", "sekisho");
    await openStore(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "store.db"))).mode & 0o777).toBe(0o600);
  });

  it("keeps its ledger and counts its boots over restarts", async () => {
    const directory = await memoryDirectory();
    const first = await openStore(directory);
    const { ledger } = first.outbox;
    expect(first.status()).toMatchObject({ state: "ready", boot: 1, isAfterCleanStop: true });
    await first.close();
    const second = await openStore(directory);
    expect(second.status()).toMatchObject({ boot: 2, isAfterCleanStop: true });
    expect(second.outbox.ledger).toBe(ledger);
    expect(ledger).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("refuses a second one on the same file, in words that say what to do", async () => {
    const directory = await memoryDirectory();
    await openStore(directory);
    await expect(openStore(directory)).rejects.toMatchObject({ code: "error.store.locked" });
  });

  it("refuses a budget below 8 MiB", async () => {
    const directory = await memoryDirectory();
    const opening = openStore(directory, { budgetBytes: 8 * MEBIBYTE - 1 });
    await expect(opening).rejects.toMatchObject({ code: "error.store.budget" });
  });

  it("refuses a path that is a directory, and one below a file", async () => {
    const directory = await memoryDirectory();
    await mkdir(join(directory, "store.db"));
    await expect(openStore(directory)).rejects.toMatchObject({ code: "error.store.not_writable" });
    await writeFile(join(directory, "file"), "");
    const opening = openStore(join(directory, "file", "below"));
    await expect(opening).rejects.toMatchObject({ code: "error.store.directory" });
  });

  it.skipIf(process.getuid?.() === 0)("refuses a directory it may not write", async () => {
    const directory = await memoryDirectory();
    await chmod(directory, 0o500);
    await expect(openStore(directory)).rejects.toMatchObject({ code: "error.store.not_writable" });
  });

  it("refuses a database of a newer sekisho and leaves it alone", async () => {
    const directory = await memoryDirectory();
    await (await openStore(directory)).close();
    await query(join(directory, "store.db"), "CREATE TABLE invention (a)");
    await query(join(directory, "store.db"), "PRAGMA user_version = 999");
    await expect(openStore(directory)).rejects.toMatchObject({ code: "error.store.newer_schema" });
    expect(await query(join(directory, "store.db"), "PRAGMA user_version")).toEqual([{ user_version: 999 }]);
  });

  it("gives back pages when the budget has become smaller", async () => {
    const directory = await memoryDirectory();
    const large = await openStore(directory, { budgetBytes: 24 * MEBIBYTE });
    for (let i = 0; i < 20; i++) {
      await large.append(Array.from({ length: 500 }, (_, n) => message(i * 500 + n, "low", 1_000)));
    }
    await large.close();
    expect((await stat(join(directory, "store.db"))).size).toBeGreaterThan(9 * MEBIBYTE);
    const small = await openStore(directory, { budgetBytes: 8 * MEBIBYTE });
    expect((await stat(join(directory, "store.db"))).size).toBeLessThanOrEqual(7 * MEBIBYTE);
    await small.close();
    expect((await stat(join(directory, "store.db"))).size).toBeLessThanOrEqual(7 * MEBIBYTE);
  });
});

describe("appending", () => {
  it("gives messages rising sequence numbers in the order they were given", async () => {
    const store = await openStore(await memoryDirectory());
    expect(await store.append([message("a"), message("b", "critical")])).toEqual({
      committed: 2,
      shed: 0,
      sequences: [1, 2],
    });
    expect((await store.append([detection(1), message("c")])).sequences).toEqual([3]);
  });

  it("never gives a sequence number again, not after deletion and not after a restart", async () => {
    const directory = await memoryDirectory();
    const first = await openStore(directory);
    await first.append([message("a"), message("b")]);
    await first.outbox.acknowledge(2);
    expect((await first.append([message("c")])).sequences).toEqual([3]);
    await first.outbox.acknowledge(3);
    await first.close();
    const second = await openStore(directory);
    expect((await second.append([message("d")])).sequences).toEqual([4]);
  });

  it("keeps the last state of an incident under its id", async () => {
    const store = await openStore(await memoryDirectory());
    await store.append([incident("A", true, "first"), incident("B", true), incident("A", true, "second")]);
    await store.append([incident("B", false)]);
    expect((await store.recentIncidents(10)).map(({ id, isOpen }) => [id, isOpen])).toEqual([
      ["B", false],
      ["A", true],
    ]);
    expect((await store.openIncidents(10)).map(({ id }) => id)).toEqual(["A"]);
    expect(await store.incident("A")).toMatchObject({
      payload: '{"id":"A","text":"second"}',
      priority: "normal",
    });
    expect(await store.incident("C")).toBeUndefined();
    expect(store.status().usage.incidents.records).toBe(2);
  });

  it("keeps detections, and one with enormous metadata without it", async () => {
    const store = await openStore(await memoryDirectory());
    await store.append([detection(7), detection(8, "low", "x".repeat(100_000))]);
    const [last, first] = (await store.recentDetections(10)).map(({ payload }) => JSON.parse(payload));
    expect(first).toMatchObject({ signatureId: 7, metadata: { dns: { rrname: "" } } });
    expect(last).toMatchObject({ signatureId: 8, metadata: {} });
  });

  it("refuses a message larger than a row, for its maker has no bound", async () => {
    const store = await openStore(await memoryDirectory());
    expect(() => store.append([message("a", "normal", 70_000)])).toThrow(RangeError);
  });

  it("keeps text of every script and every control character as it is", async () => {
    const store = await openStore(await memoryDirectory());
    const payload = JSON.stringify({ text: "関所 \u0000 \ud800 \u2028 😀 'quote\" \\" });
    await store.append([{ priority: "normal", message: { topic: "info", payload } }]);
    expect((await readOutbox(store))[0]!.payload).toBe(payload);
  });

  it("settles what comes after closing as shed", async () => {
    const store = await openStore(await memoryDirectory());
    const before = store.append([message("a")]);
    await store.close();
    expect(await before).toMatchObject({ committed: 1 });
    expect(await store.append([message("b")])).toEqual({ committed: 0, shed: 1, sequences: [] });
    expect(store.status().state).toBe("closed");
  });

  it("books what each table holds exactly as the rows say", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    for (let i = 0; i < 12; i++) {
      const rows = Array.from({ length: 300 }, (_, n) => [
        message(n, n % 3 === 0 ? "low" : "high", 900),
        detection(n, "normal", "y".repeat(700)),
        incident(`${n % 50}`, n % 2 === 0, "z".repeat(n)),
      ]);
      const { sequences } = await store.append(rows.flat());
      await store.outbox.acknowledge(sequences[50] ?? 0, [sequences[100]!, 999_999]);
    }
    const { usage } = store.status();
    await store.close();
    for (const part of ["detections", "incidents", "outbox"] as const) {
      const [row] = await query(
        join(directory, "store.db"),
        `SELECT count(*) AS records, sum(bytes) AS bytes FROM ${part}`,
      );
      expect(row).toEqual(usage[part]);
      const [booked] = await query(
        join(directory, "store.db"),
        `SELECT sum(records) AS records, sum(bytes) AS bytes FROM usage WHERE part = '${part}'`,
      );
      expect(booked).toEqual(usage[part]);
    }
  });
});

describe("the status of the store", () => {
  it("reaches listeners until they leave", async () => {
    const store = await openStore(await memoryDirectory());
    const states: string[] = [];
    const leave = store.onStatus(({ state }) => states.push(state));
    await store.close();
    leave();
    expect(states).toEqual(["closed"]);
  });

  it("opens with the limits of the field when none are given", async () => {
    const path = join(await memoryDirectory(), "store.db");
    const store = await Store.open({ path, budgetBytes: 8 * MEBIBYTE, clock: systemClock });
    onTestFinished(() => store.close());
    await store.append([message("a", "critical")]);
    expect(idsOf(await readOutbox(store))).toEqual(["a"]);
  });
});
