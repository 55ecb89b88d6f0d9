import { expect, test } from "vitest";
import { DataType, findValue, parseDataTable } from "../../../agent/signature/data-set.js";
import { parseRulesWithData } from "../../support/rules.js";

const rule = (options: string) => `alert dns any any -> any any (dns.query; ${options} sid:1;)`;
const DATA = { good: "YQ==\n", partly: "YQ==\n!\nYg==\n" };
const reasonOf = (...texts: readonly string[]) => parseRulesWithData(DATA, ...texts).refused[0]?.reason ?? "";

test.each([
  [rule("dataset:isset,a,type string,load none;"), 'the file "none" cannot be read'],
  [rule("dataset:isset,a,type json,load good;"), 'type "json" is not known'],
  [rule("dataset:isset,a,type string,load good,state s;"), "state cannot be mixed"],
  [rule("dataset:isset,a,type string,type md5;"), "type is given twice"],
  [rule("dataset:isset,a;"), 'the type of "a" is missing'],
  [rule("dataset:has,a,type string;"), '"has" is none of isset'],
  ["alert ip any any -> any any (dataset:isset,a,type string; sid:1;)", "no buffer is open"],
  [rule("datarep:a,>=,5,type string,load good;"), '">=" is none of'],
  [rule("datarep:a,>,70000,type string,load good;"), "is not a number up to 65535"],
])("%s is refused because of: %s", (text, reason) => {
  expect(reasonOf(text)).toContain(reason);
});

test("rules must agree about a set that they share", () => {
  const first = rule("dataset:isset,a,type string,load good;");
  expect(reasonOf(first, rule("dataset:isset,a,type md5;"))).toContain("another type");
  expect(reasonOf(first, rule("dataset:isset,a,type string,load partly;"))).toContain("another file");
});

test("lines that cannot be read are passed over and told to the operator", () => {
  const { signatures, notes } = parseRulesWithData(DATA, rule("dataset:isset,a,type string,load partly;"));
  expect(signatures).toHaveLength(1);
  expect(notes.map(({ note }) => note)).toEqual([
    'dataset: lines of "partly" that cannot be read and are passed over: 1',
  ]);
});

test.each([
  ["save a.lst", true],
  ["state a.lst", true],
  ["load good", false],
])("what a rule puts into a set with %s outlives the agent: %s", (option, isSaved) => {
  const { signatures, notes } = parseRulesWithData(DATA, rule(`dataset:set,a,type string,${option};`));
  const sets = signatures[0]!.sections.flatMap(({ conditions }) => conditions);
  expect(sets).toContainEqual(expect.objectContaining({ kind: "dataset", isSaved }));
  expect(notes).toEqual([]);
});

test("a table finds each of many values once, and nothing else", () => {
  const words = Array.from({ length: 5000 }, (_, i) => `value-${i}`);
  const lines = [...words, ...words].map((word) => Buffer.from(word).toString("base64")).join("\r\n");
  const { table, badLines } = parseDataTable(lines, DataType.STRING, "dataset");
  expect([table.count, badLines]).toEqual([5000, 0]);
  words.forEach((word, i) => {
    expect(findValue(table, Buffer.from(word), 0, word.length)).toBe(i);
  });
  expect(findValue(table, Buffer.from("value-5000"), 0, 10)).toBe(-1);
  expect(findValue(table, Buffer.from(""), 0, 0)).toBe(-1);
});
