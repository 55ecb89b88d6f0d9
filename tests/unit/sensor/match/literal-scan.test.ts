import fc from "fast-check";
import { expect, test } from "vitest";
import { CandidateList } from "../../../../agent/sensor/match/candidate-list.js";
import { LiteralScanner } from "../../../../agent/sensor/match/literal-scan.js";
import { buildLiteralIndex, lowerCaseBytes } from "../../../../agent/signature/literal-index.js";

interface Literal {
  readonly text: string;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
}

const ANYWHERE = 0x7fff_ffff;

/**
 * Numbers of the literals that the scanner finds in `text`, which stands `before` bytes into a larger buffer and of which the
 * first `seen` bytes were looked at before.
 */
function scan(literals: readonly Literal[], text: string, before: number, seen = 0): number[] {
  return scanned(literals, text, before, seen).found;
}

function scanned(literals: readonly Literal[], text: string, before: number, seen = 0) {
  const offsets: number[] = [];
  const stored: number[] = [];
  for (const { text: literal, isNocase } of literals) {
    offsets.push(stored.length);
    const bytes = Buffer.from(literal, "latin1");
    stored.push(...(isNocase ? lowerCaseBytes(bytes) : bytes));
  }
  const index = buildLiteralIndex(
    literals.map(({ text: literal, ...rest }, rule) => ({
      ...rest,
      rule,
      offset: offsets[rule]!,
      length: literal.length,
    })),
    Uint8Array.from(stored),
  );
  const candidates = new CandidateList(literals.length);
  candidates.begin();
  const bytes = new Uint8Array(before + text.length + 3);
  bytes.set(Buffer.from(text, "latin1"), before);
  const scanner = new LiteralScanner(Uint8Array.from(stored), candidates);
  if (index) scanner.scan(index, bytes, before, before + seen, before + text.length);
  candidates.sort();
  return { found: [...candidates.rules.subarray(0, candidates.count)], scanner };
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
const place = fc.constantFrom([0, ANYWHERE], [0, 0], [3, 3], [2, 9], [5, ANYWHERE]);

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

test("behind bytes that were searched before, it finds what ends in the new ones", () => {
  fc.assert(
    fc.property(
      fc.array(literal, { minLength: 1, maxLength: 8 }),
      fc.string({ unit: LETTERS, maxLength: 60 }),
      fc.nat(60),
      (given, text, cut) => {
        const literals = given.map((one) => ({ ...one, minPosition: 0, maxPosition: ANYWHERE }));
        const seen = Math.min(cut, text.length);
        const before = search(literals, text.slice(0, seen));
        const found = new Set([...before, ...scan(literals, text, 1, seen)]);
        expect([...found].sort((a, b) => a - b)).toEqual(search(literals, text));
      },
    ),
    { seed: 21, numRuns: 1000 },
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

test("a literal and a text of one repeated byte take bounded work, and what was not compared counts as found", () => {
  const repeated = `${"a".repeat(100)}b${"a".repeat(155)}`;
  const literals = [repeated, "never"].map((text) => ({
    text,
    isNocase: false,
    minPosition: 0,
    maxPosition: ANYWHERE,
  }));
  const { found, scanner } = scanned(literals, "a".repeat(65_536), 0);
  expect(scanner.cutCount).toBe(1);
  expect(scanner.comparedCount * repeated.length).toBeLessThan(4 * 1024 * 1024);
  expect(found).toEqual([0, 1]);
  expect(scanned(literals, `${"a".repeat(120)}b${"a".repeat(160)}`, 0).found).toEqual([0]);
});
