/** Owns the checksums of gzip (RFC 1952) and zlib (RFC 1950). */

/** What each octet does to the sum, and what it does with one, two and three octets of zero behind it. */
const CRC_TABLES = makeCrcTables();

function makeCrcTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[i] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** RFC 1952 8, four octets at a step. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  const tables = CRC_TABLES;
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[768 + (crc & 0xff)]! ^
      tables[512 + ((crc >>> 8) & 0xff)]! ^
      tables[256 + ((crc >>> 16) & 0xff)]! ^
      tables[crc >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

const ADLER_MODULUS = 65521;
/** As many octets can be added before the sums are too large for 31 bits. */
const ADLER_OCTETS = 3800;

/** RFC 1950 8.2. */
export function adler32(bytes: Uint8Array, start: number, end: number): number {
  let low = 1;
  let high = 0;
  for (let at = start; at < end; ) {
    const stop = Math.min(end, at + ADLER_OCTETS);
    for (; at < stop; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
