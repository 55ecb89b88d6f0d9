/** Hexadecimal text as bytes, into a buffer of the caller. */

const LOWER = new Uint8Array(16);
const UPPER = new Uint8Array(16);
for (let i = 0; i < 16; i++) {
  LOWER[i] = i < 10 ? 0x30 + i : 0x61 + i - 10;
  UPPER[i] = i < 10 ? 0x30 + i : 0x41 + i - 10;
}

const COLON = 0x3a;

/** Write `length` bytes as lower-case hex; returns the end offset in `out` (2 bytes of text per byte). */
export function writeHex(
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  at: number,
): number {
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    out[at++] = LOWER[byte >>> 4]!;
    out[at++] = LOWER[byte & 15]!;
  }
  return at;
}

/** Write a 16-bit number as four lower-case hex digits; returns the end offset. */
export function writeHexUint16(value: number, out: Uint8Array, at: number): number {
  out[at] = LOWER[(value >>> 12) & 15]!;
  out[at + 1] = LOWER[(value >>> 8) & 15]!;
  out[at + 2] = LOWER[(value >>> 4) & 15]!;
  out[at + 3] = LOWER[value & 15]!;
  return at + 4;
}

/** Write bytes as hex with colons between them (`01:AB:…`); returns the end offset (3 × length − 1 bytes of text). */
export function writeColonHex(
  bytes: Uint8Array,
  offset: number,
  length: number,
  isUpperCase: boolean,
  out: Uint8Array,
  at: number,
): number {
  const digits = isUpperCase ? UPPER : LOWER;
  for (let i = 0; i < length; i++) {
    if (i > 0) out[at++] = COLON;
    const byte = bytes[offset + i]!;
    out[at++] = digits[byte >>> 4]!;
    out[at++] = digits[byte & 15]!;
  }
  return at;
}
