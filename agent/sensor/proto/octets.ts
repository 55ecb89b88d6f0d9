/** Searching octets. Numbers are read with wire/big-endian.ts. */

/** Index of the first `octet` in `bytes[from, end)`, or −1. */
export function indexOfOctet(bytes: Uint8Array, octet: number, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (bytes[i] === octet) return i;
  }
  return -1;
}

/** Whether `bytes[at, end)` begins with the octets of `prefix`. */
export function hasPrefix(bytes: Uint8Array, at: number, end: number, prefix: Uint8Array): boolean {
  if (end - at < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[at + i] !== prefix[i]) return false;
  }
  return true;
}

/** The octets of an ASCII text: for tables made at construction. */
export function asciiOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
