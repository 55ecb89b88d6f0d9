/**
 * Owns arithmetic modulo 2⁶⁴, in two unsigned words of 32 bits: what the byte keywords compute with, as in C. Memory: two numbers.
 */
import { MathOperator } from "../../signature/program.js";

const WORD = 0x1_0000_0000;
const LAST_EXACT_WORD = 0x20_0000;

export class WideNumber {
  high = 0;
  low = 0;

  /** @param value below 2⁵³ and not negative */
  set(value: number): void {
    this.high = Math.floor(value / WORD);
    this.low = value >>> 0;
  }

  /** As C reads the same bits as a signed number; beyond 2⁵³ the last bits are lost. */
  get signed(): number {
    return (this.high | 0) * WORD + this.low;
  }

  isLess(other: WideNumber): boolean {
    return this.high === other.high ? this.low < other.low : this.high < other.high;
  }

  equals(other: WideNumber): boolean {
    return this.high === other.high && this.low === other.low;
  }

  hasBitsOf(other: WideNumber): boolean {
    return (this.low & other.low) !== 0 || (this.high & other.high) !== 0;
  }

  /** Append a digit: `this × base + digit`. @returns false where it is more than 64 bits hold */
  append(base: number, digit: number): boolean {
    const low = this.low * base + digit;
    const high = this.high * base + Math.floor(low / WORD);
    this.low = low >>> 0;
    this.high = high >>> 0;
    return high < WORD;
  }

  negate(): void {
    this.low = -this.low >>> 0;
    this.high = (this.low === 0 ? -this.high : ~this.high) >>> 0;
  }

  /** Keep the bits of a mask of 32 bits, moved down to the first of them. */
  mask(bits: number): void {
    this.low = ((this.low & bits) >>> 0) / ((bits & -bits) >>> 0);
    this.high = 0;
  }

  /** Up to the next multiple of 2 or 4. */
  align(step: number): void {
    const rest = this.low % step;
    if (rest !== 0) this.add(0, step - rest);
  }

  /** `byte_math` with a MathOperator. @returns false for a division by zero */
  calculate(operator: number, other: WideNumber): boolean {
    switch (operator) {
      case MathOperator.ADD:
        this.add(other.high, other.low);
        return true;
      case MathOperator.SUBTRACT:
        this.#subtract(other.high, other.low);
        return true;
      case MathOperator.MULTIPLY:
        this.multiply(other.high, other.low);
        return true;
      case MathOperator.DIVIDE:
        return this.#divide(other);
      case MathOperator.SHIFT_LEFT:
        this.#shiftLeft(bitsOf(other));
        return true;
      default:
        this.#shiftRight(bitsOf(other));
        return true;
    }
  }

  add(high: number, low: number): void {
    const sum = this.low + low;
    this.low = sum >>> 0;
    this.high = (this.high + high + (sum >= WORD ? 1 : 0)) >>> 0;
  }

  multiply(high: number, low: number): void {
    const upper = Math.imul(this.high, low) + Math.imul(this.low, high);
    const firstHalf = this.low & 0xffff;
    const secondHalf = this.low >>> 16;
    const first = firstHalf * low;
    const second = secondHalf * low;
    const shifted = (second % 0x1_0000) * 0x1_0000;
    const sum = (first % WORD) + shifted;
    this.low = sum >>> 0;
    const carried = Math.floor(first / WORD) + Math.floor(second / 0x1_0000) + Math.floor(sum / WORD);
    this.high = (upper + carried) >>> 0;
  }

  #subtract(high: number, low: number): void {
    const difference = this.low - low;
    this.low = difference >>> 0;
    this.high = (this.high - high - (difference < 0 ? 1 : 0)) >>> 0;
  }

  #divide(other: WideNumber): boolean {
    if (other.high === 0 && other.low === 0) return false;
    if (this.high < LAST_EXACT_WORD && other.high < LAST_EXACT_WORD) {
      this.set(Math.floor((this.high * WORD + this.low) / (other.high * WORD + other.low)));
      return true;
    }
    this.#divideBits(other.high, other.low);
    return true;
  }

  /** Long division, a bit at a time: 64 steps. */
  #divideBits(high: number, low: number): void {
    let restHigh = 0;
    let restLow = 0;
    for (let i = 0; i < 64; i++) {
      const hasOverflow = restHigh >= 0x8000_0000;
      restHigh = ((restHigh << 1) | (restLow >>> 31)) >>> 0;
      restLow = ((restLow << 1) | (this.high >>> 31)) >>> 0;
      this.#shiftLeft(1);
      if (!hasOverflow && (restHigh < high || (restHigh === high && restLow < low))) continue;
      const difference = restLow - low;
      restLow = difference >>> 0;
      restHigh = (restHigh - high - (difference < 0 ? 1 : 0)) >>> 0;
      this.low = (this.low | 1) >>> 0;
    }
  }

  #shiftLeft(count: number): void {
    if (count >= 32) {
      this.high = count < 64 ? (this.low << (count - 32)) >>> 0 : 0;
      this.low = 0;
    } else if (count > 0) {
      this.high = ((this.high << count) | (this.low >>> (32 - count))) >>> 0;
      this.low = (this.low << count) >>> 0;
    }
  }

  #shiftRight(count: number): void {
    if (count >= 32) {
      this.low = count < 64 ? this.high >>> (count - 32) : 0;
      this.high = 0;
    } else if (count > 0) {
      this.low = ((this.low >>> count) | (this.high << (32 - count))) >>> 0;
      this.high >>>= count;
    }
  }
}

function bitsOf({ high, low }: WideNumber): number {
  return high === 0 ? low : 64;
}
