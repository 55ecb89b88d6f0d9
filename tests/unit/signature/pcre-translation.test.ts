import { expect, test } from "vitest";
import { translatePcre } from "../../../agent/signature/pcre-translation.js";

const expression = (pattern: string, flags = "") => {
  const { source, flags: letters } = translatePcre(pattern, new Set(flags));
  return new RegExp(source, letters);
};

test.each([
  ["^a\\x2fb$", "", "a/b"],
  ["a\\z", "", "ba"],
  ["^\\Aab\\Z", "", "ab\n"],
  ["ab$", "", "ab\n"],
  ["[[:alpha:]]+[[:digit:]_-]{2}", "", "abc1_"],
  ["(?P<x>a|b)(?P=x)", "", "aa"],
  ["(?i)ABC", "", "abc"],
  ["a b # comment\nc", "x", "abc"],
  ["(?>a+)b", "", "aaab"],
  ["a++b", "", "aab"],
  ["[]a]+", "", "]a"],
  ["\\Qa.b\\E+", "", "a.bb"],
  ["^a{,3}b$", "", "aab"],
  ["a{x}", "", "a{x}"],
  ["\\h+\\R", "", " \t\r\n"],
  ["(?#note)x", "", "x"],
  ["\\x{41}\\101", "", "AA"],
  ["a(?i:bc)d", "", "aBcd"],
  ["a(?i)b|C", "", "c"],
  ["(?i)ab(?-i)c", "", "ABc"],
  ["(?s:a.)b", "", "a\nb"],
  ["(?x: a b )c", "", "abc"],
  ["x(?i:[b-d]\\x41)", "", "xCa"],
  ["^b", "m", "a\nb"],
  ["a$", "m", "a\nb"],
])("/%s/%s matches %j as Perl would", (pattern, flags, text) => {
  expect(expression(pattern, flags).test(text)).toBe(true);
});

test.each([
  ["ab$", "", "ab\n\n"],
  ["ab$", "E", "ab\n"],
  ["(?>a+)ab", "", "aaab"],
  ["a++ab", "", "aaab"],
  ["^b", "", "a\nb"],
  ["a.b", "", "a\nb"],
  ["\\s", "", "\u00a0"],
])("/%s/%s does not match %j", (pattern, flags, text) => {
  expect(expression(pattern, flags).test(text)).toBe(false);
});

test.each([
  ["(?R)", "(?R)"],
  ["a\\Kb", "\\K"],
  ["(?(1)a|b)", "(?("],
  ["[a", "not closed"],
  ["(a", "cannot be compiled"],
  ["a)", "parenthesis too many"],
  ["*a", "nothing to repeat"],
  ["a\\", "backslash at the end"],
])("/%s/ is refused and the reason names %s", (pattern, reason) => {
  expect(() => translatePcre(pattern, new Set())).toThrow(reason);
});

test.each([
  ["a(?i:b)c", "", "abC"],
  ["a(?s:.)b.", "", "a\nb\n"],
  ["^b", "m", "a\rb"],
  ["a$", "m", "a\r\nb"],
  ["b^", "m", "b\n"],
])(
  "/%s/%s does not match %j: options end with their group, and lines end in a newline alone",
  (pattern, flags, text) => {
    expect(expression(pattern, flags).test(text)).toBe(false);
  },
);
