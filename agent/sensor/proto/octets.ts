/** Classes of octets (ASCII only) and searching them. Numbers are read with wire/big-endian.ts. */

export function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** 0–15, or −1. */
export function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Lower case of every octet, for loops over many. */
export const LOWER_CASE: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => lowerCase(octet));

export function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

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

/** From here on a view of what is to be copied, which is garbage, costs less than a step for each octet. */
const MANY_OCTETS = 48;

/** Copy `source[start, end)` to `target` at `at`, where there is room for it. */
export function copyOctets(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  if (end - start >= MANY_OCTETS) target.set(source.subarray(start, end), at);
  else for (let i = start; i < end; i++) target[at++] = source[i]!;
}

/** The octets of an ASCII text: for tables made at construction. */
export function asciiOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
