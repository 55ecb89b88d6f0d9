import { describe, expect, it } from "vitest";
import type { OutboxMessage } from "../../../agent/base/outbox.js";
import { planBudget } from "../../../agent/store/budget.js";
import type { DepartureNotice, TombstoneNotice } from "../../../agent/store/notice.js";
import type { Store } from "../../../agent/store/store.js";
import { ManualClock } from "../../support/manual-clock.js";
import { detection, incident, log, MEBIBYTE, message, openStore, readOutbox } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

/** About so many messages of 3,000 bytes fit in the outbox of the smallest store. */
const FITTING = 600;

async function fill(
  store: Store,
  count: number,
  priority: "critical" | "high" | "normal" | "low",
): Promise<void> {
  for (let i = 0; i < count; i += 100) {
    await store.append(
      Array.from({ length: Math.min(100, count - i) }, (_, n) => message(i + n, priority, 2_900)),
    );
  }
}

function tombstonesOf(messages: readonly OutboxMessage[]): readonly TombstoneNotice[] {
  return messages
    .filter(({ topic }) => topic === "info")
    .map(({ payload }) => JSON.parse(payload) as TombstoneNotice)
    .filter(({ event }) => event === "store.tombstone");
}

describe("a full outbox", () => {
  it("lets the lowest class go first, in it the oldest, and says which", async () => {
    const store = await openStore(await memoryDirectory());
    await fill(store, 300, "high");
    await fill(store, 300, "low");
    await fill(store, FITTING - 400, "normal");
    const messages = await readOutbox(store);
    const [tombstone, ...others] = tombstonesOf(messages);
    expect(others).toEqual([]);
    expect(tombstone).toMatchObject({ priority: "low", firstSequence: 301 });
    const low = messages.filter(({ priority }) => priority === "low").map(({ sequence }) => sequence);
    expect(low).toHaveLength(300 - tombstone!.messages);
    expect(Math.min(...low)).toBe(tombstone!.lastSequence + 1);
    expect(
      messages.filter(({ priority, topic }) => priority === "high" && topic === "incident"),
    ).toHaveLength(300);
  });

  it("accounts for every sequence number it ever gave", async () => {
    const store = await openStore(await memoryDirectory());
    for (const priority of ["low", "critical", "normal", "low", "high", "critical", "normal"] as const) {
      await fill(store, 400, priority);
    }
    const messages = await readOutbox(store);
    const tombstones = tombstonesOf(messages);
    expect(new Set(tombstones.map(({ priority }) => priority)).size).toBe(tombstones.length);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const accounted =
      messages.length +
      sum(tombstones.map((tombstone) => tombstone.messages)) +
      sum(tombstones.map(({ replaced }) => replaced));
    const { sequences } = await store.append([message("last", "critical")]);
    expect(sequences[0]! - 1).toBe(accounted);
    expect(new Set(messages.map(({ sequence }) => sequence)).size).toBe(messages.length);
  });

  it("starts a new tombstone once the one before was delivered, beyond its range", async () => {
    const store = await openStore(await memoryDirectory());
    await fill(store, FITTING + 400, "normal");
    const first = (await readOutbox(store)).find(({ topic }) => topic === "info")!;
    await store.outbox.acknowledge(0, [first.sequence]);
    await fill(store, 400, "normal");
    const [second] = tombstonesOf(await readOutbox(store));
    expect(second!.firstSequence).toBe((JSON.parse(first.payload) as TombstoneNotice).lastSequence + 1);
  });
});

describe("a full store", () => {
  it("keeps each part within its own budget, whatever the others hold", async () => {
    const store = await openStore(await memoryDirectory());
    await fill(store, 100, "low");
    for (let i = 0; i < 30; i++) {
      const filler = "x".repeat(1_500);
      await store.append(Array.from({ length: 100 }, (_, n) => detection(n, "critical", filler)));
      await store.append(Array.from({ length: 100 }, (_, n) => log(n, "critical", filler)));
    }
    const { usage } = store.status();
    const { partBytes } = planBudget(8 * MEBIBYTE);
    for (const part of ["detections", "logs"] as const) {
      expect(usage[part].bytes).toBeGreaterThan(partBytes[part] * 0.98);
      expect(usage[part].bytes).toBeLessThanOrEqual(partBytes[part]);
    }
    expect(usage.outbox.records).toBe(100);
  });

  it("takes its budgets as shares of the whole", async () => {
    const shares = { outbox: 20, incidents: 10, detections: 10, logs: 60 };
    const store = await openStore(await memoryDirectory(), { shares });
    for (let i = 0; i < 30; i++) {
      await store.append(Array.from({ length: 100 }, (_, n) => log(n, "low", "x".repeat(1_500))));
    }
    const limit = planBudget(8 * MEBIBYTE, shares).partBytes.logs;
    expect(store.status().usage.logs.bytes).toBeGreaterThan(limit * 0.98);
    expect(store.status().usage.logs.bytes).toBeLessThanOrEqual(limit);
    expect(() => planBudget(8 * MEBIBYTE, { ...shares, outbox: 21 })).toThrow(RangeError);
  });

  it("tells which rows of its own tables had to go, once for all since it last did", async () => {
    const clock = new ManualClock();
    const store = await openStore(await memoryDirectory(), { clock });
    const filler = "x".repeat(1_500);
    for (let i = 0; i < 20; i++) {
      await store.append([
        ...Array.from({ length: 100 }, (_, n) => detection(n, n === 0 ? "high" : "low", filler)),
        ...Array.from({ length: 50 }, (_, n) => log(n, "normal", filler)),
      ]);
    }
    await store.maintain();
    const { usage } = store.status();
    const told = (await readOutbox(store)).map(({ payload }) => JSON.parse(payload) as DepartureNotice);
    expect(told).toHaveLength(1);
    const [detections, logs] = told[0]!.departed;
    expect(detections).toMatchObject({ part: "detections", priority: "low", firstNumber: 2 });
    expect(detections!.records).toBe(2_000 - usage.detections.records);
    // Of the high class none had to go: their numbers lie between and are not counted.
    expect(detections!.lastNumber).toBe(
      detections!.records + Math.ceil((detections!.lastNumber - 1) / 100) + 0,
    );
    expect(logs).toMatchObject({ part: "logs", priority: "normal", firstNumber: 1 });
    expect(logs!.records).toBe(1_000 - usage.logs.records);
    expect(logs!.lastNumber).toBe(logs!.records);

    await store.append(Array.from({ length: 100 }, (_, n) => log(n, "normal", filler)));
    await store.maintain();
    expect(await readOutbox(store)).toHaveLength(1);
    clock.advance(3_600_000);
    await store.maintain();
    const next = JSON.parse((await readOutbox(store))[1]!.payload) as DepartureNotice;
    expect(next.departed).toEqual([
      expect.objectContaining({ part: "logs", firstNumber: logs!.lastNumber + 1 }),
    ]);
  });

  it("lets the oldest incidents of the lowest class go", async () => {
    const store = await openStore(await memoryDirectory());
    for (let i = 0; i < 30; i++) {
      await store.append(
        Array.from({ length: 50 }, (_, n) => incident(`${i}-${n}`, false, "y".repeat(1_000))),
      );
    }
    const { records } = store.status().usage.incidents;
    expect(records).toBeGreaterThan(500);
    expect(records).toBeLessThan(1_500);
    expect(await store.incident("0-0")).toBeUndefined();
    expect(await store.incident("29-49")).toBeDefined();
  });
});
