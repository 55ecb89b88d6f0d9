import { expect, test } from "vitest";
import { imageWithData, parseRulesWithData, RuleBench, refusalOf } from "../../support/rules.js";

const FILES = {
  "iprep/categories.txt": "1,BadHosts,Known bad hosts\n2,Search,Known servers\n3,Third,others\n",
  "iprep/reputation.list": [
    "10.0.0.1,1,6",
    "74.125.0.0/16,2,20",
    "74.125.228.0/24,2,50",
    "74.125.228.0/24,3,7",
    "74.125.0.0/16,1,11",
    "10.0.0.1,1,9",
    "2001:db8::/32,2,4",
    "nonsense",
    "10.0.0.1,1,300",
  ].join("\n"),
};
const rule = (options: string) => `alert ip any any -> any any (iprep:${options}; sid:1;)`;
const isHeld = (options: string, source: string, destination: string) =>
  new RuleBench(imageWithData(FILES, rule(options))).packet("", { source, destination }).length > 0;

// Each as Suricata 7.0.10 decides it on a packet from 10.0.0.1 to 74.125.228.226.
test.each([
  ["src,BadHosts,>,1", true],
  ["src,BadHosts,=,6", false],
  ["any,BadHosts,=,9", true],
  ["any,BadHosts,=,11", true],
  ["any,Search,=,20", false],
  ["any,Search,=,50", true],
  ["both,BadHosts,>,1", true],
  ["both,BadHosts,>,9", false],
  ["any,Third,=,7", true],
  ["any,Third,=,0", true],
  ["src,Search,<,60", true],
  ["dst,Third,<=,7", true],
  ["any,BadHosts,isset", true],
  ["any,BadHosts,isnotset", false],
  ["any,BadHosts,>,0", true],
  ["any,BadHosts,<,0", false],
  ["any,BadHosts,!=,9", true],
  ["any,BadHosts,>,127", false],
  ["both,Search,>=,0", true],
])("iprep:%s is %s", (options, expected) => {
  expect(isHeld(options, "10.0.0.1", "74.125.228.226")).toBe(expected);
});

test("an address that no line is about holds nothing but isnotset", () => {
  expect(isHeld("any,BadHosts,>=,0", "192.0.2.1", "192.0.2.2")).toBe(false);
  expect(isHeld("both,BadHosts,isnotset", "192.0.2.1", "192.0.2.2")).toBe(true);
  expect(isHeld("src,Search,=,4", "2001:db8::7", "2001:db9::1")).toBe(true);
  expect(isHeld("dst,Search,=,4", "2001:db8::7", "2001:db9::1")).toBe(false);
});

test("in a bundle, which has no folders, the files have names of their own", () => {
  const flat = Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name.replace("/", "-"), text]),
  );
  const bench = new RuleBench(imageWithData(flat, rule("src,BadHosts,=,9")));
  expect(bench.packet("", { source: "10.0.0.1" })).toEqual([1]);
});

test("lines that cannot be read are passed over and counted", () => {
  const { notes } = parseRulesWithData(FILES, rule("any,BadHosts,>,1"));
  expect(notes.map(({ note }) => note)).toEqual([
    "iprep: lines of iprep/reputation.list that cannot be read and are passed over: 2",
  ]);
});

test("without the files, or with an unknown category, the rule is refused and says which file it needs", () => {
  expect(refusalOf(rule("any,BadHosts,>,1"))).toContain("iprep/categories.txt");
  const { refused } = parseRulesWithData(FILES, rule("any,Nobody,>,1"), rule("any,BadHosts,1-20"));
  expect(refused.map(({ reason }) => reason)).toEqual([
    'iprep: iprep/categories.txt has no category "Nobody"',
    'iprep: cannot read "any,BadHosts,1-20"',
  ]);
});
