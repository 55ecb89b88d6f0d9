/** RFC 4648 decoding as Suricata's default mode does it: up to the first octet that is no base64, blanks passed over. */

const VALUES: Int8Array = Int8Array.from({ length: 256 }, (_, byte) =>
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(String.fromCharCode(byte)),
);

/** Decode into `out`, at most as much as it holds; returns how many bytes that were. */
export function decodeBase64(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  let size = 0;
  let bits = 0;
  let bitCount = 0;
  for (let i = 0; i < length && size < out.length; i++) {
    const byte = bytes[offset + i]!;
    if (byte === 0x20 || byte === 0x0d || byte === 0x0a || byte === 0x09) continue;
    const value = VALUES[byte]!;
    if (value < 0) break;
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      out[size++] = (bits >>> bitCount) & 0xff;
    }
  }
  return size;
}
