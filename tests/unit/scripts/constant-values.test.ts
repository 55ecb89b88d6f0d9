import { readFileSync } from "node:fs";
import { parseSync } from "rolldown/utils";
import { expect, test } from "vitest";
import { withConstantValues } from "../../../scripts/packaging/constant-values.js";

const written = (code: string): string => withConstantValues(code, parseSync("module.js", code).program);

test("a number stands where its name is read, and where the name of a table for it is", () => {
  const code = `const BITS = 5;
const LIMIT = 1 << BITS, NONE = -LIMIT;
const Word = { FIRST: 0, MASK: LIMIT / 2 - 1 };
function read(words, at) { return words[at + Word.FIRST] === NONE ? BITS : words[at] & Word.MASK; }`;
  expect(written(code).split("\n").at(-1)).toBe(
    "function read(words, at) { return words[at + 0] === (-32) ? 5 : words[at] & 15; }",
  );
});

test("names stay where they are declared, exported, the names of members, and where something else is called the same", () => {
  const code = `const DEPTH = 3;
const other = { DEPTH: 1, of: (DEPTH) => DEPTH };
const SIZE = 4;
const sized = { SIZE, depth: other.SIZE };
export { DEPTH, SIZE };`;
  expect(written(code)).toBe(code.replace("{ SIZE, depth", "{ SIZE: 4, depth"));
});

test("what holds anything but numbers, or is no constant, is left as it is", () => {
  const code = `let count = 1;
const Names = { A: 1, B: "b" };
const Made = { A: count };
use(count, Names.A, Made.A);`;
  expect(written(code)).toBe(code);
});

test("a table of names that is written to ends the build", () => {
  expect(() => written("const Word = { A: 0 };\nWord.A = 1;")).toThrow("Word.A is written to");
});

test("the joined module reads no words by names", () => {
  const engine = readFileSync(new URL("../../../dist/engine.js", import.meta.url), "utf8");
  expect(engine).not.toMatch(/\+ (?:IndexWord|TableWord|RuleColumn)\.[A-Z]/);
});
