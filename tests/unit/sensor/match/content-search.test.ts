import { expect, test } from "vitest";
import { ContentSearch } from "../../../../agent/sensor/match/content-search.js";

/** Linear congruential, so that a run repeats. */
class Dice {
  #state = 20_261_129;
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

/** Few letters, so that contents nearly stand in many places. */
function someText(dice: Dice, length: number): string {
  return Array.from({ length }, () => "abABc"[dice.below(5)]).join("");
}

const BUDGET = 1_000_000;

test("contents of any length are found where a search byte by byte finds them, whatever their case", () => {
  const dice = new Dice();
  for (let round = 0; round < 3000; round++) {
    const text = someText(dice, 40 + dice.below(1200));
    const length = 1 + dice.below(round % 10 === 0 ? 600 : 24);
    const start = dice.below(text.length);
    const isPlanted = dice.below(2) === 0;
    const content = isPlanted ? text.slice(start, start + length) : someText(dice, length);
    const from = dice.below(20);
    const last = text.length - content.length - dice.below(10);
    const bytes = Buffer.from(`..${text}`, "latin1");
    const [asWritten, lowered] = [content, content.toLowerCase()].map((one) =>
      Buffer.from(`x${one}`, "latin1"),
    );
    const search = new ContentSearch(asWritten!);
    search.begin(BUDGET);
    const within = (found: number): number => (found > last ? -1 : found);
    expect(search.find(bytes, 2, 1, content.length, from, last, false)).toBe(
      within(text.indexOf(content, from)),
    );
    const caseless = new ContentSearch(lowered!);
    caseless.begin(BUDGET);
    const expected = within(text.toLowerCase().indexOf(content.toLowerCase(), from));
    expect(caseless.find(bytes, 2, 1, content.length, from, last, true)).toBe(expected);
  }
});

test("contents that share their table's place are told apart", () => {
  const literals = Buffer.from("0123456789abcdef".repeat(20), "latin1");
  const text = `${"-".repeat(300)}56789abcdef0${"-".repeat(300)}`;
  const bytes = Buffer.from(text, "latin1");
  const search = new ContentSearch(literals);
  for (let i = 0; i < 3; i++) {
    for (let literal = 0; literal < 128; literal++) {
      search.begin(BUDGET);
      const content = literals.toString("latin1", literal, literal + 10);
      expect(search.find(bytes, 0, literal, 10, 0, text.length - 10, false)).toBe(text.indexOf(content));
    }
  }
});

test("a search that compares more than it may is given up, and finds nothing", () => {
  const bytes = Buffer.alloc(4096, "a");
  const search = new ContentSearch(Buffer.from(`b${"a".repeat(63)}`, "latin1"));
  search.begin(10_000);
  expect(search.find(bytes, 0, 0, 64, 0, bytes.length - 64, false)).toBe(-1);
  search.begin(60);
  expect(search.find(bytes, 0, 1, 63, 0, bytes.length - 63, false)).toBe(-1);
  expect(search.budget).toBeLessThan(0);
});
