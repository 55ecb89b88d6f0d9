/** What `byte_test` and `byte_math` do with numbers of up to 53 bits. */
import { ByteOperator, MathOperator } from "../../signature/program.js";

/** Whether `byte_test` with a ByteOperator holds. */
export function testNumber(operator: number, value: number, operand: number): boolean {
  switch (operator) {
    case ByteOperator.LESS:
      return value < operand;
    case ByteOperator.GREATER:
      return value > operand;
    case ByteOperator.EQUAL:
      return value === operand;
    case ByteOperator.LESS_OR_EQUAL:
      return value <= operand;
    case ByteOperator.GREATER_OR_EQUAL:
      return value >= operand;
    case ByteOperator.AND:
      return (value & operand) !== 0 || (highWord(value) & highWord(operand)) !== 0;
    default:
      return value !== operand;
  }
}

/** The result of `byte_math` with a MathOperator. */
export function calculate(operator: number, value: number, operand: number): number {
  switch (operator) {
    case MathOperator.ADD:
      return value + operand;
    case MathOperator.SUBTRACT:
      return value - operand;
    case MathOperator.MULTIPLY:
      return value * operand;
    case MathOperator.DIVIDE:
      return Math.floor(value / operand);
    case MathOperator.SHIFT_LEFT:
      return operand < 32 ? value * 2 ** operand : 0;
    default:
      return Math.floor(value / 2 ** operand);
  }
}

function highWord(value: number): number {
  return Math.floor(value / 0x1_0000_0000);
}
