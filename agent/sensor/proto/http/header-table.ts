/**
 * Owns the headers of one message as libhtp keeps them: in the order of first appearance, each name once with the
 * spelling of its first appearance, the values of repeated ones joined by ", " (a repeated Content-Length keeps
 * its first value). Names are compared ignoring ASCII case.
 *
 * Bounds: 1,025 names, 64 repetitions beyond the second of any name; further lines are left out. Texts are
 * slices of the message where possible, otherwise of the scratch. Joining is linear in the size of the headers.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { asciiOctets, lowerCase } from "../octets.js";
import type { ByteScratch } from "./byte-scratch.js";
import { equalsIgnoringCase, equalsWithoutNul, NUL } from "./octet-class.js";

/** Headers that parsing or a sticky buffer asks for by name. */
export const Header = {
  OTHER: 0,
  HOST: 1,
  USER_AGENT: 2,
  REFERER: 3,
  COOKIE: 4,
  SET_COOKIE: 5,
  ACCEPT: 6,
  ACCEPT_ENCODING: 7,
  ACCEPT_LANGUAGE: 8,
  CONNECTION: 9,
  CONTENT_TYPE: 10,
  CONTENT_LENGTH: 11,
  TRANSFER_ENCODING: 12,
  CONTENT_ENCODING: 13,
  CONTENT_DISPOSITION: 14,
  CONTENT_RANGE: 15,
  SERVER: 16,
  LOCATION: 17,
  AUTHORIZATION: 18,
  EXPECT: 19,
  FORWARDED_FOR: 20,
  UPGRADE: 21,
} as const;
export type HeaderId = (typeof Header)[keyof typeof Header];

const NAMES: readonly Uint8Array[] = [
  "",
  "host",
  "user-agent",
  "referer",
  "cookie",
  "set-cookie",
  "accept",
  "accept-encoding",
  "accept-language",
  "connection",
  "content-type",
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "content-disposition",
  "content-range",
  "server",
  "location",
  "authorization",
  "expect",
  "x-forwarded-for",
  "upgrade",
].map(asciiOctets);

const MAX_HEADERS = 1025;
const MAX_REPETITIONS = 64;
/** Lines that can be kept: every name once and again, and the repetitions. */
const MAX_LINES = 2 * MAX_HEADERS + MAX_REPETITIONS;
const BUCKETS = 4096;

/** What became of a line given to the table. */
export const Added = { NEW: 0, REPEATED: 1, DIFFERENT_LENGTH: 2, DROPPED: 3, TOO_MANY: 4 } as const;
export type AddedCode = (typeof Added)[keyof typeof Added];

export class HeaderTable {
  count = 0;
  readonly nameBytes: Uint8Array[] = new Array<Uint8Array>(MAX_HEADERS).fill(NO_BYTES);
  readonly nameStart = new Int32Array(MAX_HEADERS);
  readonly nameEnd = new Int32Array(MAX_HEADERS);
  /** Valid after `seal`. */
  readonly valueBytes: Uint8Array[] = new Array<Uint8Array>(MAX_HEADERS).fill(NO_BYTES);
  readonly valueStart = new Int32Array(MAX_HEADERS);
  readonly valueEnd = new Int32Array(MAX_HEADERS);
  readonly isRepeated = new Uint8Array(MAX_HEADERS);
  /** The HeaderId of each name. */
  readonly id = new Uint8Array(MAX_HEADERS);

  readonly #scratch: ByteScratch;
  readonly #firstById = new Int16Array(NAMES.length);
  readonly #hash = new Int32Array(MAX_HEADERS);
  /** Hash buckets hold an index + 1 if their stamp is the current one. */
  readonly #buckets = new Int16Array(BUCKETS);
  readonly #stamps = new Int32Array(BUCKETS);
  #stamp = 0;
  #repetitions = 0;

  #lineCount = 0;
  readonly #lineBytes: Uint8Array[] = new Array<Uint8Array>(MAX_LINES).fill(NO_BYTES);
  readonly #lineStart = new Int32Array(MAX_LINES);
  readonly #lineEnd = new Int32Array(MAX_LINES);
  readonly #nextLine = new Int16Array(MAX_LINES);
  readonly #firstLine = new Int16Array(MAX_HEADERS);
  readonly #lastLine = new Int16Array(MAX_HEADERS);

  /** `scratch` takes joined values. */
  constructor(scratch: ByteScratch) {
    this.#scratch = scratch;
  }

  clear(): void {
    this.count = 0;
    this.#lineCount = 0;
    this.#repetitions = 0;
    this.#stamp = (this.#stamp + 1) | 0;
    this.#firstById.fill(-1);
  }

  /** Index of the first header that is `id`, or −1. NUL octets in its name do not matter. */
  find(id: HeaderId): number {
    return this.#firstById[id]!;
  }

  /** Add a line: its name and its value, both slices of `bytes`. */
  add(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): AddedCode {
    let hash = NO_HASH;
    let hasNul = false;
    for (let i = nameStart; i < nameEnd; i++) {
      const octet = bytes[i]!;
      if (octet === NUL) hasNul = true;
      hash = hashWith(hash, octet);
    }
    let bucket = (hash ^ (hash >>> 15)) & (BUCKETS - 1);
    for (; this.#stamps[bucket] === this.#stamp; bucket = (bucket + 1) & (BUCKETS - 1)) {
      const index = this.#buckets[bucket]!;
      if (this.#hash[index] === hash && this.#isName(index, bytes, nameStart, nameEnd)) {
        return this.#repeat(index, bytes, valueStart, valueEnd);
      }
    }
    const index = this.count;
    if (index === MAX_HEADERS) return Added.TOO_MANY;
    this.count = index + 1;
    this.#stamps[bucket] = this.#stamp;
    this.#buckets[bucket] = index;
    this.#hash[index] = hash;
    this.nameBytes[index] = bytes;
    this.nameStart[index] = nameStart;
    this.nameEnd[index] = nameEnd;
    this.isRepeated[index] = 0;
    const id = hasNul
      ? identifyWithoutNul(bytes, nameStart, nameEnd)
      : identify(bytes, nameStart, nameEnd, hash);
    this.id[index] = id;
    if (id !== Header.OTHER && this.#firstById[id]! < 0) this.#firstById[id] = index;
    const line = this.#addLine(bytes, valueStart, valueEnd);
    this.#firstLine[index] = line;
    this.#lastLine[index] = line;
    return Added.NEW;
  }

  /** Join the values of repeated headers. More lines may be added afterwards, and sealed again. */
  seal(): void {
    for (let index = 0; index < this.count; index++) {
      const first = this.#firstLine[index]!;
      if (first === this.#lastLine[index]) {
        this.valueBytes[index] = this.#lineBytes[first]!;
        this.valueStart[index] = this.#lineStart[first]!;
        this.valueEnd[index] = this.#lineEnd[first]!;
        continue;
      }
      const scratch = this.#scratch;
      const start = scratch.length;
      for (let line = first; line >= 0; line = this.#nextLine[line]!) {
        if (line !== first) {
          scratch.push(0x2c);
          scratch.push(0x20);
        }
        scratch.append(this.#lineBytes[line]!, this.#lineStart[line]!, this.#lineEnd[line]!);
      }
      this.valueBytes[index] = scratch.bytes;
      this.valueStart[index] = start;
      this.valueEnd[index] = scratch.length;
    }
  }

  #repeat(index: number, bytes: Uint8Array, valueStart: number, valueEnd: number): AddedCode {
    if (this.isRepeated[index] === 1) {
      if (this.#repetitions === MAX_REPETITIONS) return Added.DROPPED;
      this.#repetitions++;
    }
    this.isRepeated[index] = 1;
    if (this.#isContentLength(index)) {
      const first = this.#firstLine[index]!;
      const known = parseLength(this.#lineBytes[first]!, this.#lineStart[first]!, this.#lineEnd[first]!);
      const other = parseLength(bytes, valueStart, valueEnd);
      return known === other ? Added.REPEATED : Added.DIFFERENT_LENGTH;
    }
    const line = this.#addLine(bytes, valueStart, valueEnd);
    this.#nextLine[this.#lastLine[index]!] = line;
    this.#lastLine[index] = line;
    return Added.REPEATED;
  }

  #isContentLength(index: number): boolean {
    const name = NAMES[Header.CONTENT_LENGTH]!;
    return equalsIgnoringCase(this.nameBytes[index]!, this.nameStart[index]!, this.nameEnd[index]!, name);
  }

  #addLine(bytes: Uint8Array, start: number, end: number): number {
    const line = this.#lineCount++;
    this.#lineBytes[line] = bytes;
    this.#lineStart[line] = start;
    this.#lineEnd[line] = end;
    this.#nextLine[line] = -1;
    return line;
  }

  #isName(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const other = this.nameBytes[index]!;
    const otherStart = this.nameStart[index]!;
    const length = end - start;
    if (this.nameEnd[index]! - otherStart !== length) return false;
    for (let i = 0; i < length; i++) {
      if (lowerCase(bytes[start + i]!) !== lowerCase(other[otherStart + i]!)) return false;
    }
    return true;
  }
}

const NO_HASH = 0x811c9dc5 | 0;

/** FNV-1a, ignoring ASCII case. */
function hashWith(hash: number, octet: number): number {
  return Math.imul(hash ^ lowerCase(octet), 0x01000193);
}

const NAME_SLOTS = 64;
/** HeaderIds by the hash of their names: in the slot of it, or the next that is free. */
const NAMES_BY_HASH = filedNames();

function filedNames(): Uint8Array {
  const slots = new Uint8Array(NAME_SLOTS);
  for (let id = 1; id < NAMES.length; id++) {
    let slot = NAMES[id]!.reduce(hashWith, NO_HASH) & (NAME_SLOTS - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (NAME_SLOTS - 1);
    slots[slot] = id;
  }
  return slots;
}

function identify(bytes: Uint8Array, start: number, end: number, hash: number): number {
  for (let slot = hash & (NAME_SLOTS - 1); NAMES_BY_HASH[slot] !== 0; slot = (slot + 1) & (NAME_SLOTS - 1)) {
    const id = NAMES_BY_HASH[slot]!;
    if (equalsIgnoringCase(bytes, start, end, NAMES[id]!)) return id;
  }
  return Header.OTHER;
}

function identifyWithoutNul(bytes: Uint8Array, start: number, end: number): number {
  for (let id = 1; id < NAMES.length; id++) {
    if (equalsWithoutNul(bytes, start, end, NAMES[id]!)) return id;
  }
  return Header.OTHER;
}

/** Beyond this libhtp's 64-bit arithmetic gives up. */
const LENGTH_LIMIT = 2 ** 63;

/**
 * A Content-Length as libhtp reads it: the first digits of the value, whatever stands before and after them.
 * −1 if there is no digit, −2 if the number is too large, −3 if there is nothing at all.
 */
export function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -3;
  let at = start;
  while (at < end && (bytes[at]! < 0x30 || bytes[at]! > 0x39)) at++;
  if (at === end) return -1;
  let value = 0;
  for (; at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) {
    value = value * 10 + (bytes[at]! - 0x30);
    if (value >= LENGTH_LIMIT) return -2;
  }
  return value;
}
