import { describe, expect, it } from "vitest";
import type { ClockQuality } from "../../../agent/base/clock-quality.js";
import type { Store, StoreOptions } from "../../../agent/store/store.js";
import { ManualClock } from "../../support/manual-clock.js";
import {
  detection,
  idsOf,
  incident,
  log,
  message,
  openStore,
  query,
  readOutbox,
} from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
const RETENTION = { detections: 30 * DAY_MS, incidents: 60 * DAY_MS, logs: 10 * DAY_MS };

async function kept(store: Store): Promise<{ detections: number[]; incidents: string[]; logs: number[] }> {
  return {
    detections: (await store.recentDetections(100)).map(({ signatureId }) => signatureId).reverse(),
    incidents: (await store.recentIncidents(100)).map(({ id }) => id).reverse(),
    logs: (await store.recentLogs(100)).map(({ payload }) => JSON.parse(payload).id).reverse(),
  };
}

function day(n: number, isOpen = false) {
  return [detection(n), incident(`I${n}`, isOpen), log(n), message(n)];
}

/** Live so many days, six hours at a time. */
async function live(store: Store, clock: ManualClock, days: number): Promise<void> {
  for (let quarter = 0; quarter < days * 4; quarter++) {
    clock.advance(DAY_MS / 4);
    await store.maintain();
  }
}

describe("retention by age", () => {
  it("lets each kind go at its own age, and messages only when they are acknowledged", async () => {
    const clock = new ManualClock();
    const store = await openStore(await memoryDirectory(), { clock, retention: RETENTION });
    await store.append(day(1));
    await live(store, clock, 5);
    await store.append(day(2));
    await live(store, clock, 5.5);
    expect(await kept(store)).toEqual({ detections: [1, 2], incidents: ["I1", "I2"], logs: [2] });
    await live(store, clock, 20);
    expect(await kept(store)).toEqual({ detections: [2], incidents: ["I1", "I2"], logs: [] });
    await live(store, clock, 30);
    expect(await kept(store)).toEqual({ detections: [], incidents: ["I2"], logs: [] });
    expect(idsOf(await readOutbox(store))).toEqual([1, 2]);
    expect(store.status().usage.detections).toEqual({ records: 0, bytes: 0 });
  });

  it("does not touch incidents that are open", async () => {
    const clock = new ManualClock();
    const store = await openStore(await memoryDirectory(), { clock, retention: RETENTION });
    await store.append([...day(1, true), ...day(2)]);
    await live(store, clock, 61);
    expect((await kept(store)).incidents).toEqual(["I1"]);
  });

  it("deletes thousands in small transactions", async () => {
    const clock = new ManualClock();
    const directory = await memoryDirectory();
    const store = await openStore(directory, { clock, retention: RETENTION });
    for (let i = 0; i < 5; i++) await store.append(Array.from({ length: 500 }, (_, n) => log(n)));
    await live(store, clock, 1);
    await store.append([log(9_999)]);
    await live(store, clock, 9.5);
    expect((await kept(store)).logs).toEqual([9_999]);
  });

  it("counts only time during which the store was open, over restarts", async () => {
    const clock = new ManualClock();
    const directory = await memoryDirectory();
    for (let boot = 0; boot < 4; boot++) {
      const store = await openStore(directory, { clock, retention: RETENTION });
      if (boot === 0) await store.append([log(1)]);
      await live(store, clock, 3);
      expect((await kept(store)).logs).toEqual(boot < 3 ? [1] : []);
      await store.close();
      // Switched off for half a year.
      clock.advance(YEAR_MS / 2);
    }
  });

  it.each([
    ["ten years forward", 10 * YEAR_MS],
    ["ten years back", -10 * YEAR_MS],
    ["back to 1970", Number.NEGATIVE_INFINITY],
  ])("is not misled by a clock that jumps %s", async (_name, jumpMs) => {
    const clock = new ManualClock();
    const directory = await memoryDirectory();
    const options: Partial<StoreOptions> = { clock, retention: RETENTION };
    const first = await openStore(directory, options);
    await first.append(day(1));
    clock.wall = Number.isFinite(jumpMs) ? clock.wall + jumpMs : 0;
    await first.append(day(2));
    await live(first, clock, 1);
    await first.close();
    const second = await openStore(directory, options);
    await second.maintain();
    expect(await kept(second)).toEqual({ detections: [1, 2], incidents: ["I1", "I2"], logs: [1, 2] });
    expect(idsOf(await readOutbox(second))).toEqual([1, 2]);
    await live(second, clock, 10);
    expect((await kept(second)).logs).toEqual([]);
  });
});

describe("the quality of time", () => {
  it("is marked on every record as it was when that was stored, over restarts", async () => {
    const clock = new ManualClock(0);
    const directory = await memoryDirectory();
    let isSynchronized = false;
    const options: Partial<StoreOptions> = {
      clock,
      clockQuality: (): ClockQuality =>
        clock.wall < DAY_MS ? "unset" : isSynchronized ? "synchronized" : "free",
    };
    const first = await openStore(directory, options);
    await first.append(day(1));
    clock.wall = 1_800_000_000_000;
    await first.append(day(2));
    isSynchronized = true;
    await first.append(day(3));
    await first.close();
    clock.wall = 0;
    const second = await openStore(directory, options);
    await second.append(day(4));
    const qualities = ["unset", "free", "synchronized", "unset"];
    const of = (records: readonly { clock?: ClockQuality | undefined }[]) =>
      records.map((record) => record.clock);
    expect(of(await readOutbox(second))).toEqual(qualities);
    expect(of(await second.recentDetections(10)).reverse()).toEqual(qualities);
    expect(of(await second.recentIncidents(10)).reverse()).toEqual(qualities);
    expect(of(await second.recentLogs(10)).reverse()).toEqual(qualities);
  });

  it("is unknown for what is older than the marks that are kept, which are bounded", async () => {
    const clock = new ManualClock();
    const directory = await memoryDirectory();
    const store = await openStore(directory, { clock });
    for (let n = 0; n < 600; n++) {
      await store.append([message(n, "critical")]);
      clock.wall += 3_000;
    }
    const qualities = (await readOutbox(store)).map((record) => record.clock);
    expect(qualities.indexOf("free")).toBe(600 - 512);
    expect(new Set(qualities.slice(600 - 512))).toEqual(new Set(["free"]));
    await store.close();
    const [row] = await query(`${directory}/store.db`, "SELECT count(*) AS marks FROM timeline");
    expect(row).toEqual({ marks: 512 });
  });
});

describe("times that cannot be", () => {
  it.each([Number.NaN, 1e21, -1e300, 0.5])("are stored as far as they can be (%s)", async (time) => {
    const clock = new ManualClock(time);
    const store = await openStore(await memoryDirectory(), { clock });
    const entry = detection(1);
    await store.append([
      { priority: "low", detection: { ...entry.detection!, timeUs: time } },
      { priority: "low", log: { timeMs: time, source: "x".repeat(1_000), payload: "{}" } },
      { priority: "low", incident: { id: "A", isOpen: false, updatedMs: time, payload: "{}" } },
      message(1),
    ]);
    expect(store.status()).toMatchObject({ state: "ready", usage: { detections: { records: 1 } } });
    expect((await store.recentLogs(1))[0]!.source).toHaveLength(256);
    expect(idsOf(await readOutbox(store))).toEqual([1]);
  });
});
