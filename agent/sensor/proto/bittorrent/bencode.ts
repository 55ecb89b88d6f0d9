/**
 * Reads bencode (BEP 3), the text of the BitTorrent DHT, in place: dictionaries entry by entry, and over whole values. What is
 * written in another way than the one that is allowed (keys out of order, `i01e`) is refused, as by Suricata.
 */

import { isDigit } from "../octets.js";

const DICTIONARY = 0x64;
const LIST = 0x6c;
const INTEGER = 0x69;
const END = 0x65;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Lists in lists: what a message of the DHT has no use for. */
const MAX_DEPTH = 16;
const MAX_LENGTH_DIGITS = 6;

export class BencodeReader {
  /** The text that was read last. */
  textStart = 0;
  textEnd = 0;

  /** Step over one value. @returns where the next one begins, −1: it is malformed */
  skip(bytes: Uint8Array, offset: number, end: number, depth = 0): number {
    if (offset >= end || depth > MAX_DEPTH) return -1;
    switch (bytes[offset]) {
      case DICTIONARY:
        return this.#skipDictionary(bytes, offset + 1, end, depth + 1);
      case LIST: {
        let at = offset + 1;
        while (at >= 0 && at < end && bytes[at] !== END) at = this.skip(bytes, at, end, depth + 1);
        return at >= 0 && at < end ? at + 1 : -1;
      }
      case INTEGER:
        return skipInteger(bytes, offset + 1, end);
      default:
        return this.readText(bytes, offset, end);
    }
  }

  /** Read the text at `offset` into `textStart` and `textEnd`. @returns where the next value begins, −1: there is no text */
  readText(bytes: Uint8Array, offset: number, end: number): number {
    let at = offset;
    let length = 0;
    while (at < end && isDigit(bytes[at]!) && at - offset < MAX_LENGTH_DIGITS)
      length = length * 10 + bytes[at++]! - ZERO;
    if (at === offset || at >= end || bytes[at] !== COLON) return -1;
    if (bytes[offset] === ZERO && at - offset > 1) return -1;
    this.textStart = at + 1;
    this.textEnd = at + 1 + length;
    return this.textEnd <= end ? this.textEnd : -1;
  }

  /** Whether a dictionary begins at `offset`. */
  isDictionary(bytes: Uint8Array, offset: number, end: number): boolean {
    return offset < end && bytes[offset] === DICTIONARY;
  }

  /** Whether a dictionary, of which `offset` is behind the last entry, ends there. */
  isEnd(bytes: Uint8Array, offset: number, end: number): boolean {
    return offset < end && bytes[offset] === END;
  }

  #skipDictionary(bytes: Uint8Array, offset: number, end: number, depth: number): number {
    let at = offset;
    let lastStart = -1;
    let lastEnd = -1;
    while (at < end && bytes[at] !== END) {
      const valueAt = this.readText(bytes, at, end);
      if (valueAt < 0) return -1;
      const { textStart, textEnd } = this;
      if (lastStart >= 0 && !isBefore(bytes, lastStart, lastEnd, textStart, textEnd)) return -1;
      lastStart = textStart;
      lastEnd = textEnd;
      at = this.skip(bytes, valueAt, end, depth);
      if (at < 0) return -1;
    }
    return at < end ? at + 1 : -1;
  }
}

function skipInteger(bytes: Uint8Array, offset: number, end: number): number {
  const first = bytes[offset] === MINUS ? offset + 1 : offset;
  let at = first;
  while (at < end && isDigit(bytes[at]!)) at++;
  if (at === first || at >= end || bytes[at] !== END) return -1;
  const hasLeadingZero = bytes[first] === ZERO && (at - first > 1 || first > offset);
  return hasLeadingZero ? -1 : at + 1;
}

/** Whether the text `[start, end)` stands before another one in the order of their octets. */
function isBefore(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  const common = Math.min(end - start, otherEnd - otherStart);
  for (let i = 0; i < common; i++) {
    const difference = bytes[start + i]! - bytes[otherStart + i]!;
    if (difference !== 0) return difference < 0;
  }
  return end - start < otherEnd - otherStart;
}
