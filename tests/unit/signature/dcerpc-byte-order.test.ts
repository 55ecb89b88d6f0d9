import { expect, test } from "vitest";
import { DcerpcOrder, Field, NumberField } from "../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import { parseRules, RuleBench, refusalOf } from "../../support/rules.js";

const rule = (options: string, protocol = "dcerpc") =>
  `alert ${protocol} any any -> any any (msg:"t"; ${options} sid:1;)`;
/** 1 with the low octet first, 256 with the high one. */
const STUB = "\x01\x00\xff";

const { LITTLE_ENDIAN, BIG_ENDIAN } = DcerpcOrder;
test.each([
  ["byte_test:2,=,1,0,dce;", LITTLE_ENDIAN, true],
  ["byte_test:2,=,1,0,dce;", BIG_ENDIAN, false],
  ["byte_test:2,=,256,0,dce;", BIG_ENDIAN, true],
  ["byte_jump:2,0,dce; isdataat:!1,relative;", LITTLE_ENDIAN, true],
  ["byte_jump:2,0,dce;", BIG_ENDIAN, false],
  ["byte_jump:2,0,dce,post_offset -1; isdataat:1,relative;", LITTLE_ENDIAN, true],
  ["byte_jump:2,0,dce,post_offset -1; isdataat:1,relative;", BIG_ENDIAN, false],
  ["byte_extract:2,0,n,dce; isdataat:n;", LITTLE_ENDIAN, true],
  ["byte_extract:2,0,n,dce; isdataat:n;", BIG_ENDIAN, false],
  // In pipes of SMB no order is known: Suricata 7 reads the high octet first, but with byte_extract the low one.
  ["byte_test:2,=,256,0,dce;", undefined, true],
  ["byte_test:2,=,1,0,dce;", undefined, false],
  ["byte_extract:2,0,n,dce; isdataat:n;", undefined, true],
])("%s on a call of order %s is %s", (options, order, expected) => {
  const bench = new RuleBench(rule(`dcerpc.stub_data; ${options}`));
  const numbers = order === undefined ? [] : ([[NumberField.DCERPC_ORDER, order]] as const);
  const protocol = order === undefined ? Protocol.SMB : Protocol.DCERPC;
  const fields = [[Field.DCERPC_STUB_DATA, STUB]] as const;
  expect(bench.message({ protocol, fields, numbers }).length > 0).toBe(expected);
});

test("a byte order goes with binary numbers alone, and with no other order", () => {
  for (const options of [
    "byte_test:2,>,0,0,dce,little;",
    "byte_test:2,>,0,0,dce,string;",
    "byte_jump:2,0,dce,big;",
    "byte_extract:2,0,x,dce,string,dec;",
    "byte_math:bytes 2,offset 0,oper +,rvalue 1,result y,endian dce;",
  ])
    expect(refusalOf(rule(`dcerpc.stub_data; ${options}`))).toMatch(/dce does not go with/);
  // On TCP it says of the flow that it speaks DCERPC.
  expect(parseRules(rule("byte_test:2,>,0,0,dce;", "tcp")).refused).toEqual([]);
  expect(parseRules(rule("byte_test:2,>,0,0,dce;")).refused).toEqual([]);
});
