/**
 * Owns one canonical Huffman code of DEFLATE (RFC 1951 3.2.2): built from code lengths, read bit by bit or, for
 * codes of up to ten bits, by one look into a table.
 *
 * What is over-subscribed or incomplete is refused exactly where zlib refuses it. Building costs the table and the
 * number of symbols, whatever the lengths are.
 */

const MAX_BITS = 15;
const TABLE_BITS = 10;
const TABLE_SIZE = 1 << TABLE_BITS;
const MAX_SYMBOLS = 288;

/** `decode` needs more bits than there are. */
export const MORE_BITS = -1;
/** The bits are no code. */
const NO_CODE = -2;

export class HuffmanCode {
  /** Bits of the code that `decode` read last. */
  bits = 0;
  /** No symbol has a code. */
  isEmpty = true;
  readonly #count = new Uint16Array(MAX_BITS + 1);
  readonly #symbols = new Uint16Array(MAX_SYMBOLS);
  /** Symbol << 4 | bits by the next ten bits; 0 if the code is longer or there is none. */
  readonly #table = new Uint16Array(TABLE_SIZE);
  readonly #offsets = new Uint16Array(MAX_BITS + 2);
  readonly #next = new Uint16Array(MAX_BITS + 2);
  /** Bits of the longest code. */
  #longest = 1;

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

  /** The symbol whose code begins with the lowest bit of `hold`, which has `available` bits. Sets `bits`. */
  decode(hold: number, available: number): number {
    const entry = this.#table[hold & (TABLE_SIZE - 1)]!;
    if (entry !== 0) {
      this.bits = entry & 0xf;
      return this.bits <= available ? entry >> 4 : MORE_BITS;
    }
    return this.#decodeLong(hold, available);
  }

  #fill(lengths: Uint8Array, from: number, symbols: number): void {
    const offsets = this.#offsets;
    const next = this.#next;
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
      if (length > TABLE_BITS) continue;
      const entry = (symbol << 4) | length;
      for (let i = reverse(own, length); i < TABLE_SIZE; i += 1 << length) this.#table[i] = entry;
    }
  }

  #decodeLong(hold: number, available: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= this.#longest; length++) {
      if (length > available) return MORE_BITS;
      code |= hold & 1;
      hold >>>= 1;
      const count = this.#count[length]!;
      if (code - count < first) {
        this.bits = length;
        return this.#symbols[index + (code - first)]!;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return NO_CODE;
  }
}

function reverse(code: number, bits: number): number {
  let reversed = 0;
  for (let i = 0; i < bits; i++) {
    reversed = (reversed << 1) | (code & 1);
    code >>= 1;
  }
  return reversed;
}
