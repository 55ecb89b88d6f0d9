import { expect, test } from "vitest";
import { RuleBench, refusalOf } from "../../../support/rules.js";

const rule = (options: string) => `alert udp any any -> any any (${options} sid:1;)`;
const holds = (options: string, hex: string) => {
  const payload = `A${Buffer.from(hex.replaceAll(" ", ""), "hex").toString("latin1")}`;
  return new RuleBench(rule(options)).packet(payload, { ipProtocol: 17 }).length > 0;
};
const OVERSIZE = 'content:"A"; asn1:oversize_length 10, relative_offset 0;';
const REAL = 'content:"A"; asn1:double_overflow, relative_offset 0;';
const TWELVE = "01 ".repeat(12);

// Each as Suricata 7.0.10 decides it.
test.each([
  [OVERSIZE, `04 0c ${TWELVE}`, true],
  [OVERSIZE, "04 0c 00", false],
  [OVERSIZE, "02 01 01 04 0b 00 00 00 00 00 00 00 00 00 00 00", true],
  [OVERSIZE, "04 0a 00 00 00 00 00 00 00 00 00 00", false],
  [OVERSIZE, `30 80 04 0c ${TWELVE} 00 00`, true],
  [OVERSIZE, `30 0f 04 0c ${TWELVE} 00`, false],
  ["asn1:oversize_length 10, absolute_offset 1;", `04 0c ${TWELVE}`, true],
  [REAL, `09 82 01 05 00 ${"31".repeat(0x104)}`, true],
  [REAL, `09 82 01 00 00 ${"31".repeat(0xff)}`, false],
  [REAL, `09 82 01 05 c0 ${"31".repeat(0x104)}`, false],
  ['content:"A"; asn1:bitstring_overflow, relative_offset 0;', "03 02 09 ff", false],
])("%s on %s is %s", (options, hex, expected) => {
  expect(holds(options, hex)).toBe(expected);
});

test("objects nested without end are given up", () => {
  expect(holds(OVERSIZE, "30 80".repeat(20_000))).toBe(false);
});

test("what cannot be read is refused", () => {
  expect(refusalOf(rule("asn1:oversize_length;"))).toBe('asn1: cannot read "oversize_length"');
  expect(refusalOf(rule("asn1:nonsense;"))).toBe('asn1: cannot read "nonsense"');
});

test("as in Suricata a stretch that ends before the buffer begins is all of it", () => {
  const negative = 'content:"php"; content:"/"; distance:-17; within:1;';
  const bench = new RuleBench(`alert tcp any any -> any any (${negative} sid:1;)`);
  expect([bench.stream("php?id=/x"), bench.stream("php?id=x")]).toEqual([[1], []]);
});
