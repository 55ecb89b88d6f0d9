/**
 * Owns what `byte_test`, `byte_jump`, `byte_extract` and `byte_math` do with the number they read, and the variables of a rule; all
 * modulo 2⁶⁴, as in Suricata. Memory: 8 bytes a variable.
 */
import type { RuleImage } from "../../signature/image.js";
import { ByteOperator, JumpFrom, Op, READING_WORDS } from "../../signature/program.js";
import { NumberReader } from "./number-reader.js";
import { WideNumber } from "./wide-number.js";

/** Most bytes that `byte_math` reads as a binary number: in Suricata 7 more never hold. */
const MAX_MATH_BYTES = 4;
/** A jump further back comes out behind the buffer, in C: an address has 47 bits. */
const MAX_JUMP = 2 ** 46;

export class ByteConditions {
  readonly #image: RuleImage;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #reader = new NumberReader();
  readonly #operand = new WideNumber();

  constructor(image: RuleImage) {
    this.#image = image;
    this.#low = new Int32Array(image.variableCount);
    this.#high = new Int32Array(image.variableCount);
  }

  set dcerpcOrder(order: number) {
    this.#reader.dcerpcOrder = order;
  }

  /** The lower word of a variable: as in Suricata, places are signed numbers of 32 bits. */
  variable(index: number): number {
    return this.#low[index]!;
  }

  /** A variable as a count: infinite from 2³¹ on. */
  countOf(index: number): number {
    return this.#high[index] !== 0 || this.#low[index]! < 0 ? Number.POSITIVE_INFINITY : this.#low[index]!;
  }

  /** Judge the instruction at `at` over `bytes[begin, begin + length)`. @returns the new cursor, or −1 where it does not hold */
  judge(at: number, bytes: Uint8Array, begin: number, length: number, cursor: number): number {
    const words = this.#image.program;
    const reader = this.#reader;
    if (!reader.read(words, at + 2, this.#low, bytes, begin, length, cursor)) return -1;
    const rest = at + 2 + READING_WORDS;
    switch (words[at]) {
      case Op.BYTE_TEST:
        return this.#isTrue(rest) ? cursor : -1;
      case Op.BYTE_JUMP:
        return this.#jump(rest, length);
      case Op.BYTE_EXTRACT: {
        const { value } = reader;
        if (words[rest] !== 1) value.multiply(0, words[rest]!);
        if (words[rest + 1]! > 0) value.align(words[rest + 1]!);
        this.#keep(words[rest + 2]!);
        return reader.end;
      }
      default:
        return this.#compute(at, rest) ? reader.end : -1;
    }
  }

  #isTrue(rest: number): boolean {
    const words = this.#image.program;
    const { value, bitmask } = this.#reader;
    if (bitmask !== 0) value.mask(bitmask);
    this.#setOperand(words[rest + 2]!, words[rest + 3]!);
    return holds(words[rest]!, value, this.#operand) !== (words[rest + 1] === 1);
  }

  #jump(rest: number, length: number): number {
    const words = this.#image.program;
    let distance = this.#reader.value.signed * words[rest]!;
    if (distance < -MAX_JUMP) return -1;
    if (words[rest + 1] === 1) distance = Math.ceil(distance / 4) * 4;
    distance += words[rest + 4] === 1 ? this.variable(words[rest + 3]!) : words[rest + 3]!;
    const from = words[rest + 2];
    const base = from === JumpFrom.BEGINNING ? 0 : from === JumpFrom.END ? length : this.#reader.end;
    // As in Suricata a jump to before the buffer ends at its start, one to its end is behind all of it, one beyond fails.
    const target = Math.max(0, base + distance);
    return target <= length ? target : -1;
  }

  #compute(at: number, rest: number): boolean {
    const words = this.#image.program;
    const { value, bitmask } = this.#reader;
    const isBinary = words[at + 2 + READING_WORDS - 2] === 0;
    if (isBinary && words[at + 2]! > MAX_MATH_BYTES) return false;
    this.#setOperand(words[rest + 1]!, words[rest + 2]!);
    if (!value.calculate(words[rest]!, this.#operand)) return false;
    if (bitmask !== 0) value.mask(bitmask);
    this.#keep(words[rest + 3]!);
    return true;
  }

  #setOperand(isVariable: number, index: number): void {
    if (isVariable === 1) {
      this.#operand.high = this.#high[index]! >>> 0;
      this.#operand.low = this.#low[index]! >>> 0;
    } else this.#operand.set(this.#image.numbers[index]!);
  }

  #keep(variable: number): void {
    this.#high[variable] = this.#reader.value.high;
    this.#low[variable] = this.#reader.value.low;
  }
}

/** Whether `byte_test` with a ByteOperator holds. */
function holds(operator: number, value: WideNumber, operand: WideNumber): boolean {
  switch (operator) {
    case ByteOperator.LESS:
      return value.isLess(operand);
    case ByteOperator.GREATER:
      return operand.isLess(value);
    case ByteOperator.EQUAL:
      return value.equals(operand);
    case ByteOperator.LESS_OR_EQUAL:
      return !operand.isLess(value);
    case ByteOperator.GREATER_OR_EQUAL:
      return !value.isLess(operand);
    case ByteOperator.AND:
      return value.hasBitsOf(operand);
    default:
      return !value.equals(operand);
  }
}
