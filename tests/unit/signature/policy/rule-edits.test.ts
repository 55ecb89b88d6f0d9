import { describe, expect, test } from "vitest";
import { parseRulesWithPolicy } from "../../../support/rules.js";

const rule = (sid: number, options = "", gid = 1, rev = 1) =>
  `alert tcp any any -> any any (msg:"m ${sid}"; content:"x"; ${options}gid:${gid}; sid:${sid}; rev:${rev};)`;

const FILES = [
  {
    path: "rules/emerging-malware.rules",
    text: [
      rule(1),
      rule(2, "metadata:deployment Perimeter, severity Major; "),
      `# ${rule(3)}`,
      `#${rule(4)}`,
    ].join("\n"),
  },
  { path: "rules/local.rules", text: [rule(5, "", 7), rule(6, "noalert; ")].join("\n") },
];
type Policy = Parameters<typeof parseRulesWithPolicy>[0];
const load = (policy: Policy) => parseRulesWithPolicy(policy, ...FILES);
const sids = (policy: Policy) =>
  load(policy)
    .signatures.map(({ sid }) => sid)
    .sort();

test("rules that a file comments out are counted and not loaded", () => {
  expect(sids({})).toEqual([1, 2, 5, 6]);
  expect(load({}).disabledCount).toBe(2);
});

describe("disable.conf", () => {
  test.each([
    ["1", [2, 5, 6]],
    ["1:1", [2, 5, 6]],
    ["1:1:1", [2, 5, 6]],
    ["1:1:9", [1, 2, 5, 6]],
    ["5", [1, 2, 5, 6]],
    ["7:5", [1, 2, 6]],
    ["1, 2", [5, 6]],
    ["*", []],
    ["re:M [12]", [5, 6]],
    ["group:emerging-malware.rules", [5, 6]],
    ["group:emerging-*", [5, 6]],
    ["emerging-malware.rules", [5, 6]],
    ["group:loca?", [1, 2]],
    ["group:[kl]ocal", [1, 2]],
    ["filename:rules/local.rules", [1, 2]],
    ["filename:local.rules", [1, 2, 5, 6]],
    ["filename:*/local.rules", [1, 2]],
    ["metadata: deployment perimeter", [1, 5, 6]],
    ["metadata:severity Minor", [1, 2, 5, 6]],
    ["1 # the noisy one", [2, 5, 6]],
    ["# 1", [1, 2, 5, 6]],
  ])("%j leaves the sids %j", (line, expected) => {
    expect(sids({ disable: `# what is noisy here\n${line}\n` })).toEqual(expected);
  });

  test("each change names its rule and line, and a line that means no rule is a problem", () => {
    const { changes, policyProblems } = load({ disable: "1\n\n99" });
    expect(changes).toEqual([
      { gid: 1, sid: 1, kind: "disabled", file: "disable.conf", line: 1, detail: "" },
    ]);
    expect(policyProblems).toEqual([{ file: "disable.conf", line: 3, reason: "no rule is meant" }]);
  });

  test.each([
    ["malware", "is none of"],
    ["1:2:3:4", "is not SID"],
    ["12a", "is not SID"],
    ["re:(", "cannot be compiled"],
    ["group:", "a name is missing"],
  ])("the line %j is reported: %s", (line, reason) => {
    expect(load({ disable: line }).policyProblems).toEqual([
      { file: "disable.conf", line: 1, reason: expect.stringContaining(reason) },
    ]);
  });
});

test("enable.conf brings back what a file comments out, also what disable.conf has just switched off", () => {
  expect(sids({ enable: "3" })).toEqual([1, 2, 3, 5, 6]);
  expect(sids({ enable: "group:emerging-malware" })).toEqual([1, 2, 3, 4, 5, 6]);
  expect(sids({ disable: "*", enable: "re:m 1" })).toEqual([1]);
});

test("drop.conf makes drop rules, but not of rules that never alert", () => {
  const { signatures } = load({ drop: "*" });
  expect(Object.fromEntries(signatures.map(({ sid, action }) => [sid, action]))).toEqual({
    1: "drop",
    2: "drop",
    5: "drop",
    6: "alert",
  });
});

describe("modify.conf", () => {
  const message = (modify: string, sid = 1) =>
    load({ modify }).signatures.find((signature) => signature.sid === sid)?.message;

  test.each([
    ['1 "m 1" "changed"', "changed"],
    [`1 'm (\\d)' 'number \\1'`, "number 1"],
    [`modifysid 1 "m (\\d)" | "number $\{1}"`, "number 1"],
    ['re:"m 1" "(?P<word>m) 1" "\\g<word>!"', "m!"],
    ['* "m (?=\\d)" "n "', "n 1"],
    ['2 "m" "n"', "m 1"],
  ])("%j makes the message %j", (line, expected) => {
    expect(message(line)).toBe(expected);
  });

  test("lines are applied one after another", () => {
    expect(message('1 "m 1" "a"\n1 "\\"a\\"" "\\"b\\""')).toBe("b");
  });

  test("all places of a rule are replaced, and an action may become another", () => {
    const { signatures } = load({ modify: '1 "^alert" "drop"' });
    expect(signatures.find(({ sid }) => sid === 1)?.action).toBe("drop");
  });

  test("a rule may be switched on and off by its mark", () => {
    expect(sids({ modify: '3 "^# " ""' })).toEqual([1, 2, 3, 5, 6]);
    expect(sids({ modify: '1 "^" "# "' })).toEqual([2, 5, 6]);
  });

  test.each([
    ['1 "m"', "three parts"],
    ['1 "m" "n" "o"', "4 parts"],
    ['1 "m', "not closed"],
    ['1 "(" "n"', "cannot be compiled"],
    ['1 ".*" "nonsense"', "what is left is no rule"],
    ['1 "m" "\\1"', "no group 1"],
    [`1 "." "${"x".repeat(2000)}"`, "too long"],
  ])("the line %j is reported and the rule stays as it was: %s", (line, reason) => {
    const { policyProblems, signatures } = load({ modify: line });
    expect(policyProblems.map(({ reason: text }) => text).join()).toContain(reason);
    expect(signatures.find(({ sid }) => sid === 1)?.message).toBe("m 1");
  });
});

test("a rule that modify breaks is refused with its place in the rule file", () => {
  const { refused } = load({ modify: '1 "content" "frobnicate"' });
  expect(refused).toEqual([
    { sid: 1, file: "rules/emerging-malware.rules", line: 1, reason: "keyword frobnicate" },
  ]);
});

describe("a rule in force that asks for a flowbit", () => {
  const asking = (sid: number, options: string) => rule(sid, `flow:established; ${options}`);
  const file = [
    asking(11, "flowbits:isset,second; "),
    `# ${asking(12, "flowbits:isset,first; flowbits:set,second; ")}`,
    `# ${asking(13, "flowbits:set,first; flowbits:noalert; ")}`,
    `# ${asking(14, "flowbits:set,other; ")}`,
    asking(15, "flowbits:set,second; "),
  ].join("\n");
  const loaded = (policy: Policy) => parseRulesWithPolicy(policy, { path: "bits.rules", text: file });

  test("brings back the disabled rules that change it, without alerts, where rules are switched on and off", () => {
    const { signatures, changes } = loaded({ disable: "15" });
    expect(signatures.map(({ sid, isNoAlert }) => [sid, isNoAlert])).toEqual([
      [11, false],
      [15, true],
      [12, true],
      [13, true],
    ]);
    expect(changes.map(({ sid, kind }) => [sid, kind])).toEqual([
      [15, "disabled"],
      [15, "enabled"],
      [12, "enabled"],
      [13, "enabled"],
    ]);
    expect(changes.at(-1)).toEqual({
      ...{ gid: 1, sid: 13, kind: "enabled", file: "bits.rules", line: 3 },
      detail: "without alerts: changes flowbit first, which sid 12 asks for",
    });
  });

  test("brings back nothing where the files are loaded as they are, as Suricata does", () => {
    expect(loaded({}).signatures.map(({ sid }) => sid)).toEqual([11, 15]);
  });

  test("nor what it does not need once it is disabled itself", () => {
    expect(loaded({ disable: "11" }).signatures.map(({ sid }) => sid)).toEqual([15]);
  });
});
