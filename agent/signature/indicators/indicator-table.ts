/**
 * Millions of values as a sorted table of 64-bit hashes, each with the place it was read at.
 *
 * Memory: 12 bytes a value, 1 to 2 for the index and 2 to 4 for the filter: 2 million values take 30 MB. Most values that are asked
 * for are not listed, which the filter says of 15 in 16 with one look at the memory. For the others a look-up goes to the few
 * values whose hashes begin with the same bits, and compares 64. The values themselves are not kept: one that is not listed is taken for one that is
 * with a probability of count / 2⁶⁴ a look-up (1.1·10⁻¹³ for 2 million values), which is negligible beside what lists get wrong.
 */
import { type FlatLayout, int32, record, uint32Array } from "../../base/flat-layout.js";

export interface IndicatorTable {
  readonly count: number;
  /**
   * ROW_WORDS a value: both halves of its hash, rising, and where it stands (its line, counted through all lists; rising among
   * equal hashes). Beside each other, so that a value that is listed costs one look at the memory and not three.
   */
  readonly rows: Uint32Array;
  /** First value whose hash begins with these bits, for each beginning, and the count at the end. */
  readonly index: Uint32Array;
  /** By how many bits a hash is shifted to find its beginning. */
  readonly indexShift: number;
  /** A bit for each value, numbered by the upper bits of `low`, among 16 times as many or more. */
  readonly filter: Uint32Array;
  /** By how many bits `low` is shifted to find its bit. */
  readonly filterShift: number;
}

export const INDICATOR_TABLE: FlatLayout<IndicatorTable> = record({
  count: int32,
  rows: uint32Array,
  index: uint32Array,
  indexShift: int32,
  filter: uint32Array,
  filterShift: int32,
});

const ROW_WORDS = 3;
const VALUES_PER_BEGINNING = 4;
const FILTER_BITS_PER_VALUE = 16;
const DIGIT_BITS = 11;

/** Collects values in the order of their places. */
export class IndicatorTableBuilder {
  count = 0;
  #high: Uint32Array = new Uint32Array(1024);
  #low: Uint32Array = new Uint32Array(1024);
  #places: Uint32Array = new Uint32Array(1024);

  add(high: number, low: number, place: number): void {
    if (this.count === this.#high.length) this.#grow();
    this.#high[this.count] = high;
    this.#low[this.count] = low;
    this.#places[this.count++] = place;
  }

  /**
   * @param isRepeated whether a value at the second place is the same as one at the first and tells nothing new
   */
  build(isRepeated: (first: number, second: number) => boolean): IndicatorTable {
    this.#sort();
    const [high, low, places] = [this.#high, this.#low, this.#places];
    let count = 0;
    for (let i = 0; i < this.count; i++) {
      const isEqual = count > 0 && high[i] === high[count - 1] && low[i] === low[count - 1];
      if (isEqual && isRepeated(places[count - 1]!, places[i]!)) continue;
      high[count] = high[i]!;
      low[count] = low[i]!;
      places[count++] = places[i]!;
    }
    const rows = new Uint32Array(count * ROW_WORDS);
    for (let i = 0; i < count; i++) {
      rows[i * ROW_WORDS] = high[i]!;
      rows[i * ROW_WORDS + 1] = low[i]!;
      rows[i * ROW_WORDS + 2] = places[i]!;
    }
    const tables = { ...buildIndex(high.subarray(0, count)), ...buildFilter(low.subarray(0, count)) };
    return { count, rows, ...tables };
  }

  #grow(): void {
    const larger = (array: Uint32Array): Uint32Array => {
      const copy = new Uint32Array(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.#high = larger(this.#high);
    this.#low = larger(this.#low);
    this.#places = larger(this.#places);
  }

  /** Radix sort from the last digit to the first: linear whatever the values are, and equal hashes stay in their order. */
  #sort(): void {
    const scratch = () => new Uint32Array(this.count);
    let from: Columns = [this.#high, this.#low, this.#places];
    let to: Columns = [scratch(), scratch(), scratch()];
    for (const key of [1, 0] as const) {
      for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
        sortByDigit(from, to, key, shift, this.count);
        [from, to] = [to, from];
      }
    }
    [this.#high, this.#low, this.#places] = from;
  }
}

type Columns = readonly [high: Uint32Array, low: Uint32Array, places: Uint32Array];

function sortByDigit(from: Columns, to: Columns, key: 0 | 1, shift: number, count: number): void {
  const keys = from[key];
  const mask = (1 << DIGIT_BITS) - 1;
  const starts = new Uint32Array(mask + 2);
  for (let i = 0; i < count; i++) starts[((keys[i]! >>> shift) & mask) + 1]!++;
  for (let digit = 0; digit <= mask; digit++) starts[digit + 1]! += starts[digit]!;
  for (let i = 0; i < count; i++) {
    const place = starts[(keys[i]! >>> shift) & mask]!++;
    to[0][place] = from[0][i]!;
    to[1][place] = from[1][i]!;
    to[2][place] = from[2][i]!;
  }
}

function buildIndex(high: Uint32Array): Pick<IndicatorTable, "index" | "indexShift"> {
  let bits = 1;
  while (2 ** bits * VALUES_PER_BEGINNING < high.length && bits < 24) bits++;
  const indexShift = 32 - bits;
  const index = new Uint32Array(2 ** bits + 1);
  for (let i = 0; i < high.length; i++) index[(high[i]! >>> indexShift) + 1]!++;
  for (let i = 1; i < index.length; i++) index[i]! += index[i - 1]!;
  return { index, indexShift };
}

function buildFilter(low: Uint32Array): Pick<IndicatorTable, "filter" | "filterShift"> {
  let bits = 5;
  while (2 ** bits < low.length * FILTER_BITS_PER_VALUE && bits < 31) bits++;
  const filterShift = 32 - bits;
  const filter = new Uint32Array(2 ** (bits - 5));
  for (let i = 0; i < low.length; i++) {
    const bit = low[i]! >>> filterShift;
    filter[bit >>> 5]! |= 1 << (bit & 31);
  }
  return { filter, filterShift };
}

/** Number of the first value with this hash, or −1. Others with it follow. */
export function findIndicator(table: IndicatorTable, high: number, low: number): number {
  const bit = low >>> table.filterShift;
  if ((table.filter[bit >>> 5]! & (1 << (bit & 31))) === 0) return -1;
  const { index, rows } = table;
  const beginning = high >>> table.indexShift;
  const end = index[beginning + 1]! * ROW_WORDS;
  for (let row = index[beginning]! * ROW_WORDS; row < end; row += ROW_WORDS) {
    if (rows[row] === high && rows[row + 1] === low) return row / ROW_WORDS;
    if (rows[row]! > high) return -1;
  }
  return -1;
}

/** Where a value stands. */
export function placeOf({ rows }: IndicatorTable, value: number): number {
  return rows[value * ROW_WORDS + 2]!;
}

/** Whether value `value` + 1 has the same hash: another list has it, too. */
export function isNextEqual({ count, rows }: IndicatorTable, value: number): boolean {
  const row = value * ROW_WORDS;
  return (
    value + 1 < count && rows[row] === rows[row + ROW_WORDS] && rows[row + 1] === rows[row + ROW_WORDS + 1]
  );
}
