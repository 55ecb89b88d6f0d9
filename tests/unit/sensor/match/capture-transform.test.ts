import { expect, test } from "vitest";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../../agent/sensor/proto/protocols.js";
import { RuleBench, refusalOf } from "../../../support/rules.js";

const rule = (options: string) => `alert http any any -> any any (http.uri; ${options} sid:1;)`;
const matches = (options: string, text: string) =>
  new RuleBench(rule(options)).message({ protocol: Protocol.HTTP1, fields: [[Field.HTTP_URI, text]] })
    .length > 0;

test.each([
  ['pcrexform:"/get\\?data=(.*)"; content:"abc"; startswith;', "/get?data=abc", true],
  ['pcrexform:"/get\\?data=(.*)"; content:"get";', "/get?data=abc", false],
  ['pcrexform:"/get\\?data=(.*)"; content:"/other"; startswith;', "/other", true],
  ['pcrexform:"d=([a-z]+)"; to_uppercase; content:"ABC"; bsize:3;', "/x?d=abc&e", true],
  ['pcrexform:"d=([a-z]*)"; bsize:0;', "/x?d=1", true],
])("http.uri; %s on %j is %s", (options, text, expected) => {
  expect(matches(options, text)).toBe(expected);
});

test.each([
  ['pcrexform:"abc";', "captures 0 parts"],
  ['pcrexform:"(a)(b)";', "captures 2 parts"],
  ["pcrexform:(a);", "not in double quotes"],
  ["pcrexform;", "a value is missing"],
])("%s is refused because of: %s", (options, reason) => {
  expect(refusalOf(rule(`${options} content:"a";`))).toContain(reason);
});
