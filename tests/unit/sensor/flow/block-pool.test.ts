import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockPool, WORTH_HIGH, WORTH_LOW } from "../../../../agent/sensor/flow/block-pool.js";

describe("the pool of stream blocks", () => {
  it("gives blocks of the smallest size that fits, and all of its memory", () => {
    const pool = new BlockPool(8 * 16_384, 16_384, () => expect.unreachable());
    const sizes = [1, 2048, 2049, 4096, 5000, 8192, 8193, 16_384];
    expect(sizes.map((size) => pool.capacityOf(pool.allocate(size, WORTH_LOW, 0)))).toEqual([
      2048, 2048, 4096, 4096, 8192, 8192, 16_384, 16_384,
    ]);
    const small = new BlockPool(4 * 16_384, 16_384, () => expect.unreachable());
    const blocks = Array.from({ length: 32 }, (_, i) => small.allocate(2000, WORTH_LOW, i));
    expect(new Set(blocks.map((block) => small.offsetOf(block))).size).toBe(32);
    expect(small.usedBytes).toBe(4 * 16_384);
    for (const block of blocks) small.free(block);
    expect(small.usedBytes).toBe(0);
  });

  it("takes the page used least recently when it is full, those of little worth first", () => {
    const lost: number[] = [];
    const pool = new BlockPool(4 * 4096, 4096, (owner) => lost.push(owner));
    const precious = pool.allocate(4096, WORTH_HIGH, 1);
    const cheap = [2, 3, 4].map((owner) => pool.allocate(4096, WORTH_LOW, owner));
    pool.touch(cheap[0]!);
    pool.allocate(10, WORTH_HIGH, 5);
    expect(lost).toEqual([3]);
    pool.allocate(4096, WORTH_HIGH, 6);
    pool.allocate(4096, WORTH_HIGH, 7);
    expect(lost).toEqual([3, 4, 2]);
    pool.touch(precious);
    pool.allocate(4096, WORTH_LOW, 8);
    expect([lost, pool.lostBlocks]).toEqual([[3, 4, 2, 5], 4]);
  });

  it("never gives out bytes twice, whatever is allocated, touched and freed", () => {
    const step = fc.record({
      kind: fc.constantFrom("allocate", "allocate", "free", "touch"),
      size: fc.integer({ min: 1, max: 8192 }),
      worth: fc.constantFrom(WORTH_LOW, WORTH_HIGH),
      pick: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const owned = new Map<number, number>();
        const pool = new BlockPool(5 * 8192, 8192, (owner) => {
          expect(owned.delete(owner)).toBe(true);
        });
        steps.forEach(({ kind, size, worth, pick }, owner) => {
          const owners = [...owned.keys()];
          const chosen = owners[pick % Math.max(1, owners.length)];
          if (kind === "allocate") {
            const block = pool.allocate(size, worth, owner);
            expect(pool.capacityOf(block)).toBeGreaterThanOrEqual(size);
            owned.set(owner, block);
          } else if (chosen !== undefined && kind === "free") {
            pool.free(owned.get(chosen)!);
            owned.delete(chosen);
          } else if (chosen !== undefined) {
            pool.touch(owned.get(chosen)!);
          }
          const ranges = [...owned.values()]
            .map((block) => [pool.offsetOf(block), pool.offsetOf(block) + pool.capacityOf(block)] as const)
            .sort((a, b) => a[0] - b[0]);
          ranges.forEach(([from], i) => {
            if (i > 0) expect(from).toBeGreaterThanOrEqual(ranges[i - 1]![1]);
          });
          expect(ranges.at(-1)?.[1] ?? 0).toBeLessThanOrEqual(pool.bytes.length);
        });
        for (const block of owned.values()) pool.free(block);
        expect(pool.usedBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
