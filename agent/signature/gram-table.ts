/**
 * A table of grams, pieces of one to four bytes, and the literals they stand in. A gram is the bytes as a little-endian
 * number with the case bit (0x20) of each set: folding by one operation makes some other bytes equal as well, which
 * the comparison with the literal behind it sorts out.
 *
 * A filter, many times as long as there are grams, stands before the hash table, so that most places of a text cost one look-up in
 * the nearest cache: two bits a gram, both in one word, since what passes by chance has to be looked up far away. The literals of a gram stand behind each other, each with four bytes from
 * another place of it: what shares a gram by chance is passed over without a look at the literal, which lies far away.
 */
import { GrowingWords } from "../base/growing-words.js";
import { GRAM_LINK_STRIDE, type SearchBuilder, TableWord } from "./search-words.js";

/** Case bits of a gram of four bytes. */
export const GRAM_CASE_BITS = 0x2020_2020;
/** Bits of the filter for one gram, and the bounds of it in bits (as powers of two). */
const BITS_PER_GRAM = 24;
const LEAST_BITMAP = 9;
const LARGEST_BITMAP = 18;
const WORD_BITS_LOG2 = 5;

/** Bytes of a gram as a mask. */
export function gramMask(width: number): number {
  return width === 4 ? -1 : (1 << (8 * width)) - 1;
}

/** 32-bit hash of a gram: its upper bits number the word of the filter. */
export function hashGram(gram: number): number {
  return Math.imul(gram, 0x9e3779b1);
}

/** From where on the hash says which two bits of the word: constants, since a loop has few registers for shifts. */
const FIRST_BIT = 8;
const SECOND_BIT = 14;

/** Which bits of its word a gram has in the filter. */
export function filterMask(hash: number): number {
  return (1 << (hash >>> FIRST_BIT)) | (1 << (hash >>> SECOND_BIT));
}

/** Whether the gram may be in the table with the filter at `filter` of the words. */
export function mayHold(words: Int32Array, filter: number, shift: number, gram: number): boolean {
  const hash = hashGram(gram);
  // As an integer with a sign, which V8 would check for otherwise.
  const word = words[(filter + ((hash >>> shift) | 0)) | 0]!;
  // Shifts count modulo 32.
  return ((word >>> (hash >>> FIRST_BIT)) & (word >>> (hash >>> SECOND_BIT)) & 1) !== 0;
}

/** What is looked up of the `width` bytes `gram` at a place: others may be the same number, which the comparison sorts out. */
export function placedGram(gram: number, place: number, width: number): number {
  return gram ^ Math.imul((place << 3) | width, 0x9e3779b1);
}

/** Where a gram is looked for first. */
export function slotOfGram(gram: number, slotMask: number): number {
  return (Math.imul(gram ^ (gram >>> 13), 0x85ebca6b) >>> 9) & slotMask;
}

/** Second word of a row: bytes of the literal before the gram and one (a gram may begin a byte before its literal), its length, and two flags. */
export const GRAM_BEFORE_MASK = 0x7fff;
export const GRAM_BEFORE_BIAS = 1;
export const GRAM_LENGTH_SHIFT = 15;
/** The literal has four bytes or more, of which the check tells. */
export const GRAM_HAS_CHECK = 1 << 30;
/** No further literal has the gram. */
export const GRAM_IS_LAST = 1 << 31;
const CHECK_BYTES = 4;
const WORD_BYTES = 4;
const OCTETS = 256;
const CASE_BIT = 0x20;
/** Of the hundreds of groups of a rule set most hold few literals. */
const FIRST_WORDS = 32;
const FIRST_SLOTS = 16;

/** Words of a gram while a table is built: itself, number + 1 of its first and last row. */
const GRAM_STRIDE = 3;
/** Words of a row while a table is built: those of its link, and number + 1 of the next row of the gram. */
const ROW_STRIDE = GRAM_LINK_STRIDE + 1;

/** Memory: 20 bytes a row and 16 to 20 a gram. */
export class GramTableBuilder {
  readonly #width: number;
  readonly #grams = new GrowingWords(FIRST_WORDS);
  readonly #rows = new GrowingWords(FIRST_WORDS);
  /** Number + 1 of a gram, 0 where none is; a power of two of them, at most half of them used. */
  #slots = new Int32Array(FIRST_SLOTS);
  #hasZeroRuns = false;

  /** @param width bytes of a gram, 1 to 4 */
  constructor(width: number) {
    this.#width = width;
  }

  /** File the gram of literal number `literal` at `position` of its bytes. */
  add(literal: number, bytes: Uint8Array, position: number): void {
    this.#addRow(gramAt(bytes, position, this.#width), literal, bytes, position);
  }

  /**
   * File a literal of four to six bytes for a search in steps of four, in a table of four bytes: where no word of the text lies within it, a word
   * with three of its bytes is filed with each that the fourth may be (128: the case bit is set). A literal of four bytes that begins in the
   * middle of a word has two bytes in each: it is to be looked for by its first two there.
   */
  addInWords(literal: number, bytes: Uint8Array): void {
    for (let behind = 0; behind < WORD_BYTES; behind++) {
      const next = WORD_BYTES - behind;
      const isNext = Math.min(WORD_BYTES, bytes.length - next) >= next;
      this.#addWord(literal, bytes, isNext ? next : -behind);
    }
  }

  /** File a literal of three bytes for a search in steps of two, in a table of three bytes: where it begins before the place that is looked at, whatever follows it. */
  addThree(literal: number, bytes: Uint8Array): void {
    this.add(literal, bytes, 0);
    this.#addWithAny(gramAt(bytes, 1, 2), 16, literal, bytes, 1);
  }

  /** File the word that begins at `at` of the literal, which may be its byte before the first. */
  #addWord(literal: number, bytes: Uint8Array, at: number): void {
    const first = Math.max(0, at);
    const known = Math.min(at + WORD_BYTES, bytes.length) - first;
    if (known < WORD_BYTES - 1) return;
    const gram = gramAt(bytes, first, known);
    if (known === WORD_BYTES) this.#addRow(gram, literal, bytes, at);
    else if (at < 0) this.#addWithAny(gram << 8, 0, literal, bytes, at);
    else this.#addWithAny(gram, 24, literal, bytes, at);
  }

  /** File a gram with each byte that may stand at `shift` of it. */
  #addWithAny(gram: number, shift: number, literal: number, bytes: Uint8Array, at: number): void {
    for (let octet = 0; octet < OCTETS; octet++) {
      if ((octet & CASE_BIT) !== 0) this.#addRow(gram | (octet << shift), literal, bytes, at);
    }
  }

  /** File the first bytes of literal number `literal`, up to four, where it begins at `place` of the buffer. */
  addAt(literal: number, bytes: Uint8Array, place: number): void {
    const width = Math.min(bytes.length, CHECK_BYTES);
    this.#addRow(placedGram(gramAt(bytes, 0, width), place, width), literal, bytes, 0);
  }

  #addRow(gram: number, literal: number, bytes: Uint8Array, at: number): void {
    const start = this.#gramRow(gram);
    if (gram === GRAM_CASE_BITS && !hasOtherBytesNear(bytes, at)) this.#hasZeroRuns = true;
    const length = Math.min(bytes.length, GRAM_BEFORE_MASK);
    const hasCheck = bytes.length >= CHECK_BYTES;
    // The end that is further away says most about the rest.
    const checkAt = at * 2 + this.#width >= bytes.length ? 0 : bytes.length - CHECK_BYTES;
    const row = this.#rows.push(
      literal,
      (at + GRAM_BEFORE_BIAS) | (length << GRAM_LENGTH_SHIFT) | (hasCheck ? GRAM_HAS_CHECK : 0),
      checkAt,
      hasCheck ? gramAt(bytes, checkAt, CHECK_BYTES) : 0,
      0,
    );
    const number = row / ROW_STRIDE + 1;
    const last = this.#grams.at(start + 2);
    if (last === 0) this.#grams.set(start + 1, number);
    else this.#rows.set(last * ROW_STRIDE - 1, number);
    this.#grams.set(start + 2, number);
  }

  /**
   * Write the table; its TABLE_WORDS go to `at`, which are all 0 where it is empty.
   *
   * @param isFiltered by the pairs that its grams begin with
   */
  build(search: SearchBuilder, at: number, isFiltered = this.#width === 2 || this.#width === 3): void {
    const grams = this.#grams.length / GRAM_STRIDE;
    if (grams === 0) return;
    const { words } = search;
    let bits = LEAST_BITMAP;
    while (bits < LARGEST_BITMAP && 2 ** bits < grams * BITS_PER_GRAM) bits++;
    let slotCount = 4;
    while (slotCount < grams * 2) slotCount *= 2;
    const bitmap = words.grow(2 ** (bits - 5));
    const slots = words.grow(slotCount * 2);
    const rows = this.#rows.view();
    let filled = words.grow((rows.length / ROW_STRIDE) * GRAM_LINK_STRIDE);
    const pairBit = isFiltered ? search.addPairTable(at) : 0;
    for (let row = 0; row < this.#grams.length; row += GRAM_STRIDE) {
      const gram = this.#grams.at(row);
      const hash = hashGram(gram);
      const word = bitmap + (hash >>> (32 - bits + WORD_BITS_LOG2));
      words.set(word, words.at(word) | filterMask(hash));
      let slot = slotOfGram(gram, slotCount - 1);
      while (words.at(slots + slot * 2 + 1) !== 0) slot = (slot + 1) & (slotCount - 1);
      words.set(slots + slot * 2, gram);
      words.set(slots + slot * 2 + 1, filled);
      for (let next = this.#grams.at(row + 1); next !== 0; next = rows[next * ROW_STRIDE - 1]!) {
        const first = (next - 1) * ROW_STRIDE;
        for (let i = 0; i < GRAM_LINK_STRIDE; i++) words.set(filled + i, rows[first + i]!);
        filled += GRAM_LINK_STRIDE;
      }
      const flags = filled - GRAM_LINK_STRIDE + 1;
      words.set(flags, words.at(flags) | GRAM_IS_LAST);
    }
    words.set(at + TableWord.SHIFT, 32 - bits + WORD_BITS_LOG2);
    words.set(at + TableWord.BITMAP, bitmap);
    words.set(at + TableWord.SLOTS, slots);
    words.set(at + TableWord.SLOT_MASK, slotCount - 1);
    words.set(at + TableWord.PAIR_BIT, pairBit);
    words.set(at + TableWord.HAS_ZERO_RUNS, this.#hasZeroRuns ? 1 : 0);
  }

  /** Where the words of a gram begin; a new one has no rows yet. */
  #gramRow(gram: number): number {
    const slot = this.#slotOf(gram);
    const known = this.#slots[slot]!;
    if (known > 0) return (known - 1) * GRAM_STRIDE;
    const row = this.#grams.push(gram, 0, 0);
    const count = this.#grams.length / GRAM_STRIDE;
    this.#slots[slot] = count;
    if (count * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let i = 0; i < count; i++) this.#slots[this.#slotOf(this.#grams.at(i * GRAM_STRIDE))] = i + 1;
    }
    return row;
  }

  #slotOf(gram: number): number {
    const mask = this.#slots.length - 1;
    let slot = slotOfGram(gram, mask);
    for (let known = this.#slots[slot]!; known > 0; known = this.#slots[slot]!) {
      if (this.#grams.at((known - 1) * GRAM_STRIDE) === gram) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

/** Whether a byte of the literal other than zero stands in the word before the one at `at` or in the one behind it. */
function hasOtherBytesNear(bytes: Uint8Array, at: number): boolean {
  for (let i = Math.max(0, at - WORD_BYTES); i < Math.min(bytes.length, at + 2 * WORD_BYTES); i++) {
    if ((bytes[i]! | CASE_BIT) !== CASE_BIT) return true;
  }
  return false;
}

export function gramAt(bytes: Uint8Array, position: number, width: number): number {
  let gram = 0;
  for (let i = 0; i < width; i++) gram |= bytes[position + i]! << (8 * i);
  return gram | (GRAM_CASE_BITS & gramMask(width));
}
