/**
 * Owns the Huffman code of HPACK (RFC 7541, appendix B). The code is canonical: codes of one length follow each other in the
 * order of their symbols, so the lengths say all.
 *
 * Bound: at most 8/5 octets of output for one of input; 2 KiB of tables for all flows.
 */

/** Length of the code of each octet, and of the end of text. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const MIN_LENGTH = 5;
const MAX_LENGTH = 30;
const END_OF_TEXT = 256;

/** Symbols in the order of their codes; for each length its first code and where its symbols begin. */
const SYMBOLS = new Uint16Array(LENGTHS.length);
const FIRST_CODE = new Int32Array(MAX_LENGTH + 2);
const FIRST_SYMBOL = new Int32Array(MAX_LENGTH + 2);
fillTables();

function fillTables(): void {
  let code = 0;
  let count = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    code *= 2;
    FIRST_CODE[length] = code;
    FIRST_SYMBOL[length] = count;
    for (let symbol = 0; symbol < LENGTHS.length; symbol++) {
      if (LENGTHS[symbol] !== length) continue;
      SYMBOLS[count++] = symbol;
      code++;
    }
  }
  FIRST_SYMBOL[MAX_LENGTH + 1] = count;
}

/**
 * Decode `bytes[start, end)` to `out` from `at` on, not beyond `limit`.
 *
 * @returns where the text ends in `out`; −1 where it is no such text or does not fit
 */
export function decodeHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  limit: number,
): number {
  let code = 0;
  let length = 0;
  let to = at;
  for (let i = start; i < end; i++) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((bytes[i]! >> bit) & 1);
      length++;
      if (length < MIN_LENGTH) continue;
      const index = code - FIRST_CODE[length]!;
      if (index >= FIRST_SYMBOL[length + 1]! - FIRST_SYMBOL[length]!) {
        if (length === MAX_LENGTH) return -1;
        continue;
      }
      const symbol = SYMBOLS[FIRST_SYMBOL[length]! + index]!;
      if (symbol === END_OF_TEXT || to === limit) return -1;
      out[to++] = symbol;
      code = 0;
      length = 0;
    }
  }
  // What is left is padding: fewer than eight bits, all set.
  return length < 8 && code === (1 << length) - 1 ? to : -1;
}
