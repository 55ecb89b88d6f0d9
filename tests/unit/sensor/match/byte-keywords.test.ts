import { expect, test } from "vitest";
import { WideNumber } from "../../../../agent/sensor/match/wide-number.js";
import { MathOperator } from "../../../../agent/signature/program.js";
import { RuleBench } from "../../../support/rules.js";

// What Suricata 7.0.10 says of the same bytes.
test.each([
  ["byte_jump:1,0; isdataat:!1,relative;", "\x02ab", true],
  ["byte_jump:1,0;", "\x02a", false],
  ["byte_jump:1,0,from_end; isdataat:!1,relative;", "\x00ab", true],
  ['byte_jump:2,0,string,dec; content:"-"; distance:0;', "-1-a", true],
  ['byte_jump:8,0; content:"a";', "\xff\x00\x00\x00\x00\x00\x00\x00a", false],
  ['content:"a"; byte_jump:0,1,relative,post_offset -1; content:"b"; distance:0; within:1;', "ab", true],
  ["byte_test:2,>,5,0,string,dec;", "-1", true],
  ["byte_test:3,=,0,0,string,hex;", "0x-", true],
  ['byte_extract:3,0,n,string,hex; content:"x"; distance:0; within:1;', "0x-", true],
  ["byte_test:8,&,2,0;", "\xff\xff\xff\xff\xff\xff\xff\x02", true],
  ["byte_test:8,&,2,0;", "\xff\xff\xff\xff\xff\xff\xff\x05", false],
  ["byte_math:bytes 1,offset 0,oper -,rvalue 1,result r; byte_test:1,>,r,1;", "\x00\xff", false],
  ["byte_math:bytes 5,offset 0,oper +,rvalue 1,result r;", "abcde", false],
  ['byte_extract:8,0,n; content:"b"; distance:n; within:1;', "\x01\x00\x00\x00\x00\x00\x00\x01ab", true],
  // A stretch whose distance is a variable ends as much later as it begins.
  [
    'content:"K"; byte_extract:1,0,n,string,relative; content:"d"; distance:n; within:1;',
    "K2abcdefghij",
    true,
  ],
  [
    'content:"K"; byte_extract:1,0,n,string,relative; content:!"d"; distance:n; within:1;',
    "K2abcdefghij",
    false,
  ],
  [
    'content:"K"; byte_extract:1,0,n,string,relative; content:"d"; distance:2; within:1;',
    "K2abcdefghij",
    false,
  ],
  [
    'content:"K"; byte_extract:1,0,n,string,relative; content:"h"; distance:n; within:1;',
    "K2abcdefghij",
    false,
  ],
  // Both variables have the number 0.
  ["byte_math:bytes 1,offset 0,oper +,rvalue 0,result r; byte_extract:1,1,n; isdataat:r;", "\x09\x01a", true],
  [
    "byte_math:bytes 1,offset 0,oper +,rvalue 0,result r; byte_extract:1,1,n; isdataat:r;",
    "\x01\x09a",
    false,
  ],
  ['content:!"a"; offset:2; endswith; content:"b";', "bbba", true],
  ['content:!"a"; endswith; content:"b";', "bbba", false],
  ['content:!"a"; depth:2; endswith; content:"b";', "aab", true],
])("%s on %j holds: %s", (options, payload, expected) => {
  const bench = new RuleBench(`alert tcp any any -> any any (${options} sid:1;)`);
  expect(bench.stream(payload)).toEqual(expected ? [1] : []);
});

test("numbers are computed with as in 64 bits, whatever comes out beyond them", () => {
  const at = { high: [0, 1, 7, 0x1f_ffff, 0x8000_0000, 0xffff_ffff], low: [0, 1, 3, 0x1_0000, 0xffff_fffe] };
  const numbers = at.high.flatMap((high) => at.low.map((low) => [high, low] as const));
  const exact = ([high, low]: readonly [number, number]) => (BigInt(high) << 32n) | BigInt(low);
  const operations: readonly [number, (a: bigint, b: bigint) => bigint][] = [
    [MathOperator.ADD, (a, b) => a + b],
    [MathOperator.SUBTRACT, (a, b) => a - b],
    [MathOperator.MULTIPLY, (a, b) => a * b],
    [MathOperator.DIVIDE, (a, b) => (b === 0n ? a : a / b)],
    [MathOperator.SHIFT_LEFT, (a, b) => (b < 64n ? a << b : 0n)],
    [MathOperator.SHIFT_RIGHT, (a, b) => (b < 64n ? a >> b : 0n)],
  ];
  const value = new WideNumber();
  const other = new WideNumber();
  for (const a of numbers)
    for (const b of numbers)
      for (const [operator, compute] of operations) {
        [value.high, value.low] = a;
        [other.high, other.low] = b;
        value.calculate(operator, other);
        const expected = BigInt.asUintN(64, compute(exact(a), exact(b)));
        expect(exact([value.high, value.low]), `${a} ${operator} ${b}`).toBe(expected);
      }
});
