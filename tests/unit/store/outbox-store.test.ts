import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { idsOf, message, openStore, query, readOutbox } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

describe("the outbox", () => {
  it("leases by class, then by sequence, each message once until a rewind", async () => {
    const store = await openStore(await memoryDirectory());
    const { outbox } = store;
    await store.append([
      message("n1"),
      message("l1", "low"),
      message("c1", "critical"),
      message("h1", "high"),
    ]);
    await store.append([message("n2"), message("c2", "critical")]);
    expect(idsOf(await outbox.lease(3))).toEqual(["c1", "c2", "h1"]);
    expect(idsOf(await outbox.lease(10))).toEqual(["n1", "n2", "l1"]);
    expect(await outbox.lease(10)).toEqual([]);
    outbox.rewind();
    expect(idsOf(await outbox.lease(2))).toEqual(["c1", "c2"]);
  });

  it("lets something critical overtake what has been waiting", async () => {
    const store = await openStore(await memoryDirectory());
    await store.append([message("n1"), message("n2")]);
    expect(idsOf(await store.outbox.lease(1))).toEqual(["n1"]);
    await store.append([message("c1", "critical")]);
    expect(idsOf(await store.outbox.lease(10))).toEqual(["c1", "n2"]);
  });

  it("says with each message when it was committed", async () => {
    const clock = { wallMs: () => 1_700_000_000_000, monotonicMs: () => performance.now() };
    const store = await openStore(await memoryDirectory(), { clock });
    await store.append([message("a", "high")]);
    expect(await store.outbox.lease(1)).toEqual([
      {
        sequence: 1,
        priority: "high",
        topic: "incident",
        payload: '{"id":"a","filler":""}',
        committedMs: 1_700_000_000_000,
        clock: "unset",
      },
    ]);
  });

  it("forgets what is acknowledged, cumulatively and one by one, however often", async () => {
    const store = await openStore(await memoryDirectory());
    await store.append([1, 2, 3, 4, 5, 6].map((id) => message(id)));
    await store.outbox.acknowledge(2, [4, 6, 6, 99]);
    await store.outbox.acknowledge(2, [4]);
    expect(idsOf(await readOutbox(store))).toEqual([3, 5]);
    expect(await store.outbox.depth()).toMatchObject({ messages: 2, lowestSequence: 3 });
  });

  it("does not let an acknowledgement of what was never given reach into the future", async () => {
    const store = await openStore(await memoryDirectory());
    await store.append([message("a")]);
    await store.outbox.acknowledge(Number.MAX_SAFE_INTEGER);
    expect((await store.append([message("b")])).sequences).toEqual([2]);
    expect(idsOf(await readOutbox(store))).toEqual(["b"]);
  });

  it("acknowledges tens of thousands at once", async () => {
    const store = await openStore(await memoryDirectory());
    for (let i = 0; i < 20; i++) await store.append(Array.from({ length: 500 }, (_, n) => message(n)));
    await Promise.all([store.outbox.acknowledge(5_000), store.outbox.acknowledge(9_990)]);
    expect(await store.outbox.depth()).toMatchObject({ messages: 10, lowestSequence: 9_991 });
  });

  it("knows its depth in messages and bytes, and the age of its oldest", async () => {
    let wallMs = 1_000;
    const clock = { wallMs: () => wallMs, monotonicMs: () => performance.now() };
    const store = await openStore(await memoryDirectory(), { clock });
    expect(await store.outbox.depth()).toEqual({
      messages: 0,
      bytes: 0,
      oldestCommittedMs: undefined,
      lowestSequence: 1,
    });
    await store.append([message("a")]);
    wallMs = 2_000;
    await store.append([message("b", "critical")]);
    const { bytes, ...depth } = await store.outbox.depth();
    expect(depth).toEqual({ messages: 2, oldestCommittedMs: 1_000, lowestSequence: 1 });
    expect(bytes).toBeGreaterThan(40);
  });

  it("calls its listeners once per class after a commit, never before", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    const heard: string[] = [];
    const leave = store.outbox.onCommitted((priority) => heard.push(priority));
    await store.append([message(1), message(2), message(3, "critical")]);
    expect(heard).toEqual(["critical", "normal"]);
    leave();
    await store.append([message(4)]);
    expect(heard).toHaveLength(2);
  });

  it("sends everything again after a restart that was not acknowledged", async () => {
    const directory = await memoryDirectory();
    const first = await openStore(directory);
    await first.append([message("a"), message("b")]);
    await first.outbox.lease(10);
    await first.close();
    const second = await openStore(directory);
    expect(idsOf(await second.outbox.lease(10))).toEqual(["a", "b"]);
  });

  it("neither sends nor forgets to report a message whose bytes have changed on the disk", async () => {
    const directory = await memoryDirectory();
    const first = await openStore(directory);
    await first.append([message("a"), message("b", "high"), message("c")]);
    await first.close();
    const path = join(directory, "store.db");
    await query(path, "UPDATE outbox SET payload = replace(payload, 'a', 'A') WHERE sequence = 1");
    const second = await openStore(directory);
    expect(idsOf(await second.outbox.lease(10))).toEqual(["b", "c"]);
    await second.flush();
    const [notice] = await second.outbox.lease(10);
    expect(JSON.parse(notice!.payload)).toEqual({
      event: "store.damaged",
      messages: [{ sequence: 1, priority: "normal" }],
    });
    expect(notice!.topic).toBe("info");
    await second.outbox.acknowledge(1_000);
    expect(await second.outbox.depth()).toMatchObject({ messages: 0, bytes: 0 });
  });
});
