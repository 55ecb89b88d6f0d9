import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverageOf, parseAck } from "../../../agent/uplink/acknowledgement.js";
import { UPLINK_LIMITS } from "../../../agent/uplink/limits.js";
import { SentWindow } from "../../../agent/uplink/sent-window.js";
import { HeldRanges } from "../../../scripts/monitor/held-ranges.js";

const bytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

describe("reading an acknowledgement", () => {
  it("takes one with and without ranges", () => {
    expect(parseAck(bytes({ v: 1, ledger: "a", upTo: 0 }))).toEqual({ v: 1, ledger: "a", upTo: 0 });
    expect(parseAck(bytes({ v: 1, ledger: "a", upTo: 3, also: [[5, 6]] }))?.also).toEqual([[5, 6]]);
  });

  it("refuses whatever else a broker may send", () => {
    const tooMany = Array.from({ length: 257 }, (_, i) => [2 * i + 1, 2 * i + 1]);
    for (const hostile of [
      "",
      "null",
      "[]",
      "{",
      "1e999",
      '{"v":1}',
      { v: 2, ledger: "a", upTo: 1 },
      { v: 1, ledger: 1, upTo: 1 },
      { v: 1, ledger: "", upTo: 1 },
      { v: 1, ledger: "a", upTo: -1 },
      { v: 1, ledger: "a", upTo: 1.5 },
      { v: 1, ledger: "a", upTo: 2 ** 53 },
      { v: 1, ledger: "a", upTo: "5" },
      { v: 1, ledger: "a", upTo: 1, also: [[1]] },
      { v: 1, ledger: "a", upTo: 1, also: [[1, 2, 3]] },
      { v: 1, ledger: "a", upTo: 1, also: [["1", "2"]] },
      { v: 1, ledger: "a", upTo: 1, also: {} },
      { v: 1, ledger: "a", upTo: 1, also: tooMany },
      `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
    ]) {
      expect(parseAck(bytes(hostile))).toBeUndefined();
    }
    expect(parseAck(Buffer.from([0xff, 0xfe, 0x7b]))).toBeUndefined();
  });

  it("finds a number in ranges of any order, and none in a range turned round", () => {
    const covers = coverageOf({
      v: 1,
      ledger: "a",
      upTo: 3,
      also: [
        [20, 30],
        [7, 9],
        [50, 40],
      ],
    });
    const covered = Array.from({ length: 60 }, (_, i) => i + 1).filter(covers);
    expect(covered).toEqual([1, 2, 3, 7, 8, 9, ...Array.from({ length: 11 }, (_, i) => 20 + i)]);
  });
});

describe("what a monitor holds", () => {
  it("is named completely: every number of the batch, none that is not held", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 800 }), {
          maxLength: 6,
        }),
        (batches) => {
          const held = new HeldRanges();
          const all = new Set<number>();
          for (const batch of batches) {
            for (const sequence of batch) {
              held.add(sequence);
              all.add(sequence);
            }
            const covers = held.acknowledge("a", batch).map((ack) => {
              expect(ack.also?.length ?? 0).toBeLessThanOrEqual(256);
              return coverageOf(ack);
            });
            for (let sequence = 1; sequence <= 3_001; sequence++) {
              const isCovered = covers.some((covered) => covered(sequence));
              if (isCovered) expect(all.has(sequence)).toBe(true);
            }
            for (const sequence of batch) expect(covers.some((covered) => covered(sequence))).toBe(true);
          }
          let missing = 0;
          for (let sequence = 1; sequence < Math.max(0, ...all); sequence++)
            if (!all.has(sequence)) missing++;
          expect(held.missing()).toBe(missing);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("goes up to where nothing lower will come, and says what is missing for good", () => {
    const held = new HeldRanges();
    for (const sequence of [1, 2, 5, 6, 9]) held.add(sequence);
    expect(held.upTo).toBe(2);
    expect(held.raiseFloor(8)).toEqual([
      [3, 4],
      [7, 7],
    ]);
    expect(held.upTo).toBe(7);
    expect(held.raiseFloor(8)).toEqual([]);
    held.add(8);
    expect(held.upTo).toBe(9);
  });
});

describe("the window of sent messages", () => {
  const window = () => new SentWindow({ ...UPLINK_LIMITS, publishedRemembered: 100 });

  it("confirms only what was published, whatever an acknowledgement claims", () => {
    const sent = window();
    sent.sent(5);
    sent.sent(3);
    expect(sent.confirm(() => true)).toEqual([3, 5]);
    expect(sent.confirm(() => true)).toEqual([]);
    expect(sent.confirmOne(5)).toBe(false);
  });

  it("still takes a late acknowledgement after a new pass has begun", () => {
    const sent = window();
    sent.sent(1);
    sent.restart(16);
    expect(sent.outstanding).toBe(0);
    expect(sent.isRepeat(1)).toBe(true);
    expect(sent.confirm((sequence) => sequence === 1)).toEqual([1]);
  });

  it("grows by what is confirmed, up to its largest, and never remembers more than it may", () => {
    const sent = window();
    sent.restart(16);
    for (let sequence = 1; sequence <= 1_000; sequence++) sent.sent(sequence);
    expect(sent.outstanding).toBe(100);
    expect(sent.confirm(() => true)).toHaveLength(100);
    expect(sent.size).toBe(116);
    for (let i = 0; i < 10; i++) {
      for (let sequence = 1; sequence <= 100; sequence++) sent.sent(sequence);
      sent.confirm(() => true);
    }
    expect(sent.size).toBe(UPLINK_LIMITS.ackWindowLargest);
  });

  it("counts a message's age from the broker's answer, also after it was sent again", () => {
    const sent = window();
    sent.sent(1);
    sent.sent(2);
    expect(sent.oldestAgeMs(1_000)).toBe(0);
    sent.answered(2, 1_100);
    sent.answered(1, 1_200);
    expect(sent.oldestAgeMs(1_300)).toBe(200);
    sent.sent(2);
    expect(sent.oldestAgeMs(1_300)).toBe(100);
    sent.answered(9, 1_300);
    expect(sent.outstanding).toBe(2);
  });
});
