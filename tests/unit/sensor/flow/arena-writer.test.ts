import fc from "fast-check";
import { expect, it } from "vitest";
import { ArenaWriter } from "../../../../agent/sensor/flow/arena-writer.js";

it("bytes arrive as they were, at any offset and length, from other buffers and from the arena itself", () => {
  const backing = new Uint8Array(400);
  const arena = backing.subarray(7, 307);
  const writer = new ArenaWriter(arena);
  const source = Uint8Array.from({ length: 200 }, (_, i) => 255 - i).subarray(3);
  const copies = fc.record({
    to: fc.nat(99),
    offset: fc.nat(90),
    count: fc.nat(100),
    isWithin: fc.boolean(),
  });
  fc.assert(
    fc.property(copies, ({ to, offset, count, isWithin }) => {
      arena.forEach((_, i) => {
        arena[i] = i;
      });
      const from = isWithin ? arena : source;
      const expected = [...arena];
      expected.splice(to, count, ...from.slice(offset, offset + count));
      writer.write(to, from, offset, count);
      expect([...arena]).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
