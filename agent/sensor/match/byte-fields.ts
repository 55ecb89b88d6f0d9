import type { RuleImage } from "../../signature/image.js";
import { JumpFrom, MathOperator, READING_WORDS } from "../../signature/program.js";
import { calculate, testNumber } from "./byte-arithmetic.js";
import { NumberReader } from "./number-reader.js";

/** `byte_test`, `byte_jump`, `byte_extract` and `byte_math`: numbers that stand in a buffer, and the variables they are kept in. */
export class ByteFields {
  readonly #image: RuleImage;
  readonly #variables: Float64Array;
  readonly #reader = new NumberReader();

  /** @param variables shared with the conditions that use them */
  constructor(image: RuleImage, variables: Float64Array) {
    this.#image = image;
    this.#variables = variables;
  }

  /** Byte order of the DCERPC call whose fields are judged next. */
  set dcerpcOrder(order: number) {
    this.#reader.dcerpcOrder = order;
  }

  /** The byte behind the number that was read last, relative to the buffer. */
  get end(): number {
    return this.#reader.end;
  }

  test(at: number, cursor: number, bytes: Uint8Array, begin: number, length: number): boolean {
    if (!this.#read(at, cursor, bytes, begin, length)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const operand = this.#number(words[rest + 2]!, words[rest + 3]!);
    return testNumber(words[rest]!, this.#reader.value, operand) !== (words[rest + 1] === 1);
  }

  /** The new cursor, or −1 where the jump leaves the buffer. */
  jump(at: number, cursor: number, bytes: Uint8Array, begin: number, length: number): number {
    if (!this.#read(at, cursor, bytes, begin, length)) return -1;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    let distance = this.#reader.value * words[rest]!;
    if (words[rest + 1] === 1) distance = Math.ceil(distance / 4) * 4;
    distance += words[rest + 4] === 1 ? this.#variables[words[rest + 3]!]! : words[rest + 3]!;
    const from = words[rest + 2];
    const base = from === JumpFrom.BEGINNING ? 0 : from === JumpFrom.END ? length : this.#reader.end;
    // A jump to before the buffer ends at its start, one beyond its end fails, as in Suricata.
    const target = Math.max(0, base + distance);
    return target < length ? target : -1;
  }

  extract(at: number, cursor: number, bytes: Uint8Array, begin: number, length: number): boolean {
    if (!this.#read(at, cursor, bytes, begin, length)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const align = words[rest + 1]!;
    let value = this.#reader.value * words[rest]!;
    if (align > 0) value = Math.ceil(value / align) * align;
    this.#variables[words[rest + 2]!] = value;
    return true;
  }

  calculate(at: number, cursor: number, bytes: Uint8Array, begin: number, length: number): boolean {
    if (!this.#read(at, cursor, bytes, begin, length)) return false;
    const words = this.#image.program;
    const rest = at + 2 + READING_WORDS;
    const operand = this.#number(words[rest + 1]!, words[rest + 2]!);
    if (words[rest] === MathOperator.DIVIDE && operand === 0) return false;
    this.#variables[words[rest + 3]!] = calculate(words[rest]!, this.#reader.value, operand);
    return true;
  }

  #read(at: number, cursor: number, bytes: Uint8Array, begin: number, length: number): boolean {
    return this.#reader.read(this.#image.program, at + 2, this.#variables, bytes, begin, length, cursor);
  }

  #number(isVariable: number, word: number): number {
    return isVariable === 1 ? this.#variables[word]! : this.#image.numbers[word]!;
  }
}
