import { expect, test } from "vitest";
import { imageOf } from "../../support/rules.js";

/** Rule i wants addresses of 10.0.0.0/8 from the i-th to the i-th before the last: each lies within the one before. */
function nested(count: number): string {
  const address = (number: number): string => `10.${number >>> 16}.${(number >>> 8) & 255}.${number & 255}`;
  return Array.from(
    { length: count },
    (_, i) => `alert ip ${address(i)}-${address(0xffffff - i)} any -> any any (msg:"${i}"; sid:${i + 1};)`,
  ).join("\n");
}

test("rules whose addresses lie within each other are filed by segment while that stays small", () => {
  const { addressRules } = imageOf(nested(100));
  expect([addressRules.everywhere.length, addressRules.source.rules.length]).toEqual([0, 100 * 100]);
});

test("and tried on every packet where they would stand in too many segments", () => {
  const { addressRules } = imageOf(nested(2500));
  expect([addressRules.everywhere.length, addressRules.source.rules.length]).toEqual([2500, 0]);
});
