/**
 * Owns the classes of octets that HTTP/1 parsing asks for and comparisons that ignore case, as libhtp (Suricata's
 * HTTP library) makes them: ASCII only, the C locale.
 *
 * Patterns are given in lower case. The `…WithoutNul` forms skip NUL octets of the haystack, because browsers do
 * and servers use that to hide `Content-Enc\0oding`.
 */

import { lowerCase } from "../octets.js";

export const NUL = 0x00;
export const HT = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SLASH = 0x2f;
export const PERCENT = 0x25;

/** SP, HT, LF, VT, FF, CR. */
export function isSpace(octet: number): boolean {
  return octet === SP || (octet >= HT && octet <= CR);
}

/** SP, HT. */
export function isLinearSpace(octet: number): boolean {
  return octet === SP || octet === HT;
}

/** What makes a line the continuation of the one before. */
export function isFolding(octet: number): boolean {
  return octet === SP || octet === HT || octet === NUL;
}

/** 1 for the octets of a token (RFC 2616 2.2). */
const TOKEN = makeTokenTable();

function makeTokenTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (let octet = 33; octet < 127; octet++) table[octet] = 1;
  for (const separator of '()<>@,;:\\"/[]?={}') table[separator.charCodeAt(0)] = 0;
  return table;
}

export function isToken(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (TOKEN[bytes[i]!] === 0) return false;
  }
  return true;
}

/** Whether `bytes[start, end)` is `pattern`. */
export function equalsIgnoringCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
): boolean {
  if (end - start !== pattern.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    if (lowerCase(bytes[start + i]!) !== pattern[i]) return false;
  }
  return true;
}

/** Whether `bytes[start, end)` begins with `pattern`. */
export function startsWithIgnoringCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
): boolean {
  return end - start >= pattern.length && equalsIgnoringCase(bytes, start, start + pattern.length, pattern);
}

/** Whether `bytes[start, end)` is `pattern` when its NUL octets are left out. */
export function equalsWithoutNul(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
): boolean {
  let matched = 0;
  for (let i = start; i < end; i++) {
    const octet = bytes[i]!;
    if (octet === NUL) continue;
    if (matched === pattern.length || lowerCase(octet) !== pattern[matched]) return false;
    matched++;
  }
  return matched === pattern.length;
}

/** Index of the first `pattern` in `bytes[start, end)`, or −1. */
export function indexIgnoringCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
): number {
  const last = end - pattern.length;
  for (let i = start; i <= last; i++) {
    if (equalsIgnoringCase(bytes, i, i + pattern.length, pattern)) return i;
  }
  return -1;
}

/** Whether `bytes[start, end)` holds `pattern` when its NUL octets are left out. */
export function containsWithoutNul(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
): boolean {
  for (let i = start; i < end; i++) {
    if (bytes[i] === NUL) continue;
    let matched = 0;
    for (let j = i; j < end && matched < pattern.length; j++) {
      const octet = bytes[j]!;
      if (octet === NUL) continue;
      if (lowerCase(octet) !== pattern[matched]) break;
      matched++;
    }
    if (matched === pattern.length) return true;
  }
  return false;
}

/** Whether one of the comma-separated texts in `bytes[start, end)` is `pattern`, spaces around it ignored. */
export function hasListItem(bytes: Uint8Array, start: number, end: number, pattern: Uint8Array): boolean {
  let item = start;
  for (let at = start; at <= end; at++) {
    if (at < end && bytes[at] !== 0x2c) continue;
    let itemEnd = at;
    while (item < itemEnd && isSpace(bytes[item]!)) item++;
    while (itemEnd > item && isSpace(bytes[itemEnd - 1]!)) itemEnd--;
    if (equalsIgnoringCase(bytes, item, itemEnd, pattern)) return true;
    item = at + 1;
  }
  return false;
}

/** Index of `pattern`, case and all, in `bytes[start, end)`, or −1. */
export function indexOfOctets(bytes: Uint8Array, start: number, end: number, pattern: Uint8Array): number {
  const last = end - pattern.length;
  const first = pattern[0];
  for (let i = start; i <= last; i++) {
    if (bytes[i] !== first) continue;
    let matched = 1;
    while (matched < pattern.length && bytes[i + matched] === pattern[matched]) matched++;
    if (matched === pattern.length) return i;
  }
  return -1;
}
