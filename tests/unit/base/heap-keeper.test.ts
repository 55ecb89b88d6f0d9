import { expect, test } from "vitest";
import { HeapKeeper, threadHeap } from "../../../agent/base/heap-keeper.js";

const MIB = 1024 * 1024;

test("a heap is collected when it has grown by 2 MiB since the last time, whoever collected it then", () => {
  let oldBytes = 20 * MIB;
  let collections = 0;
  const collect = (): void => {
    collections++;
    oldBytes = 15 * MIB;
  };
  const keeper = new HeapKeeper({ oldBytes: () => oldBytes, collect });
  oldBytes = 21.9 * MIB;
  keeper.look();
  expect(collections).toBe(0);
  oldBytes = 22 * MIB;
  keeper.look();
  expect(collections).toBe(1);
  keeper.look();
  expect(collections).toBe(1);
  oldBytes = 12 * MIB;
  keeper.look();
  oldBytes = 14 * MIB;
  keeper.look();
  expect(collections).toBe(2);
});

test("what is alive and large is no reason to collect again and again", () => {
  let collections = 0;
  let oldBytes = 10 * MIB;
  const keeper = new HeapKeeper({ oldBytes: () => oldBytes, collect: () => collections++ });
  oldBytes = 90 * MIB;
  for (let look = 0; look < 5; look++) keeper.look();
  expect(collections).toBe(1);
});

test("a collection of this thread's heap frees what nothing holds any more", () => {
  const { oldBytes, collect } = threadHeap();
  const held: object[] = [];
  for (let at = 0; at < 200_000; at++) held.push({ at, text: `${at}` });
  collect();
  collect();
  const full = oldBytes();
  held.length = 0;
  collect();
  expect(full - oldBytes()).toBeGreaterThan(4 * MIB);
});
