import { READING_WORDS, ReadingFlag } from "../../signature/program.js";
import { DcerpcOrder } from "../proto/fields.js";

/**
 * Reads the number a byte keyword asks for out of a buffer: binary of 1 to 8 bytes, or digits in text.
 * Numbers above 2^53 lose their last bits; rules compare such only for order.
 */
export class NumberReader {
  value = 0;
  /** Where the number began and the byte behind it, relative to the buffer. */
  position = 0;
  end = 0;
  /** A DcerpcOrder: the one of the call that is judged, for readings that ask for it. */
  dcerpcOrder: number = DcerpcOrder.UNKNOWN;

  /**
   * @param words the program
   * @param at first word of the reading (READING_WORDS of them)
   * @param cursor end of the last match, relative to the buffer
   * @returns false where the buffer does not hold it
   */
  read(
    words: Int32Array,
    at: number,
    variables: Float64Array,
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
    if (position < 0 || position >= length || position + byteCount > length) return false;
    this.position = position;
    if (base !== 0) {
      const limit = byteCount === 0 ? Math.min(length - position, 23) : byteCount;
      if (!this.#readText(bytes, begin + position, limit, base)) return false;
      this.end += position;
    } else {
      this.#readBinary(bytes, begin + position, byteCount, this.#isLittleEndian(flags));
      this.end = position + byteCount;
    }
    const mask = words[at + READING_WORDS - 1]! >>> 0;
    if (mask !== 0) this.value = ((this.value & mask) >>> 0) / (mask & -mask);
    return true;
  }

  #isLittleEndian(flags: number): boolean {
    const isLittle = (flags & ReadingFlag.LITTLE_ENDIAN) !== 0;
    if ((flags & ReadingFlag.DCERPC_ENDIAN) === 0 || this.dcerpcOrder === DcerpcOrder.UNKNOWN)
      return isLittle;
    return this.dcerpcOrder === DcerpcOrder.LITTLE_ENDIAN;
  }

  #readBinary(bytes: Uint8Array, at: number, byteCount: number, isLittleEndian: boolean): void {
    let value = 0;
    for (let i = 0; i < byteCount; i++) {
      value = value * 256 + bytes[isLittleEndian ? at + byteCount - 1 - i : at + i]!;
    }
    this.value = value;
  }

  /** As strtoull reads: blanks, a sign, 0x before hexadecimal digits, digits. Leaves their count in `end`. */
  #readText(bytes: Uint8Array, at: number, limit: number, base: number): boolean {
    let i = 0;
    while (i < limit && isBlank(bytes[at + i]!)) i++;
    if (i < limit && (bytes[at + i] === 0x2b || bytes[at + i] === 0x2d)) i++;
    if (base === 16 && i + 1 < limit && bytes[at + i] === 0x30 && (bytes[at + i + 1]! | 0x20) === 0x78)
      i += 2;
    let value = 0;
    const first = i;
    for (; i < limit; i++) {
      const digit = digitOf(bytes[at + i]!);
      if (digit >= base) break;
      value = value * base + digit;
    }
    this.value = value;
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
