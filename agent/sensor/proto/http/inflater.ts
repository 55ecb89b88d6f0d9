/**
 * Owns decompression of DEFLATE (RFC 1951), alone or wrapped as zlib (RFC 1950) or gzip (RFC 1952).
 *
 * Its own and not the one of `node:zlib`, because that one throws away what it had when it meets an error or the
 * output limit, makes garbage for every body, and because it must fail where Suricata's zlib fails: what a twisted
 * body decompresses to is what rules see.
 *
 * Bounds: reads the input once, writes up to a limit, keeps 6 KiB of tables. Nothing grows.
 */

import { readUint32 } from "../../wire/big-endian.js";
import { NO_BYTES } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
import { adler32, crc32 } from "./checksums.js";
import { HuffmanCode, LENGTH_MASK, MORE_BITS, SYMBOL_SHIFT } from "./huffman.js";

/** How a run ended. Whatever it is, the output so far is valid. */
export const Inflated = {
  /** The end of the compressed data was reached, its checksum is right. */
  END: 0,
  /** The input ends before the compressed data does. */
  MORE: 1,
  /** The output limit was reached. */
  FULL: 2,
  /** The data are broken from here on. */
  ERROR: 3,
} as const;
export type InflatedCode = (typeof Inflated)[keyof typeof Inflated];

/** What stands around the DEFLATE data. */
export const Wrapping = { NONE: 0, ZLIB_OR_GZIP: 1 } as const;
export type WrappingId = (typeof Wrapping)[keyof typeof Wrapping];

const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTH_BASE = Uint16Array.from([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const LENGTH_EXTRA = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const DISTANCE_BASE = Uint16Array.from([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
const DISTANCE_EXTRA = Uint8Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const END_OF_BLOCK = 256;
const MAX_LITERAL_CODES = 286;
const MAX_DISTANCE_CODES = 30;

const GZIP_HEADER_OCTETS = 10;
const GZIP_HAS_HEADER_CRC = 0x02;
const GZIP_HAS_EXTRA = 0x04;
const GZIP_HAS_NAME = 0x08;
const GZIP_HAS_COMMENT = 0x10;
const GZIP_RESERVED = 0xe0;
const ZLIB_HAS_DICTIONARY = 0x20;
const METHOD_DEFLATE = 8;

/** No code: go on. */
const GOING = -1;
/** An error in what was read so far. */
const BROKEN = -2;
const MAX_CODE_BITS = 15;
const DISTANCE_TABLE_BITS = 7;
/** No code of code lengths is longer. */
const CODE_LENGTH_TABLE_BITS = 7;
/** From here on copying within the output by one call costs less than octet by octet. */
const MANY_OCTETS = 24;

export class Inflater {
  /** Where the output of the last run ends. */
  outputEnd = 0;
  /** After ERROR: behind the octet of the input with which it showed. */
  errorAt = 0;

  #input: Uint8Array = NO_BYTES;
  #at = 0;
  #end = 0;
  #hold = 0;
  #bits = 0;
  #output: Uint8Array = NO_BYTES;
  #start = 0;
  #limit = 0;

  readonly #fixedLiterals = new HuffmanCode();
  readonly #fixedDistances = new HuffmanCode();
  readonly #literals = new HuffmanCode();
  readonly #distances = new HuffmanCode(DISTANCE_TABLE_BITS);
  readonly #codeLengths = new HuffmanCode(CODE_LENGTH_TABLE_BITS);
  readonly #lengths = new Uint8Array(MAX_LITERAL_CODES + MAX_DISTANCE_CODES + 2);

  constructor() {
    const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
    this.#fixedLiterals.build(lengths, 0, 288, false);
    this.#fixedDistances.build(new Uint8Array(32).fill(5), 0, 32, false);
  }

  /** Decompress `input[start, end)` to `output[outputStart, outputLimit)`; sets `outputEnd`. */
  run(
    wrapping: WrappingId,
    input: Uint8Array,
    start: number,
    end: number,
    output: Uint8Array,
    outputStart: number,
    outputLimit: number,
  ): InflatedCode {
    this.#input = input;
    this.#at = start;
    this.#end = end;
    this.#hold = 0;
    this.#bits = 0;
    this.#output = output;
    this.#start = outputStart;
    this.#limit = outputLimit;
    this.outputEnd = outputStart;
    if (wrapping === Wrapping.NONE) return this.#inflateBlocks();
    const length = end - start;
    if (length < 2) return Inflated.MORE;
    if (input[start] === 0x1f && input[start + 1] === 0x8b) return this.#inflateGzip();
    return this.#inflateZlib();
  }

  #inflateZlib(): InflatedCode {
    const first = this.#input[this.#at]!;
    const second = this.#input[this.#at + 1]!;
    const isHeader =
      ((first << 8) | second) % 31 === 0 && (first & 0xf) === METHOD_DEFLATE && first >> 4 <= 7;
    if (!isHeader) return this.#failAt(this.#at + 2);
    if ((second & ZLIB_HAS_DICTIONARY) !== 0) {
      return this.#end - this.#at < 6 ? Inflated.MORE : this.#failAt(this.#at + 6);
    }
    this.#at += 2;
    const code = this.#inflateBlocks();
    if (code !== Inflated.END) return code;
    const trailer = this.#alignedTrailer();
    if (this.#end - trailer < 4) return Inflated.MORE;
    const sum = adler32(this.#output, this.#start, this.outputEnd);
    return readUint32(this.#input, trailer) === sum ? Inflated.END : this.#failAt(trailer + 4);
  }

  #inflateGzip(): InflatedCode {
    const input = this.#input;
    const begin = this.#at;
    const end = this.#end;
    if (end - begin < 4) return Inflated.MORE;
    if (input[begin + 2] !== METHOD_DEFLATE) return this.#failAt(begin + 4);
    const flags = input[begin + 3]!;
    if ((flags & GZIP_RESERVED) !== 0) return this.#failAt(begin + 4);
    let at = begin + GZIP_HEADER_OCTETS;
    if ((flags & GZIP_HAS_EXTRA) !== 0) {
      if (at + 2 > end) return Inflated.MORE;
      at += 2 + (input[at]! | (input[at + 1]! << 8));
    }
    if ((flags & GZIP_HAS_NAME) !== 0) at = behindNul(input, at, end);
    if ((flags & GZIP_HAS_COMMENT) !== 0) at = behindNul(input, at, end);
    if ((flags & GZIP_HAS_HEADER_CRC) !== 0) {
      if (at + 2 > end) return Inflated.MORE;
      const sum = crc32(input, begin, at) & 0xffff;
      if ((input[at]! | (input[at + 1]! << 8)) !== sum) return this.#failAt(at + 2);
      at += 2;
    }
    if (at > end) return Inflated.MORE;
    this.#at = at;
    const code = this.#inflateBlocks();
    if (code !== Inflated.END) return code;
    const trailer = this.#alignedTrailer();
    if (end - trailer < 4) return Inflated.MORE;
    if (readUint32LittleEndian(input, trailer) !== crc32(this.#output, this.#start, this.outputEnd)) {
      return this.#failAt(trailer + 4);
    }
    if (end - trailer < 8) return Inflated.MORE;
    const length = this.outputEnd - this.#start;
    return readUint32LittleEndian(input, trailer + 4) === length ? Inflated.END : this.#failAt(trailer + 8);
  }

  /** First whole octet behind the DEFLATE data. */
  #alignedTrailer(): number {
    return this.#at - (this.#bits >> 3);
  }

  #inflateBlocks(): InflatedCode {
    for (;;) {
      if (!this.#need(3)) return Inflated.MORE;
      const isLast = this.#take(1) === 1;
      const type = this.#take(2);
      let code: number;
      if (type === 0) code = this.#copyStored();
      else if (type === 1) code = this.#inflateCodes(this.#fixedLiterals, this.#fixedDistances);
      else if (type === 2) {
        code = this.#readCodes();
        if (code === GOING) code = this.#inflateCodes(this.#literals, this.#distances);
      } else return this.#fail();
      if (code !== GOING) return code as InflatedCode;
      if (isLast) return Inflated.END;
    }
  }

  #copyStored(): number {
    this.#hold >>>= this.#bits & 7;
    this.#bits -= this.#bits & 7;
    if (!this.#need(16)) return Inflated.MORE;
    const length = this.#take(16);
    if (!this.#need(16)) return Inflated.MORE;
    if (this.#take(16) !== (length ^ 0xffff)) return this.#fail();
    this.#at -= this.#bits >> 3;
    this.#hold = 0;
    this.#bits = 0;
    const available = Math.min(length, this.#end - this.#at);
    const copied = Math.min(available, this.#limit - this.outputEnd);
    copyOctets(this.#input, this.#at, this.#at + copied, this.#output, this.outputEnd);
    this.#at += copied;
    this.outputEnd += copied;
    if (copied < available) return Inflated.FULL;
    return available < length ? Inflated.MORE : GOING;
  }

  /** The code lengths in front of a block with codes of its own (RFC 1951 3.2.7). */
  #readCodes(): number {
    if (!this.#need(14)) return Inflated.MORE;
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const codeLengths = this.#take(4) + 4;
    if (literals > MAX_LITERAL_CODES || distances > MAX_DISTANCE_CODES) return this.#fail();
    const lengths = this.#lengths;
    lengths.fill(0);
    for (let i = 0; i < codeLengths; i++) {
      if (!this.#need(3)) return Inflated.MORE;
      lengths[CODE_LENGTH_ORDER[i]!] = this.#take(3);
    }
    if (!this.#codeLengths.build(lengths, 0, 19, false)) return this.#fail();
    // zlib takes each bit for a length of 0 then, and fails only behind the last.
    if (this.#codeLengths.isEmpty) this.#codeLengths.buildZeroes();
    const total = literals + distances;
    let filled = 0;
    let previous = 0;
    while (filled < total) {
      this.#refill();
      const found = this.#codeLengths.find(this.#hold, this.#bits);
      if (found < 0) return found === MORE_BITS ? Inflated.MORE : this.#fail();
      const symbol = found >> SYMBOL_SHIFT;
      const extra = symbol < 16 ? 0 : symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
      if (this.#bits < (found & LENGTH_MASK) + extra) return Inflated.MORE;
      this.#take(found & LENGTH_MASK);
      if (symbol < 16) {
        previous = symbol;
        lengths[filled++] = symbol;
        continue;
      }
      if (symbol === 16 && filled === 0) return this.#fail();
      const repeats = this.#take(extra) + (symbol === 18 ? 11 : 3);
      if (filled + repeats > total) return this.#fail();
      if (symbol !== 16) previous = 0;
      lengths.fill(previous, filled, filled + repeats);
      filled += repeats;
    }
    if (lengths[END_OF_BLOCK] === 0) return this.#fail();
    if (!this.#literals.build(lengths, 0, literals, true)) return this.#fail();
    return this.#distances.build(lengths, literals, distances, true) ? GOING : this.#fail();
  }

  #inflateCodes(literals: HuffmanCode, distances: HuffmanCode): number {
    const input = this.#input;
    const end = this.#end;
    const output = this.#output;
    const limit = this.#limit;
    let at = this.#at;
    let hold = this.#hold;
    let bits = this.#bits;
    let to = this.outputEnd;
    let result: number = BROKEN;
    // Of what is read of the input in advance nothing is lost: an error is told where the bits that were taken end.
    for (;;) {
      if (bits < MAX_CODE_BITS) {
        for (; bits <= 22 && at < end; bits += 8) hold |= input[at++]! << bits;
      }
      const found = literals.find(hold, bits);
      if (found < 0) {
        if (found === MORE_BITS) result = Inflated.MORE;
        break;
      }
      const symbol = found >> SYMBOL_SHIFT;
      const length = found & LENGTH_MASK;
      if (symbol < END_OF_BLOCK) {
        if (to === limit) {
          result = Inflated.FULL;
          break;
        }
        hold >>>= length;
        bits -= length;
        output[to++] = symbol;
        continue;
      }
      hold >>>= length;
      bits -= length;
      if (symbol === END_OF_BLOCK) {
        result = GOING;
        break;
      }
      const lengthCode = symbol - END_OF_BLOCK - 1;
      if (lengthCode >= LENGTH_BASE.length) break;
      for (; bits <= 22 && at < end; bits += 8) hold |= input[at++]! << bits;
      const lengthExtra = LENGTH_EXTRA[lengthCode]!;
      if (bits < lengthExtra) {
        result = Inflated.MORE;
        break;
      }
      const count = LENGTH_BASE[lengthCode]! + (hold & ((1 << lengthExtra) - 1));
      hold >>>= lengthExtra;
      bits -= lengthExtra;
      for (; bits <= 22 && at < end; bits += 8) hold |= input[at++]! << bits;
      const distanceFound = distances.find(hold, bits);
      if (distanceFound < 0) {
        if (distanceFound === MORE_BITS) result = Inflated.MORE;
        break;
      }
      const distanceCode = distanceFound >> SYMBOL_SHIFT;
      if (distanceCode >= DISTANCE_BASE.length) break;
      hold >>>= distanceFound & LENGTH_MASK;
      bits -= distanceFound & LENGTH_MASK;
      const distanceExtra = DISTANCE_EXTRA[distanceCode]!;
      if (bits < distanceExtra) for (; bits <= 22 && at < end; bits += 8) hold |= input[at++]! << bits;
      if (bits < distanceExtra) {
        result = Inflated.MORE;
        break;
      }
      const distance = DISTANCE_BASE[distanceCode]! + (hold & ((1 << distanceExtra) - 1));
      hold >>>= distanceExtra;
      bits -= distanceExtra;
      if (distance > to - this.#start) break;
      const stop = Math.min(to + count, limit);
      const isCut = stop < to + count;
      if (distance >= count && count >= MANY_OCTETS) {
        output.copyWithin(to, to - distance, stop - distance);
        to = stop;
      } else for (; to < stop; to++) output[to] = output[to - distance]!;
      if (isCut) {
        result = Inflated.FULL;
        break;
      }
    }
    this.#at = at;
    this.#hold = hold;
    this.#bits = bits;
    this.outputEnd = to;
    return result === BROKEN ? this.#fail() : result;
  }

  /** As many bits as there are, up to 24 or more. */
  #refill(): void {
    while (this.#bits <= 22 && this.#at < this.#end) {
      this.#hold |= this.#input[this.#at++]! << this.#bits;
      this.#bits += 8;
    }
  }

  /** An error in what was read so far. */
  #fail(): InflatedCode {
    return this.#failAt(this.#at - (this.#bits >> 3));
  }

  #failAt(inputAt: number): InflatedCode {
    this.errorAt = inputAt;
    return Inflated.ERROR;
  }

  #need(bits: number): boolean {
    if (this.#bits < bits) this.#refill();
    return this.#bits >= bits;
  }

  #take(bits: number): number {
    const value = this.#hold & ((1 << bits) - 1);
    this.#hold >>>= bits;
    this.#bits -= bits;
    return value;
  }
}

function readUint32LittleEndian(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function behindNul(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== 0) at++;
  return at + 1;
}
