import { describe, expect, it } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { CommitQueue, type Group, type QueueLimits } from "../../../agent/store/commit-queue.js";
import type { PreparedEntry } from "../../../agent/store/record.js";

const LIMITS: QueueLimits = {
  maxDelayMs: 5,
  maxGroupRecords: 500,
  maxGroupBytes: 1_000_000,
  maxQueueRecords: 1_000,
  maxQueueBytes: 1_000_000,
};

function entry(classIndex: number, bytes = 100): PreparedEntry {
  const message = { topic: "incident", payload: "{}", bytes };
  return {
    classIndex,
    detection: undefined,
    incident: undefined,
    message,
    tally: undefined,
    log: undefined,
    device: undefined,
    records: 1,
    bytes,
  };
}

/** A queue whose commits are finished by hand. */
function manualQueue(limits: Partial<QueueLimits> = {}) {
  const groups: Group[] = [];
  const finish: ((sequences: readonly number[] | undefined) => void)[] = [];
  const settled: (number | undefined)[] = [];
  const queue = new CommitQueue({ ...LIMITS, ...limits }, systemClock, (group) => {
    groups.push(group);
    return new Promise((resolve) => finish.push(resolve));
  });
  const push = (classIndex: number, bytes?: number): void => {
    const index = settled.push(-1) - 1;
    queue.push(entry(classIndex, bytes), (sequence) => {
      settled[index] = sequence;
    });
  };
  return { queue, push, groups, finish, settled };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the commit queue", () => {
  it("commits at once when something critical arrives, with everything that waits", async () => {
    const { push, groups } = manualQueue({ maxDelayMs: 60_000 });
    push(2);
    expect(groups).toHaveLength(0);
    push(0);
    expect(groups.map(({ entries }) => entries.map(({ classIndex }) => classIndex))).toEqual([[2, 0]]);
  });

  it("commits a full group at once and leaves the rest for the next one", async () => {
    const { push, groups, finish } = manualQueue({ maxDelayMs: 60_000, maxGroupRecords: 3 });
    for (let i = 0; i < 5; i++) push(2);
    expect(groups.map(({ entries }) => entries.length)).toEqual([3]);
    finish[0]!([1, 2, 3]);
    await turn();
    push(2);
    expect(groups.map(({ entries }) => entries.length)).toEqual([3, 3]);
  });

  it("commits what was left over by a full group without waiting again", async () => {
    const { queue, push, groups, finish } = manualQueue({ maxDelayMs: 60_000, maxGroupBytes: 250 });
    for (let i = 0; i < 5; i++) push(2);
    const flushed = queue.flush();
    for (let i = 0; i < 3; i++) {
      finish[i]!([]);
      await turn();
    }
    await flushed;
    expect(groups.map(({ entries }) => entries.length)).toEqual([2, 2, 1]);
  });

  it("waits no longer than the delay for company", async () => {
    const { push, groups } = manualQueue();
    push(3);
    expect(groups).toHaveLength(0);
    await expect.poll(() => groups.length).toBe(1);
  });

  it("keeps the order of arrival across classes", async () => {
    const { push, groups } = manualQueue({ maxDelayMs: 60_000 });
    for (const classIndex of [3, 1, 2, 3, 1, 0]) push(classIndex);
    expect(groups[0]!.entries.map(({ classIndex }) => classIndex)).toEqual([3, 1, 2, 3, 1, 0]);
  });

  it("tells each entry its sequence number", async () => {
    const { push, finish, settled } = manualQueue({ maxGroupRecords: 2 });
    push(2);
    push(2);
    finish[0]!([7, 0]);
    await turn();
    expect(settled).toEqual([7, 0]);
  });

  it("sheds the lowest class first, in it the oldest, and counts exactly", async () => {
    const { push, groups, finish, settled } = manualQueue({ maxGroupRecords: 1, maxQueueRecords: 4 });
    push(0); // In flight, not in the queue any more.
    push(3);
    push(1);
    push(3);
    push(2);
    expect(settled).toEqual([-1, -1, -1, -1, -1]);
    push(1);
    push(1);
    push(1);
    // Both of class 3 left before anything else, then class 2.
    expect(settled).toEqual([-1, undefined, -1, undefined, undefined, -1, -1, -1]);
    finish[0]!([1]);
    await turn();
    expect(groups[1]!.shed?.entries).toEqual([0, 0, 1, 2]);
  });

  it("sheds by bytes as well as by number", () => {
    const { push, settled } = manualQueue({ maxDelayMs: 60_000, maxQueueBytes: 1_000 });
    push(3, 600);
    push(3, 300);
    push(3, 500);
    expect(settled).toEqual([undefined, -1, -1]);
  });

  it("says once what was shed", async () => {
    const { push, groups, finish } = manualQueue({ maxGroupRecords: 1, maxQueueRecords: 1 });
    for (let i = 0; i < 4; i++) push(2);
    finish[0]!([1]);
    await turn();
    finish[1]!([2]);
    await turn();
    push(2);
    expect(groups.map(({ shed }) => shed?.entries)).toEqual([undefined, [0, 0, 2, 0], undefined]);
  });

  it("settles a group as shed when the store was closed before it could commit", async () => {
    const { push, finish, settled } = manualQueue({ maxGroupRecords: 1 });
    push(2);
    finish[0]!(undefined);
    await turn();
    expect(settled).toEqual([undefined]);
  });
});
