import { describe, expect, it } from "vitest";
import { ByteTable } from "../../../agent/base/byte-table.js";
import { GrowingWords } from "../../../agent/base/growing-words.js";
import { TextTableBuilder, textAt, textCount } from "../../../agent/base/text-table.js";

describe("a table of bytes", () => {
  it("numbers distinct strings in the order in which they come, however many", () => {
    const table = new ByteTable();
    const strings = Array.from({ length: 5000 }, (_, n) => Uint8Array.of(n & 0xff, n >> 8, ...Array(n % 7)));
    for (const [n, bytes] of strings.entries()) expect(table.indexOf(bytes)).toBe(n);
    for (const [n, bytes] of strings.entries()) expect(table.indexOf(bytes)).toBe(n);
    expect(table.count).toBe(5000);
    const [start, end] = [table.startOf(4321), table.startOf(4322)];
    expect([...table.bytes().subarray(start, end)]).toEqual([...strings[4321]!]);
  });

  it("knows the empty string, and one that is the beginning of another", () => {
    const table = new ByteTable();
    const strings = [[], [1], [1, 1], [1, 1, 0], [1]].map((bytes) => Uint8Array.from(bytes));
    expect(strings.map((bytes) => table.indexOf(bytes))).toEqual([0, 1, 2, 3, 1]);
  });
});

describe("a table of texts", () => {
  it("gives back what was put in, in any script and of any length", () => {
    const builder = new TextTableBuilder();
    const texts = ["", "alert", "関所", "𠮷".repeat(9000), "x".repeat(70_000), "alert"];
    expect(texts.map((text) => builder.indexOf(text))).toEqual([0, 1, 2, 3, 4, 1]);
    const table = builder.build();
    expect(textCount(table)).toBe(5);
    expect(texts.slice(0, 5).map((_, index) => textAt(table, index))).toEqual(texts.slice(0, 5));
  });
});

describe("numbers that grow", () => {
  it("keep their places and the lower 32 bits", () => {
    const words = new GrowingWords();
    for (let n = 0; n < 3000; n++) expect(words.push(n, 2 ** 32 + n)).toBe(2 * n);
    const at = words.grow(2);
    words.set(at + 1, -5);
    expect(words.at(at)).toBe(0);
    expect([...words.view().subarray(5998)]).toEqual([2999, 2999, 0, -5]);
  });
});
