/**
 * Owns one canonical Huffman code of DEFLATE (RFC 1951 3.2.2): built from code lengths, read bit by bit or, for
 * codes of nine bits or fewer, by one look into a table. Of short bodies building the tables is most of the work.
 *
 * What is over-subscribed or incomplete is refused exactly where zlib refuses it. Building costs the table and the
 * number of symbols, whatever the lengths are.
 */

const MAX_BITS = 15;
const MAX_TABLE_BITS = 9;
const MAX_SYMBOLS = 288;

/** `find` needs more bits than there are. */
export const MORE_BITS = -1;
/** The bits are no code. */
const NO_CODE = -2;

/** Parts of what `find` finds. */
export const SYMBOL_SHIFT = 4;
export const LENGTH_MASK = 0xf;

/** The bits of each number of MAX_TABLE_BITS in the other order. */
const REVERSED = Uint16Array.from({ length: 1 << MAX_TABLE_BITS }, (_, code) => reverse(code));

export class HuffmanCode {
  /** No symbol has a code. */
  isEmpty = true;
  readonly #count = new Uint16Array(MAX_BITS + 1);
  readonly #symbols = new Uint16Array(MAX_SYMBOLS);
  /** What `find` finds by the next bits; 0 if the code is longer or there is none. */
  readonly #table: Uint16Array;
  readonly #tableBits: number;
  readonly #offsets = new Uint16Array(MAX_BITS + 2);
  readonly #next = new Uint16Array(MAX_BITS + 2);
  /** Bits of the longest code. */
  #longest = 1;

  /** @param tableBits codes of up to as many bits are found by one look */
  constructor(tableBits = MAX_TABLE_BITS) {
    this.#tableBits = tableBits;
    this.#table = new Uint16Array(1 << tableBits);
  }

  /**
   * Build the code of `lengths[from, from + symbols)`. False if it is over-subscribed, or incomplete otherwise than
   * by a single one-bit code where `allowsSingle`. A code without symbols can be built: no bits are a code.
   */
  build(lengths: Uint8Array, from: number, symbols: number, allowsSingle: boolean): boolean {
    const count = this.#count;
    count.fill(0);
    for (let i = 0; i < symbols; i++) count[lengths[from + i]!]!++;
    count[0] = 0;
    this.#table.fill(0);
    let left = 1;
    let longest = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      left = left * 2 - count[length]!;
      if (left < 0) return false;
      if (count[length]! > 0) longest = length;
    }
    this.#longest = Math.max(longest, 1);
    this.isEmpty = longest === 0;
    if (this.isEmpty) return true;
    if (left > 0 && (!allowsSingle || longest !== 1)) return false;
    this.#fill(lengths, from, symbols);
    return true;
  }

  /** Make every bit the code of symbol 0. */
  buildZeroes(): void {
    this.#table.fill(1);
  }

  /**
   * The symbol whose code begins with the lowest bit of `hold`, which has `available` bits, shifted by SYMBOL_SHIFT, and how many bits
   * the code has; MORE_BITS or another negative number where there is none.
   */
  find(hold: number, available: number): number {
    const table = this.#table;
    const entry = table[hold & (table.length - 1)]!;
    if (entry === 0) return this.#findLong(hold, available);
    return (entry & LENGTH_MASK) <= available ? entry : MORE_BITS;
  }

  #fill(lengths: Uint8Array, from: number, symbols: number): void {
    const offsets = this.#offsets;
    const next = this.#next;
    const table = this.#table;
    const tableBits = this.#tableBits;
    let code = 0;
    offsets[1] = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      next[length] = code;
      offsets[length + 1] = offsets[length]! + this.#count[length]!;
      code = (code + this.#count[length]!) << 1;
    }
    for (let symbol = 0; symbol < symbols; symbol++) {
      const length = lengths[from + symbol]!;
      if (length === 0) continue;
      this.#symbols[offsets[length]!++] = symbol;
      const own = next[length]!++;
      if (length > tableBits) continue;
      const entry = (symbol << SYMBOL_SHIFT) | length;
      const first = REVERSED[own]! >> (MAX_TABLE_BITS - length);
      for (let i = first; i < table.length; i += 1 << length) table[i] = entry;
    }
  }

  #findLong(hold: number, available: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= this.#longest; length++) {
      if (length > available) return MORE_BITS;
      code |= hold & 1;
      hold >>>= 1;
      const count = this.#count[length]!;
      if (code - count < first) {
        return (this.#symbols[index + (code - first)]! << SYMBOL_SHIFT) | length;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return NO_CODE;
  }
}

function reverse(code: number): number {
  let reversed = 0;
  for (let i = 0; i < MAX_TABLE_BITS; i++) {
    reversed = (reversed << 1) | (code & 1);
    code >>= 1;
  }
  return reversed;
}
