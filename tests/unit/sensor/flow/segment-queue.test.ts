import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowRows } from "#agent/sensor/flow/flow-rows.js";
import { BlockPool } from "../../../../agent/sensor/flow/block-pool.js";
import { DROPPED, SegmentQueue } from "../../../../agent/sensor/flow/segment-queue.js";

interface Segment {
  readonly from: number;
  readonly length: number;
}

const BASE = 0xfffffff0 | 0;

/** What the queue holds, as text: dots where nothing is. */
function contents(queue: SegmentQueue, pool: BlockPool): string {
  let text = "";
  for (let piece = queue.first(0); piece >= 0; piece = queue.next(piece)) {
    const from = (queue.sequence(piece) - BASE) | 0;
    expect(from).toBeGreaterThanOrEqual(text.length);
    text = text.padEnd(from, ".");
    const offset = queue.bytesOffset(piece);
    text += Buffer.from(pool.bytes.subarray(offset, offset + queue.byteCount(piece))).toString("latin1");
  }
  return text;
}

describe("segments that wait", () => {
  it("overlap as each byte's first and later owners say: Suricata's policy for Linux", () => {
    const segments = fc.array(fc.record({ from: fc.nat(40), length: fc.integer({ min: 1, max: 20 }) }), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(segments, (list: Segment[]) => {
        const pool = new BlockPool(1 << 20, 16_384, () => {});
        const queue = new SegmentQueue(new FlowRows(1), 100, pool);
        const owner = new Array<number>(64).fill(-1);
        list.forEach(({ from, length }, i) => {
          queue.insert(0, (BASE + from) | 0, new Uint8Array(length).fill(97 + i), 0, length, 0, true);
          for (let at = from; at < from + length; at++) {
            const old = list[owner[at]!];
            const isTaken =
              old !== undefined &&
              (from > old.from || (from === old.from && from + length <= old.from + old.length));
            if (!isTaken) owner[at] = i;
          }
        });
        const expected = owner.map((i) => (i < 0 ? "." : String.fromCharCode(97 + i))).join("");
        expect(contents(queue, pool).padEnd(64, ".")).toBe(expected);
        queue.clear(0);
        expect([queue.count(0), pool.usedBytes]).toEqual([0, 0]);
      }),
      { numRuns: 500 },
    );
  });

  it("larger than a block are kept in pieces", () => {
    const pool = new BlockPool(1 << 20, 4096, () => {});
    const queue = new SegmentQueue(new FlowRows(1), 100, pool);
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => 32 + (i % 90));
    queue.insert(0, BASE, bytes, 0, bytes.length, 0, true);
    expect(queue.count(0)).toBe(3);
    expect(contents(queue, pool)).toBe(Buffer.from(bytes).toString("latin1"));
  });

  it("find no place beyond the bound, and say so", () => {
    const pool = new BlockPool(1 << 20, 4096, () => {});
    const queue = new SegmentQueue(new FlowRows(1), 3, pool);
    const insert = (from: number): number => queue.insert(0, BASE + from, new Uint8Array(1), 0, 1, 0, true);
    expect([0, 2, 4].map(insert)).toEqual([0, 0, 0]);
    expect(insert(6) & DROPPED).toBe(DROPPED);
    expect(queue.count(0)).toBe(3);
  });
});
