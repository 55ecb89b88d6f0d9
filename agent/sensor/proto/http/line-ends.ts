/**
 * Owns where lines end. In requests they end with LF. In responses they end with LF, CRLF, LFCR or a CR that is not
 * followed by another, as libhtp reads them and much like browsers do; the header block ends with an empty line, or
 * one of a single space.
 */

import { CR, isLinearSpace, LF } from "./octet-class.js";

/** What is known about bytes that follow. */
export const Ending = {
  /** There may be more. */
  OPEN: 0,
  /** The stream ends here: an incomplete head says nothing about host and body. */
  CLOSED: 1,
  /** More than is kept of a head: what is here is the head. */
  CUT: 2,
} as const;
export type EndingCode = (typeof Ending)[keyof typeof Ending];

/** Whether `bytes[start, end)`, a line with its end, is empty. */
export function isEmptyLine(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  const first = bytes[start];
  if (length === 1) return first === LF || first === CR;
  return length === 2 && first === CR && bytes[start + 1] === LF;
}

/** One space and LF. */
function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && isLinearSpace(bytes[start]!) && bytes[start + 1] === LF;
}

/** Where the line `bytes[start, end)` ends without the CR and LF at its end. */
export function chomp(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end--;
  return end;
}

export const FoundLine = {
  /** The end of the line is not there, or it depends on what follows. */
  NONE: 0,
  HEADER: 1,
  /** The line that ends the block. */
  LAST: 2,
} as const;
export type FoundLineCode = (typeof FoundLine)[keyof typeof FoundLine];

/**
 * Finds the lines of a response's header block. Octets are looked at once, also where the block arrives in many
 * pieces: `start`, `at` and `wasFeedReturn` say where to go on.
 */
export class ResponseLineFinder {
  /** The line found is `[start, end)`, with its end. After NONE: where the line begins that was not found. */
  start = 0;
  end = 0;
  /** Up to where octets were looked at. */
  at = 0;
  /** LF CR came right before `at`. */
  wasFeedReturn = false;

  /** Begin with the line at `start`, of which `[start, at)` was looked at before. */
  begin(start: number, at: number, wasFeedReturn: boolean): void {
    this.start = start;
    this.end = start;
    this.at = at;
    this.wasFeedReturn = wasFeedReturn;
  }

  /** Find the next line in the bytes up to `limit`. */
  find(bytes: Uint8Array, limit: number, ending: EndingCode): FoundLineCode {
    this.start = this.end;
    while (this.#skipText(bytes, limit)) {
      const { start, at, wasFeedReturn } = this;
      const isReturn = bytes[at] === CR;
      if (isReturn && at + 1 === limit && ending !== Ending.CUT) return FoundLine.NONE;
      if (isReturn && at + 1 < limit && bytes[at + 1] === CR) {
        this.at++;
        continue;
      }
      if (isReturn) this.#passReturn(bytes, limit);
      else this.#passFeed(bytes, limit);
      if (isReturn && this.at - this.start < 2) continue;
      if (this.#isLast(bytes, limit, ending)) {
        this.end = this.at;
        return FoundLine.LAST;
      }
      if (this.at === limit && ending === Ending.OPEN) {
        this.begin(start, at, wasFeedReturn);
        return FoundLine.NONE;
      }
      this.end = this.at;
      return FoundLine.HEADER;
    }
    return FoundLine.NONE;
  }

  /** Go to the next CR or LF. False if there is none. */
  #skipText(bytes: Uint8Array, limit: number): boolean {
    let at = this.at;
    while (at < limit && bytes[at] !== CR && bytes[at] !== LF) at++;
    if (at > this.at) this.wasFeedReturn = false;
    this.at = at;
    return at < limit;
  }

  #passReturn(bytes: Uint8Array, limit: number): void {
    let at = this.at + 1;
    if (at < limit && bytes[at] === LF) {
      at++;
      // LF CR CR LF CR LF are two ends of lines, not three.
      if (this.wasFeedReturn && at < limit && bytes[at] === CR) {
        at++;
        this.start++;
        if (at < limit && bytes[at] === LF) {
          at++;
          this.start++;
        }
      }
    }
    this.wasFeedReturn = false;
    this.at = at;
  }

  #passFeed(bytes: Uint8Array, limit: number): void {
    this.at++;
    this.wasFeedReturn = this.at < limit && bytes[this.at] === CR;
    if (this.wasFeedReturn) this.at++;
  }

  #isLast(bytes: Uint8Array, limit: number, ending: EndingCode): boolean {
    const { start, at } = this;
    if (isEmptyLine(bytes, start, at)) return true;
    return isBlankLine(bytes, start, at) && (at < limit ? bytes[at] !== LF : ending === Ending.CUT);
  }
}
