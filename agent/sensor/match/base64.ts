/**
 * Owns what `base64_decode` makes of bytes, as Suricata's default mode does: block by block, up to the first octet that is no base64.
 * `=` is a zero that takes a byte off its block, and more blocks may follow.
 */

const VALUES: Int8Array = Int8Array.from({ length: 256 }, (_, byte) =>
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(String.fromCharCode(byte)),
);
const PADDING = 0x3d;
const BLOCK = 4;

/** Decode into `out`, at most as much as it holds; returns how many bytes that were. */
export function decodeBase64(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  let size = 0;
  let bits = 0;
  let count = 0;
  let paddingCount = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    const value = VALUES[byte]!;
    if (value < 0) {
      // A single digit becomes a byte there, and at the end of the buffer none.
      if (byte !== PADDING) return writeRest(out, size, bits, count, 1);
      paddingCount++;
    }
    bits = (bits << 6) | Math.max(0, value);
    if (++count < BLOCK) continue;
    const taken = Math.max(0, BLOCK - 1 - paddingCount);
    if (size + taken > out.length) return size;
    size = writeBlock(out, size, bits, taken);
    bits = 0;
    count = 0;
    paddingCount = 0;
  }
  return writeRest(out, size, bits, count, 0);
}

function writeRest(out: Uint8Array, size: number, bits: number, count: number, least: number): number {
  const byteCount = count === 0 ? 0 : Math.max(least, count - 1);
  if (size + byteCount > out.length) return size;
  return writeBlock(out, size, bits << (6 * (BLOCK - count)), byteCount);
}

function writeBlock(out: Uint8Array, at: number, bits: number, byteCount: number): number {
  for (let i = 0; i < byteCount; i++) out[at + i] = (bits >>> (16 - 8 * i)) & 0xff;
  return at + byteCount;
}
