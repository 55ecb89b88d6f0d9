import { READING_WORDS, ReadingFlag } from "../../signature/program.js";
import { DcerpcOrder } from "../proto/fields.js";
import { WideNumber } from "./wide-number.js";

/** Reads the number a byte keyword asks for out of a buffer: binary of 1 to 8 bytes, or digits in text. */
export class NumberReader {
  readonly value = new WideNumber();
  /** The bits that are asked for; 0: all. */
  bitmask = 0;
  /** Where the number began and the byte behind it, relative to the buffer. */
  position = 0;
  end = 0;
  /** A DcerpcOrder: the one of the call that is judged, for readings that ask for it. */
  dcerpcOrder: number = DcerpcOrder.UNKNOWN;

  /**
   * @param words the program
   * @param at first word of the reading (READING_WORDS of them)
   * @param variables the lower words of their values
   * @param cursor end of the last match, relative to the buffer
   * @returns false where the buffer does not hold it
   */
  read(
    words: Int32Array,
    at: number,
    variables: Int32Array,
    bytes: Uint8Array,
    begin: number,
    length: number,
    cursor: number,
  ): boolean {
    const byteCount = words[at + 1] === 1 ? variables[words[at]!]! : words[at]!;
    const offset = words[at + 3] === 1 ? variables[words[at + 2]!]! : words[at + 2]!;
    const flags = words[at + 4]!;
    const base = words[at + 5]!;
    const position = offset + ((flags & ReadingFlag.RELATIVE) !== 0 ? cursor : 0);
    // As in Suricata no byte at all may be read behind the last one.
    if (position < 0 || byteCount < 0 || position + byteCount > length) return false;
    this.position = position;
    if (base !== 0) {
      if (position === length) return false;
      const limit = byteCount === 0 ? Math.min(length - position, 23) : byteCount;
      if (!this.#readText(bytes, begin + position, limit, base)) return false;
      this.end += position;
    } else {
      this.#readBinary(bytes, begin + position, byteCount, this.#isLittleEndian(flags));
      this.end = position + byteCount;
    }
    this.bitmask = words[at + READING_WORDS - 1]!;
    return true;
  }

  #isLittleEndian(flags: number): boolean {
    const isLittle = (flags & ReadingFlag.LITTLE_ENDIAN) !== 0;
    if ((flags & ReadingFlag.DCERPC_ENDIAN) === 0 || this.dcerpcOrder === DcerpcOrder.UNKNOWN)
      return isLittle;
    return this.dcerpcOrder === DcerpcOrder.LITTLE_ENDIAN;
  }

  #readBinary(bytes: Uint8Array, at: number, byteCount: number, isLittleEndian: boolean): void {
    let high = 0;
    let low = 0;
    for (let i = 0; i < byteCount; i++) {
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | bytes[isLittleEndian ? at + byteCount - 1 - i : at + i]!;
    }
    this.value.high = high >>> 0;
    this.value.low = low >>> 0;
  }

  /**
   * As strtoull reads: blanks, a sign, 0x before hexadecimal digits, digits; a negative number is one modulo 2⁶⁴. Leaves their
   * count in `end`.
   */
  #readText(bytes: Uint8Array, at: number, limit: number, base: number): boolean {
    let i = 0;
    while (i < limit && isBlank(bytes[at + i]!)) i++;
    const isNegative = i < limit && bytes[at + i] === 0x2d;
    if (isNegative || (i < limit && bytes[at + i] === 0x2b)) i++;
    const hasPrefix =
      base === 16 && i + 2 < limit && bytes[at + i] === 0x30 && (bytes[at + i + 1]! | 0x20) === 0x78;
    // Without a digit behind it the x ends the number 0.
    if (hasPrefix && digitOf(bytes[at + i + 2]!) < base) i += 2;
    const { value } = this;
    value.set(0);
    const first = i;
    for (; i < limit; i++) {
      const digit = digitOf(bytes[at + i]!);
      if (digit >= base) break;
      if (!value.append(base, digit)) return false;
    }
    if (isNegative) value.negate();
    this.end = i;
    return i > first;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 99;
}
