/**
 * A table of grams, pieces of one to four bytes, and the literals they stand in. A gram is the bytes as a little-endian
 * number with the case bit (0x20) of each set: folding by one operation makes some other bytes equal as well, which
 * the comparison with the literal behind it sorts out.
 *
 * A bitmap of hashes, many times as long as there are grams, stands before the hash table, so that most places of a
 * text cost one look-up in the nearest cache. The literals of a gram stand behind each other, each with four bytes from
 * another place of it: what shares a gram by chance is passed over without a look at the literal, which lies far away.
 */
import { GRAM_LINK_STRIDE, type GramTable } from "./image.js";

/** Case bits of a gram of four bytes. */
export const GRAM_CASE_BITS = 0x2020_2020;
/** Bits of the bitmap for one gram, and the bounds of the bitmap in bits (as powers of two). */
const BITS_PER_GRAM = 24;
const LEAST_BITMAP = 9;
const LARGEST_BITMAP = 18;

/** Bytes of a gram as a mask. */
export function gramMask(width: number): number {
  return width === 4 ? -1 : (1 << (8 * width)) - 1;
}

/** 32-bit hash of a gram; the bitmap takes its upper bits. */
export function hashGram(gram: number): number {
  return Math.imul(gram ^ (gram >>> 15), 0x9e3779b1);
}

/** Where a gram is looked for first. */
export function slotOfGram(gram: number, slotMask: number): number {
  return (Math.imul(gram ^ (gram >>> 13), 0x85ebca6b) >>> 9) & slotMask;
}

/** Second word of a row: bytes of the literal before the gram, its length, and two flags. */
export const GRAM_BEFORE_MASK = 0x7fff;
export const GRAM_LENGTH_SHIFT = 15;
/** The literal has four bytes or more, of which the check tells. */
export const GRAM_HAS_CHECK = 1 << 30;
/** No further literal has the gram. */
export const GRAM_IS_LAST = 1 << 31;
const CHECK_BYTES = 4;

export class GramTableBuilder {
  readonly #width: number;
  /** Rows of each gram. */
  readonly #rows = new Map<number, number[]>();
  #rowWords = 0;

  /** @param width bytes of a gram, 1 to 4 */
  constructor(width: number) {
    this.#width = width;
  }

  /** File `count` neighbouring grams of literal number `literal`, the first of them at `position` of its bytes. */
  add(literal: number, bytes: Uint8Array, position: number, count: number): void {
    for (let at = position; at < position + count; at++) {
      const gram = gramAt(bytes, at, this.#width);
      let rows = this.#rows.get(gram);
      if (rows === undefined) {
        rows = [];
        this.#rows.set(gram, rows);
      }
      const length = Math.min(bytes.length, GRAM_BEFORE_MASK);
      const hasCheck = bytes.length >= CHECK_BYTES;
      // The end that is further away says most about the rest.
      const checkAt = at * 2 + this.#width >= bytes.length ? 0 : bytes.length - CHECK_BYTES;
      rows.push(
        literal,
        at | (length << GRAM_LENGTH_SHIFT) | (hasCheck ? GRAM_HAS_CHECK : 0),
        checkAt,
        hasCheck ? gramAt(bytes, checkAt, CHECK_BYTES) : 0,
      );
      this.#rowWords += GRAM_LINK_STRIDE;
    }
  }

  build(): GramTable {
    const grams = this.#rows.size;
    if (grams === 0) return EMPTY;
    let bits = LEAST_BITMAP;
    while (bits < LARGEST_BITMAP && 2 ** bits < grams * BITS_PER_GRAM) bits++;
    const bitmap = new Uint32Array(2 ** (bits - 5));
    let slotCount = 4;
    while (slotCount < grams * 2) slotCount *= 2;
    const slots = new Int32Array(slotCount * 2);
    const links = new Int32Array(this.#rowWords);
    let filled = 0;
    for (const [gram, rows] of this.#rows) {
      const bit = hashGram(gram) >>> (32 - bits);
      bitmap[bit >>> 5]! |= 1 << (bit & 31);
      let slot = slotOfGram(gram, slotCount - 1);
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & (slotCount - 1);
      slots[slot * 2] = gram;
      slots[slot * 2 + 1] = filled / GRAM_LINK_STRIDE + 1;
      links.set(rows, filled);
      filled += rows.length;
      links[filled - GRAM_LINK_STRIDE + 1]! |= GRAM_IS_LAST;
    }
    return { bitmap, shift: 32 - bits, slots, links };
  }
}

function gramAt(bytes: Uint8Array, position: number, width: number): number {
  let gram = 0;
  for (let i = 0; i < width; i++) gram |= bytes[position + i]! << (8 * i);
  return gram | (GRAM_CASE_BITS & gramMask(width));
}

const EMPTY: GramTable = {
  bitmap: new Uint32Array(0),
  shift: 0,
  slots: new Int32Array(0),
  links: new Int32Array(0),
};
