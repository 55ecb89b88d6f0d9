/**
 * Owns finding the lines of text protocols (LF, with or without CR before it) in a stream, each octet looked at
 * once however the stream is cut. A line that the stream's end or the limits of its head cut short has no break.
 */

import { indexOfOctet, lowerCase } from "./octets.js";
import type { ParserInput } from "./parser.js";

const LF = 0x0a;
const CR = 0x0d;

/** Where one direction of a flow stands. */
export class LineCursor {
  /** Octets at the beginning of the input in which the end of a line was looked for in vain. */
  scanned = 0;
  /** What comes next is the rest of a line that was cut. */
  isCut = false;
}

export class LineFinder {
  /** The line found last is `[start, end)`; a break of `breakLength` octets follows, 0 where it was cut. */
  start = 0;
  end = 0;
  breakLength = 0;
  /** The line found last is the rest of one that was cut. */
  isRest = false;

  /**
   * Find the line at `input.offset`, cut short where more than `limit` octets have no break, the head is full or
   * the input ends. False: its end is not here yet. `take` consumes it.
   */
  find(cursor: LineCursor, input: ParserInput, limit: number): boolean {
    const { bytes, offset, end } = input;
    const feed = indexOfOctet(bytes, LF, offset + cursor.scanned, end);
    this.start = offset;
    this.isRest = cursor.isCut;
    if (feed >= 0) {
      this.end = feed > offset && bytes[feed - 1] === CR ? feed - 1 : feed;
      this.breakLength = feed + 1 - this.end;
      return true;
    }
    this.end = end;
    this.breakLength = 0;
    const isCut = end > offset && (input.isEnd || input.isFull || end - offset > limit);
    if (!isCut) cursor.scanned = end - offset;
    return isCut;
  }

  /** Consume the line that was found, as far as it reaches now. */
  take(cursor: LineCursor, input: ParserInput): void {
    cursor.scanned = 0;
    cursor.isCut = this.breakLength === 0;
    input.offset = this.end + this.breakLength;
  }

  /** Whether the line found is one cut short, or its rest. */
  get isPart(): boolean {
    return this.isRest || this.breakLength === 0;
  }

  /** Let the line end before `end`. */
  endBefore(end: number): void {
    const next = Math.min(this.end + this.breakLength, end);
    this.end = Math.min(this.end, next);
    this.breakLength = next - this.end;
  }
}

/** Whether `bytes[start, end)` begins with `word` (lower case) in any case; ASCII only. */
export function startsWithWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  return end - start >= word.length && commonWord(bytes, start, end, word) === word.length;
}

/** How many octets of `word` (lower case) `bytes[start, end)` begins with, in any case. */
export function commonWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  let i = 0;
  for (; i < word.length && start + i < end; i++) {
    if (lowerCase(bytes[start + i]!) !== word[i]) break;
  }
  return i;
}
