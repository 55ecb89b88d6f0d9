import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { CliContext } from "../../../agent/cli/context.js";
import { type RuleTestResult, runRulesTest } from "../../../agent/cli/rules-test.js";
import { RULE_TESTS, ruleTestCapture, ruleTestExpectation } from "../../../scripts/story/rule-tests.js";

const RULES = fileURLToPath(new URL("../../../rules", import.meta.url));
const TESTS = join(RULES, "tests");

test("the tests that come with the shipped rules pass, those that must stay silent too", async () => {
  const lines: string[] = [];
  const context: CliContext = {
    language: "en",
    out: (text) => lines.push(text),
    err: (text) => lines.push(text),
    environment: {},
    isTerminal: false,
  };
  const code = await runRulesTest(context, { dir: TESTS, rules: [], match: undefined, json: true });
  const { passed, failed, tests } = JSON.parse(lines.join("\n")) as {
    passed: number;
    failed: number;
    tests: RuleTestResult[];
  };
  expect(tests.filter((result) => !result.passed)).toEqual([]);
  expect({ code, passed, failed }).toEqual({ code: 0, passed: RULE_TESTS.length, failed: 0 });
  expect(tests.filter(({ alerts }) => Object.keys(alerts).length === 0).length).toBeGreaterThanOrEqual(4);
});

test("every shipped rule has a test on which it must alert", () => {
  const text = readFileSync(join(RULES, "sekisho.rules"), "utf8");
  const sids = [...text.matchAll(/^alert .*; sid:(\d+);/gm)].map((match) => Number(match[1]));
  const tested = new Set(RULE_TESTS.flatMap(({ alerts }) => Object.keys(alerts).map(Number)));
  expect(sids.length).toBeGreaterThan(50);
  expect(sids.filter((sid) => !tested.has(sid))).toEqual([]);
});

test.each(RULE_TESTS.map((story) => [story.name, story] as const))(
  "rules/tests/%s is what the script writes, and small",
  (name, story) => {
    const capture = readFileSync(join(TESTS, name, "input.pcap"));
    expect(capture.length).toBeLessThan(50_000);
    expect(Buffer.compare(capture, Buffer.from(ruleTestCapture(story)))).toBe(0);
    expect(readFileSync(join(TESTS, name, "expect.yaml"), "utf8")).toBe(ruleTestExpectation(story));
  },
);

test("no test in rules/tests comes from anywhere else", () => {
  expect(readdirSync(TESTS).sort()).toEqual(RULE_TESTS.map(({ name }) => name).sort());
});
