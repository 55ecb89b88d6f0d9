import { expect, test } from "vitest";
import { parseRule } from "../../../agent/signature/rule-parser.js";

test("a rule is cut into header and options", () => {
  const rule = parseRule('alert tcp [1.2.3.4, !5.6.7.8] any -> $HOME_NET [80,443] (msg:"a"; nocase; sid:1;)');
  expect(rule).toMatchObject({
    action: "alert",
    protocol: "tcp",
    source: "[1.2.3.4,!5.6.7.8]",
    arrow: "->",
    destinationPort: "[80,443]",
  });
  expect(rule.options).toEqual([
    { name: "msg", value: '"a"' },
    { name: "nocase", value: undefined },
    { name: "sid", value: "1" },
  ]);
});

test("a semicolon with a backslash before it does not end an option", () => {
  expect(parseRule('alert ip any any -> any any (content:"a\\;b"; sid:1;)').options[0]!.value).toBe(
    '"a\\;b"',
  );
});

test.each([
  ["alert tcp any any -> any any", "no options in parentheses"],
  ["alert tcp any any -> any any (sid:1;", "the closing parenthesis is missing"],
  ["alert tcp any -> any any (sid:1;)", "the header has 6 parts, not 7"],
  ["alert tcp any any <- any any (sid:1;)", 'direction "<-" is neither -> nor <>'],
  ["alert tcp [any any -> any any (sid:1;)", "unbalanced brackets in the header"],
  ["alert tcp any any -> any any (sid:1)", 'the semicolon after "sid:1" is missing'],
])("%s is refused: %s", (text, reason) => {
  expect(() => parseRule(text)).toThrow(reason);
});
