import { expect, test } from "vitest";
import { splitRuleLines } from "../../../agent/signature/rule-lines.js";

const lines = (text: string) => splitRuleLines("a.rules", text).map(({ line, text: rule }) => [line, rule]);

test("comments, indented lines and empty lines are passed over", () => {
  expect(lines("# one\n\n; two\n  indented\nalert a\n#alert b\n")).toEqual([[5, "alert a"]]);
});

test("a backslash at the end of a line joins it with the next, and the rule keeps its first line number", () => {
  expect(lines("x\nalert tcp \\\n  any any \\\n  -> any any\ny")).toEqual([
    [1, "x"],
    [2, "alert tcp   any any   -> any any"],
    [5, "y"],
  ]);
});

test("Windows line ends are taken off", () => {
  expect(lines("alert a\r\nalert b\r\n")).toEqual([
    [1, "alert a"],
    [2, "alert b"],
  ]);
});

test("a backslash on the last line of a file continues nothing", () => {
  expect(lines("alert a \\")).toEqual([[1, "alert a \\"]]);
});
