import { expect, test } from "vitest";
import { RuleBench } from "../../support/rules.js";

const rule = (options: string) => `alert tcp any any -> any any (${options} sid:1;)`;

test.each([
  ['content:!"ab"; endswith;', "xabx", []],
  ['content:!"ab"; endswith;', "xx", [1]],
  // With a place, or a relation, it is only one condition among others.
  ['content:!"ab"; offset:1; endswith;', "xxab", [1]],
  // A content that has to be there is looked for instead.
  ['content:!"ab"; endswith; content:"x";', "xabx", [1]],
  ['content:!"ab"; endswith; fast_pattern; content:"x";', "xabx", []],
])("%s on the payload %j alerts as %j", (options, payload, expected) => {
  expect(new RuleBench(rule(`dsize:>0; ${options}`)).packet(payload)).toEqual(expected);
});
