import { expect, test } from "vitest";
import { Field } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { compileRules } from "../../../agent/signature/compile.js";
import { DataSetCatalogue, DataType } from "../../../agent/signature/data-set.js";
import { MAX_RULE_MS, parseRuleSet, type RuleSetOptions } from "../../../agent/signature/rule-set.js";
import { defaultVariables } from "../../../agent/signature/variables.js";
import { imageOf, RuleBench } from "../../support/rules.js";

const parse = (rules: readonly string[], options: Partial<RuleSetOptions>) =>
  parseRuleSet([{ path: "t.rules", text: rules.join("\n") }], {
    classifications: new Map(),
    variables: defaultVariables(),
    supportedProtocols: new Set(),
    ...options,
  });
const from = (source: string, sid: number) => `alert ip ${source} any -> any any (sid:${sid};)`;

test("rules with one address group too many are refused one by one, the others load", () => {
  const limits = { v4Sets: 8, v6Sets: 8, ranges: 1000 };
  const rules = Array.from({ length: 20 }, (_, i) => from(`10.0.0.${i + 1}`, i + 1));
  // The first group again, behind those that were refused.
  const { signatures, refused } = parse([...rules, from("10.0.0.1", 21)], { addressLimits: limits });
  expect(signatures.map(({ sid }) => sid)).toEqual([1, 2, 3, 4, 5, 21]);
  expect(new Set(refused.map(({ reason }) => reason))).toEqual(
    new Set(["more than 6 different address groups"]),
  );
  expect(compileRules(signatures, new Map()).ruleCount).toBe(6);
});

test("so are rules whose address ranges find no room", () => {
  const wide = (sid: number) => from(`[${Array.from({ length: 10 }, (_, i) => `10.${sid}.${i}.0/25`)}]`, sid);
  const limits = { v4Sets: 100, v6Sets: 100, ranges: 40 };
  const { signatures, refused } = parse([1, 2, 3, 4].map(wide), { addressLimits: limits });
  expect(signatures.map(({ sid }) => sid)).toEqual([1, 2, 3]);
  expect(refused.map(({ reason }) => reason)).toEqual(["more than 30 address ranges"]);
});

test("a rule that takes too long to read is refused, the load goes on", () => {
  let now = 0;
  // The clock is asked before and behind each rule: the second takes long.
  const times = [0, 1, 1, MAX_RULE_MS + 2, MAX_RULE_MS + 2, MAX_RULE_MS + 3];
  const rules = [from("any", 1), from("any", 2), from("any", 3)];
  const { signatures, refused } = parse(rules, { nowMs: () => times[now++]! });
  expect(signatures.map(({ sid }) => sid)).toEqual([1, 3]);
  expect(refused).toMatchObject([{ sid: 2, reason: "takes longer than 1000 ms to read" }]);
});

test("a rule that takes more than its share of the memory is refused with what it takes, the others load", () => {
  const large = `content:"${"ab".repeat(2000)}"; `.repeat(15);
  const rules = [from("any", 1), `alert tcp any any -> any any (${large}sid:2;)`, from("any", 3)];
  const { signatures, refused } = parse(rules, {});
  expect(signatures.map(({ sid }) => sid)).toEqual([1, 3]);
  expect(refused[0]!.reason).toMatch(/^takes \d+ KiB of memory; one rule may take 192 KiB$/);
});

test("many rules, or many sets of values, cannot take the memory of those before them", () => {
  const rule = (sid: number) => `alert tcp any any -> any any (content:"${"x".repeat(500)}"; sid:${sid};)`;
  const { signatures, refused } = parse([1, 2, 3, 4].map(rule), { shareBytes: 8 * 1024 });
  expect(signatures.map(({ sid }) => sid)).toEqual([1, 2, 3]);
  expect(refused[0]!.reason).toBe("the rules before it take all of 8 KiB");
  const lines = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(32, "0")).join("\n");
  const sets = new DataSetCatalogue(16 * 1024);
  const open = (name: string) =>
    sets.open({ name, type: DataType.MD5, source: "list" }, "dataset", () => lines);
  expect(open("a").table.count).toBe(200);
  expect(() => ["b", "c", "d"].map(open)).toThrow("dataset: sets take more than 16 KiB together");
});

const KIB = 1024;
const worst = (options: string, payload: string) => {
  const bench = new RuleBench(imageOf(`alert tcp any any -> any any (${options} sid:1;)`));
  return { sids: bench.stream(payload), cut: bench.matcher.limitCounts.evaluations };
};

test.each([
  // Each place of the first content searches all that is behind it, or nearly.
  'content:"a"; content:"b"; within:60000;',
  'content:"a"; content:"a"; within:60000; content:"b"; distance:0;',
  // Giving up does not mean that a negated content is missing.
  `content:"a"; content:!"${"a".repeat(125)}b${"a".repeat(125)}";`,
  'content:"a"; base64_decode:relative; base64_data; content:"b";',
])("%s over 64 KiB of its worst is given up within its budget and counted", (options) => {
  const { sids, cut } = worst(`content:"zzzz"; ${options}`, `zzzz${"a".repeat(64 * KIB - 4)}`);
  expect(sids).toEqual([]);
  expect(cut).toBeGreaterThan(0);
});

test("an ordinary search through 64 KiB is not cut", () => {
  const payload = `zzzz${"ab".repeat(32 * KIB - 8)}needle`;
  expect(worst('content:"zzzz"; content:"needle";', payload)).toEqual({ sids: [1], cut: 0 });
});

test("pcrexform has a bounded engine: what runs away leaves the buffer as it is and is counted", () => {
  const rule = 'alert http any any -> any any (http.uri; pcrexform:"(?:x+x+)+(y)"; content:"xx"; sid:1;)';
  const bench = new RuleBench(imageOf(rule));
  const uri = (text: string) => ({
    protocol: Protocol.HTTP1,
    fields: [[Field.HTTP_URI, text]] as const,
  });
  expect(bench.message(uri(`${"x".repeat(30_000)}`))).toEqual([1]);
  const captured = new RuleBench(imageOf(rule.replace('content:"xx"', 'content:"y"; bsize:1')));
  expect(captured.message(uri("axxxxyb"))).toEqual([1]);
  expect(captured.message(uri(`${"a".repeat(40_000)}xxy`))).toEqual([1]);
});
