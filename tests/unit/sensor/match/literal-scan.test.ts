import fc from "fast-check";
import { expect, test } from "vitest";
import { CandidateList } from "../../../../agent/sensor/match/candidate-list.js";
import { LiteralScanner } from "../../../../agent/sensor/match/literal-scan.js";
import {
  buildLiteralIndex,
  hasFillAlone,
  lowerCaseBytes,
} from "../../../../agent/signature/literal-index.js";
import { IndexWord, PLACE_WIDTH_BITS, SearchBuilder } from "../../../../agent/signature/search-words.js";

interface Literal {
  readonly text: string;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
}

const ANYWHERE = 0x7fff_ffff;

/** Numbers of the literals that the scanner finds in `text`, which stands `before` bytes into a larger buffer. */
function scan(literals: readonly Literal[], text: string, before: number): number[] {
  return scanned(literals, text, before).found;
}

function scanned(literals: readonly Literal[], text: string, before: number) {
  const offsets: number[] = [];
  const stored: number[] = [];
  for (const { text: literal, isNocase } of literals) {
    offsets.push(stored.length);
    const bytes = Buffer.from(literal, "latin1");
    stored.push(...(isNocase ? lowerCaseBytes(bytes) : bytes));
  }
  const search = new SearchBuilder();
  const index = buildLiteralIndex(
    literals.map(({ text: literal, ...rest }, rule) => ({
      ...rest,
      rule,
      offset: offsets[rule]!,
      length: literal.length,
      isOfFill: hasFillAlone(Buffer.from(literal, "latin1")),
    })),
    Uint8Array.from(stored),
    search,
  );
  const candidates = new CandidateList(literals.length);
  candidates.begin();
  const bytes = new Uint8Array(before + text.length + 3);
  bytes.set(Buffer.from(text, "latin1"), before);
  const scanner = new LiteralScanner(
    {
      search: search.words.view(),
      pairTables: Int32Array.from(search.pairTables),
      literals: Uint8Array.from(stored),
    },
    candidates,
  );
  if (index !== 0) scanner.scan(index, bytes, before, text.length);
  candidates.sort();
  const found = [...candidates.rules.subarray(0, candidates.count)];
  return { found, scanner, index, words: search.words.view() };
}

/** The places that are looked at for some of the literals. */
function placesOf(literals: readonly Literal[]): number[] {
  const { words, index } = scanned(literals, "", 0);
  const first = words[index + IndexWord.PLACES]!;
  const places = words.subarray(first, first + words[index + IndexWord.PLACE_COUNT]!);
  return Array.from(places, (place) => place >>> PLACE_WIDTH_BITS);
}

/** The same by comparing every literal with every place. */
function search(literals: readonly Literal[], text: string): number[] {
  return literals.flatMap(({ text: literal, isNocase, minPosition, maxPosition }, rule) => {
    const [haystack, needle] = isNocase ? [lower(text), lower(literal)] : [text, literal];
    for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
      if (at >= minPosition && at <= maxPosition) return [rule];
    }
    return [];
  });
}

function lower(text: string): string {
  return Buffer.from(lowerCaseBytes(Buffer.from(text, "latin1"))).toString("latin1");
}

/** Few different letters, so that literals do occur. */
const LETTERS = fc.constantFrom("a", "A", "b", "\x00", " ", "[", "{");
const literal = fc.record({
  text: fc.string({ unit: LETTERS, minLength: 1, maxLength: 12 }),
  isNocase: fc.boolean(),
});
const place = fc.constantFrom([0, ANYWHERE], [0, 0], [3, 3], [2, 9], [2, 10], [5, ANYWHERE]);

test("the scanner finds the very literals that a search byte by byte finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(literal, place), { minLength: 1, maxLength: 12 }),
      fc.string({ unit: LETTERS, maxLength: 60 }),
      fc.nat(7),
      (given, text, before) => {
        const literals = given.map(([{ text: words, isNocase }, [minPosition, maxPosition]]) => ({
          text: words,
          isNocase,
          minPosition: minPosition!,
          maxPosition: maxPosition!,
        }));
        expect(scan(literals, text, before)).toEqual(search(literals, text));
      },
    ),
    { seed: 20, numRuns: 1500 },
  );
});

test("a literal is found at every alignment, up to the last byte", () => {
  for (const text of ["Gate.php?id=", "gate.ph", "gate.p", "gate", "gat", "ga", "g"]) {
    const literals = [{ text, isNocase: true, minPosition: 0, maxPosition: ANYWHERE }];
    for (let at = 0; at < 9; at++) {
      expect(scan(literals, `${"-".repeat(at)}${text.toUpperCase()}`, at % 4)).toEqual([0]);
    }
  }
});

test.each([
  ["one", ["${env:"]],
  [
    "a few, of three different beginnings",
    ["${::", "\x7fELF", "\nAS:", "kazaa", "\x00\x00\x00\x00\x00", ".onion", " 0 0 :"],
  ],
  ["more beginnings than are compared with", ["${::", "\x7fELF", "\nAS:", "MZ\x90\x00", "kazaa"]],
  ["of three bytes as well", ["abc", "x\x00z", "kazaa", "long enough to be found in words"]],
  ["too many", Array.from({ length: 30 }, (_, i) => `ab${String(i).padStart(3, "0")}`)],
])(
  "literals of three to six bytes are found at every alignment, before anything and at the end: %s",
  (_, texts) => {
    const long = { text: "long enough", isNocase: false, minPosition: 0, maxPosition: ANYWHERE };
    const short = texts.map((text) => ({ text, isNocase: true, minPosition: 0, maxPosition: ANYWHERE }));
    for (const literals of [short, [...short, long]]) {
      for (const [rule, { text }] of literals.entries()) {
        for (let at = 0; at < 9; at++) {
          for (const behind of ["", "\x00", "@~", "ÿÿÿ", "    "]) {
            const found = scan(literals, `${"-".repeat(at)}${text}${behind}`, at % 4);
            expect(found).toContain(rule);
            expect(scan(literals, `${"-".repeat(at)}${text.slice(0, -1)}`, 0)).not.toContain(rule);
          }
        }
      }
    }
  },
);

test("literals of the same few pieces take bounded work, and what was not compared counts as found", () => {
  const bits = (number: number, count: number) => number.toString(2).padStart(count, "0").slice(-count);
  const literals = Array.from({ length: 1000 }, (_, i) => ({
    text: bits(Math.imul(i + 1, 0x9e3779b1) >>> 12, 20)
      .replaceAll("0", "a")
      .replaceAll("1", "b"),
    isNocase: false,
    minPosition: 0,
    maxPosition: ANYWHERE,
  }));
  const text = Array.from({ length: 2048 }, (_, i) => bits(Math.imul(i + 1, 0x85ebca6b) >>> 0, 32)).join("");
  const { found, scanner } = scanned(literals, text.replaceAll("0", "a").replaceAll("1", "b"), 0);
  expect(scanner.cutCount).toBe(1);
  expect(scanner.comparedCount).toBeLessThan(4 * 1024 * 1024);
  expect(found).toHaveLength(literals.length);
  expect(scanned(literals, `--${literals[7]!.text}--`, 0).found).toEqual([7]);
});

test("no place is looked at for a literal that the search of the whole text finds as well", () => {
  const at = (text: string, place: number, last = place) => ({
    text,
    isNocase: false,
    minPosition: place,
    maxPosition: last,
  });
  const literals = [at("placed long", 4), at("tiny", 9), at("everywhere long", 0, ANYWHERE)];
  expect(scan(literals, "----placed long-everywhere long", 3)).toEqual([0, 2]);
  expect(scan(literals, "---placed long--", 3)).toEqual([]);
  expect(scan(literals, "---------tiny", 2)).toEqual([1]);
  expect(placesOf(literals)).toEqual([9]);
  expect(placesOf(literals.slice(0, 2))).toEqual([4, 9]);
});

test("a run of one byte is not filed by its middle where its end will do", () => {
  const fill = "\x00".repeat(11);
  const text = `begin!!${fill}`;
  const literals = [{ text, isNocase: false, minPosition: 0, maxPosition: ANYWHERE }];
  for (let at = 0; at < 4; at++) expect(scan(literals, `${"-".repeat(at)}${text}`, 1)).toEqual([0]);
  expect(scanned(literals, fill.repeat(20), 0).scanner.comparedCount).toBe(0);
  expect(hasFillAlone(Buffer.from(text))).toBe(false);
  expect(hasFillAlone(Buffer.from(`begin!${fill.slice(0, 4)}`))).toBe(false);
  expect(hasFillAlone(Buffer.from(`x${fill}`))).toBe(true);
});

test.each([
  ["with other bytes beside them", ["\xe8\x00\x00\x00\x00\x0f\xa9", "tail\x00\x00\x00\x00\x00", ".onion"]],
  ["and nothing else", ["\x00\x00\x00\x00\x00", ".onion"]],
  ["of which two begin one of four bytes", ["\x00\x00ab", "\xe8\x00\x00\x00\x00\x0f\xa9", ".onion"]],
])("literals with zeros %s are found in and beside runs of zeros", (_, texts) => {
  const literals = texts.map((text) => ({ text, isNocase: false, minPosition: 0, maxPosition: ANYWHERE }));
  for (const before of [0, 1, 2, 3, 4, 7, 8, 13, 16, 21]) {
    for (const behind of [0, 1, 4, 9, 16]) {
      for (const inner of [...texts, ""]) {
        const text = `${"\x00".repeat(before)}${inner}${"\x00".repeat(behind)}.onion`;
        expect(scan(literals, text, before % 4)).toEqual(search(literals, text));
      }
    }
  }
});
