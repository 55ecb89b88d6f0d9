import { describe, expect, it } from "vitest";
import type { OutboxMessage } from "../../../agent/base/outbox.js";
import type { TombstoneNotice } from "../../../agent/store/notice.js";
import type { Store } from "../../../agent/store/store.js";
import { detection, incident, message, openStore, readOutbox } from "../../support/store.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

/** About so many messages of 3,000 bytes fit in the outbox of the smallest store. */
const FITTING = 900;

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
    const store = await openStore(await temporaryDirectory());
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
    const store = await openStore(await temporaryDirectory());
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
    const store = await openStore(await temporaryDirectory());
    await fill(store, FITTING + 400, "normal");
    const first = (await readOutbox(store)).find(({ topic }) => topic === "info")!;
    await store.outbox.acknowledge(0, [first.sequence]);
    await fill(store, 400, "normal");
    const [second] = tombstonesOf(await readOutbox(store));
    expect(second!.firstSequence).toBe((JSON.parse(first.payload) as TombstoneNotice).lastSequence + 1);
  });
});

describe("a full store", () => {
  it("gives up raw detections for messages, never the other way", async () => {
    const store = await openStore(await temporaryDirectory());
    for (let i = 0; i < 30; i++) {
      await store.append(Array.from({ length: 100 }, (_, n) => detection(n, "critical", "x".repeat(1_500))));
    }
    const before = store.status().usage.detections.records;
    await fill(store, FITTING - 200, "low");
    expect(store.status().usage.detections.records).toBeLessThan(before / 2);
    expect(store.status().usage.outbox.records).toBe(FITTING - 200);
  });

  it("lets the oldest incidents of the lowest class go", async () => {
    const store = await openStore(await temporaryDirectory());
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
