/** CRC-32 of IEEE 802.3 (reflected, polynomial 0x04c11db7), as Suricata abbreviates file handles with it. */

const TABLE = new Uint32Array(256).map((_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The checksum of `bytes[start, end)` as an unsigned number. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0xffffffff;
  for (let i = start; i < end; i++) value = TABLE[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
