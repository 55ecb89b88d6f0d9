/**
 * The inner loops of the search for literals: where in a text a gram may be in a table. Loops of their own, since nothing is called in
 * them: what V8 has to check of the tables it checks once and not at every word.
 */
import { GRAM_CASE_BITS, mayHold } from "../../signature/gram-table.js";
import { TableWord } from "../../signature/search-words.js";

const TWO_BYTES = 0xffff;
const THREE_BYTES = 0xff_ffff;
const PAIRS = 65_536;

/**
 * Which two bytes the grams of some tables begin with, by these bytes as a number, each with its case bit set. Tables of short literals
 * hold few grams, but a text has to be looked at in every second place for them: to look up two bytes as they stand costs a third of a
 * hash, a bitmap and their bounds. All tables share one array, each with a bit of it: sharing it with another costs a few more looks,
 * never a find. Memory: 64 KiB.
 */
export function pairFilter(words: Int32Array, tables: Int32Array): Uint8Array {
  const pairs = new Uint8Array(PAIRS);
  for (const table of tables) {
    const slots = words[table + TableWord.SLOTS]!;
    const end = slots + (words[table + TableWord.SLOT_MASK]! + 1) * 2;
    for (let slot = slots; slot < end; slot += 2) {
      if (words[slot + 1] !== 0) pairs[words[slot]! & TWO_BYTES]! |= words[table + TableWord.PAIR_BIT]!;
    }
  }
  return pairs;
}

/**
 * The next place in steps of four, from `at` to `last`, of which the gram may be in the table; behind `last` where there is none.
 *
 * @param bitmap where the bitmap of the table begins in the words
 */
export function nextWide(
  view: DataView,
  words: Int32Array,
  bitmap: number,
  shift: number,
  at: number,
  last: number,
): number {
  let next = at;
  for (; next <= last - 4; next = (next + 8) | 0) {
    if (mayHold(words, bitmap, shift, view.getInt32(next, true) | GRAM_CASE_BITS)) return next;
    const second = (next + 4) | 0;
    if (mayHold(words, bitmap, shift, view.getInt32(second, true) | GRAM_CASE_BITS)) return second;
  }
  if (next > last || mayHold(words, bitmap, shift, view.getInt32(next, true) | GRAM_CASE_BITS)) return next;
  return (next + 4) | 0;
}

/** The same where the upper half of a word may be one of three as well. */
export function nextWideOrHalf(
  view: DataView,
  words: Int32Array,
  bitmap: number,
  shift: number,
  halfA: number,
  halfB: number,
  halfC: number,
  at: number,
  last: number,
): number {
  let next = at;
  for (; next <= last - 4; next = (next + 8) | 0) {
    const gram = view.getInt32(next, true) | GRAM_CASE_BITS;
    if (mayHold(words, bitmap, shift, gram)) return next;
    const half = gram >>> 16;
    if (half === halfA || half === halfB || half === halfC) return next;
    const place = (next + 4) | 0;
    const second = view.getInt32(place, true) | GRAM_CASE_BITS;
    if (mayHold(words, bitmap, shift, second)) return place;
    const halfOfSecond = second >>> 16;
    if (halfOfSecond === halfA || halfOfSecond === halfB || halfOfSecond === halfC) return place;
  }
  if (next > last) return next;
  const gram = view.getInt32(next, true) | GRAM_CASE_BITS;
  if (mayHold(words, bitmap, shift, gram)) return next;
  const half = gram >>> 16;
  return half === halfA || half === halfB || half === halfC ? next : (next + 4) | 0;
}

/** The next place in steps of four, from `at` on, of which not both the word before it and the one behind are zeros (or spaces) within the text. */
export function behindZeros(view: DataView, from: number, at: number, end: number): number {
  let next = at;
  while (
    next - 4 >= from &&
    next + 8 <= end &&
    (view.getInt32(next - 4, true) | GRAM_CASE_BITS) === GRAM_CASE_BITS &&
    (view.getInt32(next, true) | GRAM_CASE_BITS) === GRAM_CASE_BITS &&
    (view.getInt32(next + 4, true) | GRAM_CASE_BITS) === GRAM_CASE_BITS
  )
    next += 4;
  return next;
}

/**
 * The same for a table of longer grams and one of shorter, which stand at every second place. What begins with the two bytes of a shorter
 * one is asked for in its table's bitmap before the loop is left: most do so by chance.
 */
export function nextOfBoth(
  view: DataView,
  words: Int32Array,
  bitmap: number,
  shift: number,
  pairs: Uint8Array,
  pairBit: number,
  narrowBitmap: number,
  narrowShift: number,
  at: number,
  last: number,
): number {
  let next = at;
  for (; next <= last; next = (next + 4) | 0) {
    const gram = view.getInt32(next, true) | GRAM_CASE_BITS;
    if (mayHold(words, bitmap, shift, gram)) break;
    if ((pairs[gram & TWO_BYTES]! & pairBit) !== 0) {
      if (mayHold(words, narrowBitmap, narrowShift, gram & THREE_BYTES)) break;
    }
    if ((pairs[gram >>> 16]! & pairBit) !== 0) {
      const second = (view.getInt32(next + 2, true) | GRAM_CASE_BITS) & THREE_BYTES;
      if (mayHold(words, narrowBitmap, narrowShift, second)) break;
    }
  }
  return next;
}

/** The same for a table of shorter grams alone, in steps of two. */
export function nextNarrow(
  view: DataView,
  words: Int32Array,
  bitmap: number,
  shift: number,
  pairs: Uint8Array,
  pairBit: number,
  at: number,
  last: number,
): number {
  let next = at;
  for (; next <= last; next = (next + 2) | 0) {
    const gram = (view.getInt32(next, true) | GRAM_CASE_BITS) & THREE_BYTES;
    if ((pairs[gram & TWO_BYTES]! & pairBit) === 0) continue;
    if (mayHold(words, bitmap, shift, gram)) break;
  }
  return next;
}

/** The same for a table of two bytes alone, which stand at every place. */
export function nextPair(
  view: DataView,
  words: Int32Array,
  bitmap: number,
  shift: number,
  pairs: Uint8Array,
  pairBit: number,
  at: number,
  last: number,
): number {
  let next = at;
  for (; next <= last; next = (next + 1) | 0) {
    const pair = (view.getUint16(next, true) | GRAM_CASE_BITS) & TWO_BYTES;
    if ((pairs[pair]! & pairBit) === 0) continue;
    if (mayHold(words, bitmap, shift, pair)) break;
  }
  return next;
}
