import { expect, test } from "vitest";
import { RuleGrammar } from "../../../scripts/oracle/rule-grammar.js";
import { mutateRule } from "../../../scripts/oracle/rule-mutation.js";
import { Random } from "../../../scripts/story/random.js";
import { parseRules } from "../../support/rules.js";

const RULES = 300;

test("a seed makes the same rules each time, another one others, and most of them are rules that load", () => {
  const make = (seed: number) => {
    const grammar = new RuleGrammar(seed);
    return Array.from({ length: RULES }, (_, index) => grammar.rule(index + 1));
  };
  const rules = make(1);
  expect(make(1)).toEqual(rules);
  expect(make(2)).not.toEqual(rules);
  const { signatures, refused } = parseRules(...rules);
  expect(signatures.length + refused.length).toBe(RULES);
  expect(refused.length).toBeLessThan(RULES / 4);
});

test("only the protocols that are asked for are used", () => {
  const grammar = new RuleGrammar(1, ["dns"]);
  for (let sid = 1; sid <= 20; sid++) expect(grammar.rule(sid)).toMatch(/^alert dns /);
});

test("a changed rule keeps to one line and has the sid asked for; text that is no rule is not changed", () => {
  const random = new Random(7);
  const original =
    'alert http any any -> any 80 (msg:"m"; http.uri; content:"/a|3b|b"; startswith; sid:5; rev:2;)';
  const changed = Array.from({ length: 50 }, (_, index) => mutateRule(original, index + 1, random)!);
  expect(new Set(changed).size).toBeGreaterThan(25);
  for (const [index, rule] of changed.entries())
    expect(rule).toMatch(new RegExp(`^alert \\S+ .*sid:${index + 1};\\)$`));
  expect(mutateRule("# nothing", 1, random)).toBeUndefined();
});
