import { Compare, tlsVersionBit } from "../../signature/comparison.js";

/** Whether `value` compares with `a` (and `b`) as the rule asks. Masks work on 32 bits. */
export function compares(operator: number, value: number, a: number, b: number): boolean {
  switch (operator) {
    case Compare.EQUAL:
      return value === a;
    case Compare.NOT_EQUAL:
      return value !== a;
    case Compare.LESS:
      return value < a;
    case Compare.LESS_OR_EQUAL:
      return value <= a;
    case Compare.GREATER:
      return value > a;
    case Compare.GREATER_OR_EQUAL:
      return value >= a;
    case Compare.BETWEEN:
      return value > a && value < b;
    case Compare.MASKED:
      return (value & a) === b;
    case Compare.NOT_MASKED:
      return (value & a) !== b;
    case Compare.EITHER:
      return value === a || value === b;
    case Compare.NEITHER:
      return value !== a && value !== b;
    case Compare.TLS_VERSION:
      return (tlsVersionBit(value) & a) !== 0;
    default:
      return (value & a) !== 0;
  }
}
