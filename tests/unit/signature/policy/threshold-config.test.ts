import { describe, expect, test } from "vitest";
import { thresholdCount } from "../../../../agent/signature/threshold-row.js";
import { imageOfSignatures, parseRulesWithPolicy, RuleBench } from "../../../support/rules.js";

const rule = (sid: number, options = "", gid = 1) =>
  `alert tcp any any -> any any (msg:"m"; content:"x"; ${options}gid:${gid}; sid:${sid}; rev:1;)`;
const RULES = [
  rule(1),
  rule(2, "threshold:type limit, track by_src, count 1, seconds 60; "),
  rule(3, "", 7),
  rule(4, "flowbits:set,seen; "),
  'alert tcp any any -> any any (msg:"m"; content:"y"; flowbits:isset,seen; sid:5;)',
].join("\n");

const load = (thresholds: string) => parseRulesWithPolicy({ thresholds }, { path: "a.rules", text: RULES });
const bench = (thresholds: string) => new RuleBench(imageOfSignatures(load(thresholds)));
/** Sids of `count` matches a second apart, sorted within each. */
const matches = (thresholds: string, count: number) => {
  const rules = bench(thresholds);
  return Array.from({ length: count }, (_, second) => rules.stream("x", { timeS: 1000 + second }).sort());
};

describe("suppress", () => {
  test("without addresses hides the alerts of a rule, and what it marks stays", () => {
    const rules = bench("suppress gen_id 1, sig_id 4");
    expect(rules.stream("x").sort()).toEqual([1, 2, 3]);
    expect(rules.stream("y")).toEqual([5]);
    expect(rules.matcher.memory.thresholds).toMatchObject({ suppressedCount: 1, limitedCount: 0 });
  });

  test.each([
    ["by_src, ip 192.168.10.20", [2, 3, 4]],
    ["by_dst, ip 192.168.10.20", [1, 2, 3, 4]],
    ["by_dst, ip 203.0.113.0/24", [2, 3, 4]],
    ["by_either, ip 203.0.113.5", [2, 3, 4]],
    ["by_either, ip [10.0.0.1, 192.168.10.0/24]", [2, 3, 4]],
    ["by_src, ip 10.0.0.1,192.168.10.20", [2, 3, 4]],
    ["by_src, ip $HOME_NET", [2, 3, 4]],
    ["by_src, ip $EXTERNAL_NET", [1, 2, 3, 4]],
    ["by_src, ip fe80::/10", [1, 2, 3, 4]],
  ])("track %s leaves the sids %j", (track, expected) => {
    expect(bench(`suppress gen_id 1, sig_id 1, track ${track}`).stream("x").sort()).toEqual(expected);
  });

  test("IPv6 addresses are looked for in IPv6 packets", () => {
    const rules = bench("suppress gen_id 1, sig_id 1, track by_src, ip fe80::/10");
    expect(rules.stream("x", { source: "fe80::1", destination: "2001:db8::1" }).sort()).toEqual([2, 3, 4]);
  });

  test("sig_id 0 means all rules of a generator, gen_id 0 with it all rules", () => {
    expect(bench("suppress gen_id 7, sig_id 0").stream("x").sort()).toEqual([1, 2, 4]);
    expect(bench("suppress gen_id 0, sig_id 0").stream("x")).toEqual([]);
    expect(bench("suppress gen_id 0, sig_id 0, track by_src, ip 192.168.10.20").stream("x")).toEqual([]);
  });

  test("a line for all rules costs one row, and two lines for one rule add up", () => {
    const image = imageOfSignatures(
      load(
        "suppress gen_id 0, sig_id 0, track by_src, ip 10.9.9.9\nsuppress gen_id 1, sig_id 1, track by_dst, ip 10.0.0.1",
      ),
    );
    // One for the rules without a threshold; one and the threshold of sid 2; two for sid 1.
    expect(thresholdCount(image)).toBe(5);
  });
});

describe("threshold and event_filter", () => {
  test("for one rule replaces the threshold of the rule", () => {
    expect(matches("threshold gen_id 1, sig_id 2, type limit, track by_src, count 2, seconds 60", 3)).toEqual(
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [1, 3, 4],
      ],
    );
  });

  test("for all rules leaves those alone that have their own", () => {
    const config = "event_filter gen_id 0, sig_id 0, type threshold, track by_rule, count 2, seconds 60";
    expect(matches(config, 3)).toEqual([[2], [1, 3, 4], []]);
    expect(load(config).policyProblems).toEqual([
      { file: "threshold.config", line: 1, reason: "1 rules have a threshold of their own and keep it" },
    ]);
  });

  test("by_both counts a pair of addresses, whichever speaks", () => {
    const rules = bench("threshold gen_id 1, sig_id 1, type limit, track by_both, count 1, seconds 60");
    const ends = { source: "203.0.113.5", destination: "192.168.10.20" };
    expect(rules.stream("x")).toContain(1);
    expect(rules.stream("x", ends)).not.toContain(1);
    expect(rules.stream("x", { source: "203.0.113.6" })).toContain(1);
    expect(rules.matcher.memory.thresholds.limitedCount).toBe(1);
  });
});

describe("rate_filter", () => {
  const line =
    "rate_filter gen_id 1, sig_id 1, track by_src, count 2, seconds 10, new_action drop, timeout 5";

  test("tells every alert, and those beyond the rate with the new action for the time of the time-out", () => {
    const rules = bench(line);
    const actions = [0, 1, 2, 3, 7, 8, 9].map((timeS) => {
      rules.stream("x", { timeS: 1000 + timeS, flow: timeS, source: "192.168.10.7" });
      return rules.actions.get(1);
    });
    // The third match exceeds the rate; five whole seconds later it is over, and the old count goes on.
    expect(actions).toEqual([0, 0, 16, 16, 16, 0, 16]);
  });

  test("with the new action pass hides what is beyond the rate, and the alerts of the rules behind", () => {
    const rules = bench(line.replace("drop", "pass").replace("sig_id 1,", "sig_id 4,"));
    const counts = [0, 1, 2].map((timeS) => rules.stream("x", { timeS: 1000 + timeS, flow: timeS }));
    expect(counts[0]).toContain(4);
    expect(counts[2]).not.toContain(4);
    expect(counts[2]!.length).toBeLessThan(counts[0]!.length - 1);
  });

  test("leaves a rule with a threshold of its own alone", () => {
    expect(load(line.replace("sig_id 1", "sig_id 2")).policyProblems[0]!.reason).toContain("of its own");
  });
});

test.each([
  ["suppress gen_id 1", "a line begins"],
  ["surpress gen_id 1, sig_id 1", "a line begins"],
  ["suppress gen_id 1, sig_id 1, track by_rule, ip 1.2.3.4", "track by_src|by_dst|by_either"],
  ["suppress gen_id 1, sig_id 1, track by_src", "track by_src|by_dst|by_either"],
  ["suppress gen_id 1, sig_id 1, track by_src, ip !10.0.0.1", "track by_src|by_dst|by_either"],
  ["suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.1 ", "a blank stands behind an address"],
  ["suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.1 ]", "a blank stands behind an address"],
  ["suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.300", "is not an address"],
  ["suppress gen_id 1, sig_id 1, track by_src, ip $NOWHERE", "variable $NOWHERE is not defined"],
  ["suppress gen_id 0, sig_id 1", "gen_id 0 goes with sig_id 0 only"],
  ["suppress gen_id 1, sig_id 99", "no loaded rule is 1:99"],
  ["suppress gen_id 1, sig_id 4294967296", "larger than"],
  ["threshold gen_id 1, sig_id 1", "type limit|threshold|both"],
  [
    "threshold gen_id 1, sig_id 1, type limit, track by_flow, count 1, seconds 1",
    "type limit|threshold|both",
  ],
  ["threshold gen_id 1, sig_id 1, track by_src, type limit, count 1, seconds 1", "type limit|threshold|both"],
  ["threshold gen_id 1, sig_id 1, type limit, track by_src, count 0, seconds 1", "count is at least 1"],
  [
    "rate_filter gen_id 1, sig_id 1, track by_src, count 1, seconds 1, new_action explode, timeout 1",
    "new_action",
  ],
])("the line %j is reported: %s", (line, reason) => {
  const { policyProblems, signatures } = load(`# remark\n\n${line}\nsuppress gen_id 7, sig_id 3`);
  expect(signatures).toHaveLength(5);
  expect(policyProblems).toEqual([
    { file: "threshold.config", line: 3, reason: expect.stringContaining(reason) },
  ]);
});

test("a backslash continues a line, blanks before a line do not matter, and changes name their line", () => {
  const { changes, policyProblems } = load("\n   suppress gen_id 1, \\\n  sig_id 1\n");
  expect(policyProblems).toEqual([]);
  expect(changes).toEqual([
    {
      gid: 1,
      sid: 1,
      kind: "suppressed",
      file: "threshold.config",
      line: 2,
      detail: "suppress gen_id 1, sig_id 1",
    },
  ]);
});
