import { expect, test } from "vitest";
import { decodeBase64 } from "../../../../agent/sensor/match/base64.js";
import { RuleBench } from "../../../support/rules.js";

// What Suricata 7.0.10 decodes of the same bytes.
test.each([
  ["YWFh", "aaa"],
  ["YWFhYQ==", "aaaa"],
  ["YW==YWFh", "aaaa"],
  ["YWFh YWFh", "aaa"],
  ["YWFhYW Fh", "aaaa"],
  ["YWF-", "aa"],
  ["Y-WFh", "`"],
  ["Y", ""],
  [" YWFh", ""],
])("base64_decode makes of %j %j", (text, expected) => {
  const bytes = Buffer.from(text, "latin1");
  const out = new Uint8Array(100);
  const size = decodeBase64(bytes, 0, bytes.length, out);
  expect(Buffer.from(out.subarray(0, size)).toString("latin1")).toBe(expected);
});

test("what must not stand in decoded bytes is looked for there alone", () => {
  const rule = 'alert tcp any any -> any any (base64_decode; base64_data; content:!"aaa"; sid:1;)';
  expect(new RuleBench(rule).stream("YWFi")).toEqual([1]);
  expect(new RuleBench(rule).stream("YWFh")).toEqual([]);
});
