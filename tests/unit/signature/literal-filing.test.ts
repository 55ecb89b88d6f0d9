import fc from "fast-check";
import { expect, test } from "vitest";
import { fileLiterals } from "../../../agent/signature/literal-filing.js";
import type { PlacedLiteral } from "../../../agent/signature/literal-index.js";
import { RuleBench } from "../../support/rules.js";

interface Content {
  readonly text: string;
  /** The one place it may begin at; undefined: anywhere. */
  readonly place: number | undefined;
}

const LETTERS = fc.constantFrom("a", "B", "b", "\x00");
const content = fc.record({
  text: fc.string({ unit: LETTERS, minLength: 1, maxLength: 9 }),
  place: fc.option(fc.constantFrom(0, 1, 4), { nil: undefined }),
});
/** Half of the rules ask for the same four bytes at the same place, so that they stand behind a gate. */
const contents = fc
  .tuple(fc.boolean(), fc.array(content, { minLength: 1, maxLength: 3 }))
  .map(([isAlike, others]) => (isAlike ? [{ text: "BabB", place: 4 }, ...others] : others));

function ruleText(protocol: string, given: readonly Content[], sid: number): string {
  const options = given.map(({ text, place }) => {
    const hex = Buffer.from(text, "latin1").toString("hex").replace(/../g, "$& ").trim();
    return `content:"|${hex}|";${place === undefined ? "" : ` offset:${place}; depth:${text.length};`}`;
  });
  return `alert ${protocol} any any -> any any (msg:"m"; ${options.join(" ")} sid:${sid};)`;
}

function holds(given: readonly Content[], text: string): boolean {
  return given.every(({ text: wanted, place }) =>
    place === undefined ? text.includes(wanted) : text.startsWith(wanted, place),
  );
}

test("whatever rules are filed by, those alert of which all contents stand in the packet", () => {
  fc.assert(
    fc.property(
      fc.array(contents, { minLength: 1, maxLength: 24 }),
      fc.constantFrom("tcp", "udp", "ip"),
      fc.array(fc.tuple(fc.boolean(), fc.string({ unit: LETTERS, minLength: 1, maxLength: 24 })), {
        minLength: 1,
        maxLength: 8,
      }),
      (rules, protocol, packets) => {
        const bench = new RuleBench(...rules.map((given, i) => ruleText(protocol, given, i + 1)));
        for (const [isAlike, random] of packets) {
          const text = isAlike ? `${random.padEnd(4).slice(0, 4)}BabB${random.slice(4)}` : random;
          const expected = rules.flatMap((given, i) => (holds(given, text) ? [i + 1] : [])).slice(0, 15);
          const ends = { ipProtocol: protocol === "udp" ? 17 : 6 };
          expect(bench.packet(text, ends).slice(0, 15)).toEqual(expected);
          if (protocol !== "udp") expect(bench.stream(text).slice(0, 15)).toEqual(expected);
        }
      },
    ),
    { seed: 41, numRuns: 40 },
  );
});

test("rules on packets that ask for bytes at a place are not searched for: few are filed by them, many stand behind them", () => {
  const stored = Buffer.from("\xffSMBlonger literal", "latin1");
  const at = (offset: number, length: number, place?: number): PlacedLiteral => ({
    offset,
    length,
    isNocase: false,
    minPosition: place ?? 0,
    maxPosition: place ?? 0x7fff_ffff,
    isOfFill: false,
  });
  const filed = (count: number, isOnPackets: boolean) =>
    fileLiterals(
      Array.from({ length: count }, (_, rule) => ({
        rule,
        best: at(4, 14),
        placed: at(0, 4, 4),
        free: at(4, 14),
        isOnPackets,
      })),
      stored,
    );
  expect(filed(7, true).open.map(({ maxPosition }) => maxPosition)).toEqual(new Array(7).fill(4));
  expect(filed(7, true).gates).toEqual([]);
  expect(filed(7, false).open.every(({ offset }) => offset === 4)).toBe(true);
  for (const isOnPackets of [true, false]) {
    const { open, gates } = filed(8, isOnPackets);
    expect(open).toEqual([]);
    expect(gates).toMatchObject([{ firstPlace: 4, lastPlace: 4 }]);
    expect(gates[0]!.literals.map(({ offset }) => offset)).toEqual(new Array(8).fill(4));
  }
});

test("where the text is searched whole, what hardly stands there by chance is looked for without its gate", () => {
  const gated = (literal: string, sid: number) =>
    `alert tcp-pkt any any -> any any (content:"MZ"; depth:2; content:"${literal}"; sid:${sid};)`;
  const everywhere = 'alert tcp-pkt any any -> any any (content:"looked for everywhere"; sid:9;)';
  const text = `MZ${"-".repeat(998)}`;
  const searched = (...rules: string[]) => {
    const bench = new RuleBench(...rules);
    bench.packet(text);
    return bench.matcher.searchCounts.searchedBytes;
  };
  expect(searched(gated("behind a gate", 1))).toBe(text.length);
  expect(searched(everywhere)).toBe(text.length);
  expect(searched(everywhere, gated("behind a gate", 1))).toBe(text.length);
  // Short ones and runs of one byte would be found too often.
  expect(searched(everywhere, gated("short", 1))).toBe(2 * text.length);
  expect(searched(everywhere, gated("|00 00 00 00 00 00 00 00|", 1))).toBe(2 * text.length);
  const bench = new RuleBench(everywhere, gated("behind a gate", 1));
  expect(bench.packet("MZ and behind a gate, looked for everywhere")).toEqual([9, 1]);
  expect(bench.packet("no and behind a gate")).toEqual([]);
});

test("what stands at a distance from the begin, before any other content, is looked for at that place alone", () => {
  const bench = new RuleBench(
    'alert udp any any -> any any (content:!"no"; depth:2; content:"abc"; distance:8; within:3; content:"wxyz"; distance:2; within:4; sid:1;)',
  );
  const ends = { ipProtocol: 17 };
  expect(bench.packet("--------abc--wxyz", ends)).toEqual([1]);
  expect(bench.packet("-------abc---wxyz", ends)).toEqual([]);
  expect(bench.packet("no------abc--wxyz", ends)).toEqual([]);
  expect(bench.matcher.searchCounts.searchedBytes).toBe(0);
  // What a number says of the place is not known before.
  const jumping = new RuleBench(
    'alert udp any any -> any any (byte_jump:1,0; content:"abcdefg"; distance:0; within:7; sid:1;)',
  );
  expect(jumping.packet("\x03...abcdefg", ends)).toEqual([1]);
});
