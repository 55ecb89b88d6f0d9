import { describe, expect, it } from "vitest";
import type { InfoMessage } from "../../../agent/uplink/schema/info.js";
import { GapBook } from "../../../scripts/monitor/gap-book.js";

function info(seq: number, data: InfoMessage["data"]): InfoMessage {
  const sentAt = "2026-11-28T00:00:00.000Z";
  return { v: 1, device: "d", ledger: "l", boot: 1, seq, class: "high", sentAt, committedAt: sentAt, data };
}

const tombstone = (
  seq: number,
  firstSequence: number,
  lastSequence: number,
  messages: number,
  replaced = 0,
) => info(seq, { event: "store.tombstone", firstSequence, lastSequence, messages, replaced });

describe("gaps", () => {
  it("are told once, and only after their explanation has had time to come", () => {
    const book = new GapBook();
    book.note([[3, 5]], 0);
    expect(book.due(50, 100)).toEqual([]);
    expect(book.due(100, 100)).toEqual([[3, 5]]);
    expect(book.due(200, 100)).toEqual([]);
    expect(book.told).toBe(3);
  });

  it.each(["before", "after"])("that a tombstone accounts for are none, whether it comes %s them", (when) => {
    const book = new GapBook();
    if (when === "before") book.explain(tombstone(20, 3, 10, 6));
    book.note(
      [
        [3, 5],
        [8, 10],
      ],
      0,
    );
    if (when === "after") book.explain(tombstone(20, 3, 10, 6));
    expect(book.due(100, 100)).toEqual([]);
    expect(book).toMatchObject({ missing: [], allowances: [], told: 0 });
  });

  it("are told as far as more is missing than was accounted for", () => {
    const book = new GapBook();
    book.note([[3, 10]], 0);
    book.explain(tombstone(20, 3, 10, 6));
    expect(book.due(100, 100)).toEqual([[9, 10]]);
  });

  it("hold the numbers of tombstones that were replaced", () => {
    const book = new GapBook();
    book.note(
      [
        [3, 5],
        [12, 12],
      ],
      0,
    );
    book.explain(tombstone(20, 3, 10, 3, 1));
    expect(book.missing).toEqual([]);
  });

  it("that a salvaged store has skipped are none, a million numbers or not", () => {
    const book = new GapBook();
    book.note([[100, 1_000_120]], 0);
    book.explain(info(1_000_121, { event: "store.salvaged", skippedFirst: 101, skippedLast: 1_000_100 }));
    expect(book.due(100, 100)).toEqual([
      [100, 100],
      [1_000_101, 1_000_120],
    ]);
  });

  it("of damaged messages are accounted for one by one", () => {
    const book = new GapBook();
    book.note([[3, 4]], 0);
    book.explain(info(9, { event: "store.damaged", messages: [{ sequence: 4 }] }));
    expect(book.due(100, 100)).toEqual([[3, 3]]);
  });

  it("that were told and are then accounted for count no more", () => {
    const book = new GapBook();
    book.note([[3, 5]], 0);
    book.due(100, 100);
    book.explain(tombstone(20, 3, 5, 3));
    expect(book.told).toBe(0);
  });

  it("are not accounted for by what is no number, and stay bounded", () => {
    const book = new GapBook();
    expect(book.explain(info(9, { event: "store.tombstone", firstSequence: 5 }))).toBe(false);
    expect(book.explain(info(9, { event: "store.salvaged", skippedFirst: 5, skippedLast: 4 }))).toBe(false);
    for (let i = 1; i < 3_000; i++) book.note([[i * 10, i * 10]], 0);
    expect(book.missing).toHaveLength(1_000);
  });
});
