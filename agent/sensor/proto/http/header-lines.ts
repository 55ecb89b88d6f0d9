/**
 * Owns the division of a header block into header lines, and of a line into name and value, as libhtp does it for
 * requests and, more like browsers do, for responses.
 *
 * Requests: lines end with LF. A line that begins with SP, HT or NUL continues the one before; as first line its
 * leading octets of that kind are dropped. Responses: lines end with LF, CRLF, LFCR or a CR that is not followed
 * by another; a continuation with a colon in it is a header of its own (in HTTP/1.1).
 *
 * A line without colon is a header without name. Names end before trailing space, values lose SP and HT at both
 * ends. Nothing is copied but continued headers, which are put together in the scratch (10,000 octets at most,
 * later continuations are dropped).
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { indexOfOctet } from "../octets.js";
import { ByteScratch } from "./byte-scratch.js";
import { EventList } from "./event-list.js";
import { Added, HeaderTable } from "./header-table.js";
import { COLON, CR, isFolding, isLinearSpace, isSpace, isToken, LF, NUL } from "./octet-class.js";

/** A continued header is not made longer than this. */
const MAX_CONTINUED_OCTETS = 10_000;

/** The reader needs more bytes. */
export const INCOMPLETE = -1;
/** The block has more headers than anyone may send. */
export const TOO_MANY_HEADERS = -2;

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

export class HeaderLineReader {
  readonly #table: HeaderTable;
  readonly #scratch: ByteScratch;
  readonly #events: EventList;
  /** Each kind of malformation is noted once per message. */
  #isNoted = 0;
  #hasTooMany = false;
  /** Where the line begins that was not complete, after INCOMPLETE for a response. */
  unreadFrom = 0;

  /** The header that may be continued: `#pendingBytes[#pendingStart, #pendingEnd)`. */
  #hasPending = false;
  #pendingBytes: Uint8Array = NO_BYTES;
  #pendingStart = 0;
  #pendingEnd = 0;

  constructor(table: HeaderTable, scratch: ByteScratch, events: EventList) {
    this.#table = table;
    this.#scratch = scratch;
    this.#events = events;
  }

  /** Forget the previous message. */
  clear(): void {
    this.#isNoted = 0;
    this.#hasTooMany = false;
    this.#hasPending = false;
  }

  /**
   * Read the header block of a request that begins at `from`. Returns where it ends (behind the empty line), or
   * INCOMPLETE: then the table holds what is there if `isEnd`, and nothing may be used otherwise.
   */
  readRequest(bytes: Uint8Array, from: number, end: number, isEnd: boolean): number {
    let lineStart = from;
    for (;;) {
      const feed = indexOfOctet(bytes, LF, lineStart, end);
      if (feed < 0) break;
      const next = feed + 1;
      if (isEmptyLine(bytes, lineStart, next)) {
        this.#flush(true);
        return this.#hasTooMany ? TOO_MANY_HEADERS : next;
      }
      const lineEnd = chomp(bytes, lineStart, next);
      if (lineEnd > lineStart && !isFolding(bytes[lineStart]!)) {
        this.#flush(true);
        if (next === end || isFolding(bytes[next]!)) this.#keep(bytes, lineStart, lineEnd);
        else this.#parseRequestLine(bytes, lineStart, lineEnd);
      } else if (!this.#hasPending) {
        this.#note(INVALID_FOLDING, AppLayerEvent.HTTP_INVALID_REQUEST_FIELD_FOLDING);
        this.#keep(bytes, skipFolding(bytes, lineStart, lineEnd), lineEnd);
      } else this.#continue(bytes, lineStart, lineEnd);
      if (this.#hasTooMany) return TOO_MANY_HEADERS;
      lineStart = next;
    }
    if (isEnd) this.#flush(true);
    return this.#hasTooMany ? TOO_MANY_HEADERS : INCOMPLETE;
  }

  /**
   * The same for a response: with Ending.CLOSED a header that might have been continued is lost, as in libhtp.
   * `isVersion11` says whether its status line said HTTP/1.1.
   */
  readResponse(
    bytes: Uint8Array,
    from: number,
    end: number,
    ending: EndingCode,
    isVersion11: boolean,
  ): number {
    let lineStart = from;
    let at = from;
    let wasFeedReturn = false;
    while (at < end) {
      const octet = bytes[at++]!;
      if (octet !== CR && octet !== LF) {
        wasFeedReturn = false;
        continue;
      }
      let endsWithReturn = false;
      if (octet === CR) {
        if (at === end && ending !== Ending.CUT) {
          if (ending === Ending.OPEN) return INCOMPLETE;
          break;
        }
        if (at < end && bytes[at] === LF) {
          at++;
          // LF CR CR LF CR LF are two ends of lines, not three.
          if (wasFeedReturn && at < end && bytes[at] === CR) {
            at++;
            lineStart++;
            if (at < end && bytes[at] === LF) {
              at++;
              lineStart++;
            }
          }
        } else if (at < end && bytes[at] === CR) continue;
        wasFeedReturn = false;
        endsWithReturn = true;
      } else {
        wasFeedReturn = at < end && bytes[at] === CR;
        if (wasFeedReturn) at++;
      }
      if (endsWithReturn && at - lineStart < 2) continue;
      const next = at < end ? bytes[at]! : -1;
      if (
        isEmptyLine(bytes, lineStart, at) ||
        (isBlankLine(bytes, lineStart, at) && (next >= 0 ? next !== LF : ending === Ending.CUT))
      ) {
        this.#flush(false);
        return this.#hasTooMany ? TOO_MANY_HEADERS : at;
      }
      this.#takeResponseLine(bytes, lineStart, chomp(bytes, lineStart, at), next, isVersion11);
      if (this.#hasTooMany) return TOO_MANY_HEADERS;
      lineStart = at;
    }
    if (ending === Ending.CUT) this.#flush(false);
    this.unreadFrom = lineStart;
    return INCOMPLETE;
  }

  #takeResponseLine(bytes: Uint8Array, start: number, end: number, next: number, isVersion11: boolean): void {
    if (end > start && !isFolding(bytes[start]!)) {
      this.#flush(false);
      if (next >= 0 && isFolding(next)) this.#keep(bytes, start, end);
      else this.#parseResponseLine(bytes, start, end);
      return;
    }
    if (!this.#hasPending) {
      this.#note(INVALID_FOLDING, AppLayerEvent.HTTP_INVALID_RESPONSE_FIELD_FOLDING);
      this.#keep(bytes, skipFolding(bytes, start, end), end);
      return;
    }
    const isHeader =
      isVersion11 &&
      indexOfOctet(bytes, COLON, start, end) >= 0 &&
      indexOfOctet(this.#pendingBytes, COLON, this.#pendingStart, this.#pendingEnd) >= 0;
    if (isHeader) {
      this.#note(INVALID_FOLDING, AppLayerEvent.HTTP_INVALID_RESPONSE_FIELD_FOLDING);
      this.#flush(false);
      this.#keep(bytes, start + 1, end);
    } else this.#continue(bytes, start, end);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    this.#hasPending = true;
    this.#pendingBytes = bytes;
    this.#pendingStart = start;
    this.#pendingEnd = end;
  }

  #continue(bytes: Uint8Array, start: number, end: number): void {
    if (this.#pendingEnd - this.#pendingStart >= MAX_CONTINUED_OCTETS) return;
    const scratch = this.#scratch;
    const isAtEnd = this.#pendingBytes === scratch.bytes && this.#pendingEnd === scratch.length;
    if (!isAtEnd) {
      const copy = scratch.length;
      scratch.append(this.#pendingBytes, this.#pendingStart, this.#pendingEnd);
      this.#keep(scratch.bytes, copy, scratch.length);
    }
    scratch.append(bytes, start, end);
    this.#pendingEnd = scratch.length;
  }

  #flush(isRequest: boolean): void {
    if (!this.#hasPending) return;
    this.#hasPending = false;
    if (isRequest) this.#parseRequestLine(this.#pendingBytes, this.#pendingStart, this.#pendingEnd);
    else this.#parseResponseLine(this.#pendingBytes, this.#pendingStart, this.#pendingEnd);
  }

  #parseRequestLine(bytes: Uint8Array, start: number, end: number): void {
    end = chomp(bytes, start, end);
    let colon = start;
    while (colon < end && bytes[colon] !== COLON && bytes[colon] !== NUL) colon++;
    if (colon === end || bytes[colon] === NUL) {
      this.#note(UNPARSEABLE, AppLayerEvent.HTTP_REQUEST_FIELD_MISSING_COLON);
      this.#add(bytes, start, start, start, end, true);
      return;
    }
    let nameEnd = colon;
    while (nameEnd > start && isLinearSpace(bytes[nameEnd - 1]!)) nameEnd--;
    if (colon === start || nameEnd < colon || !isToken(bytes, start, nameEnd)) {
      this.#note(INVALID, AppLayerEvent.HTTP_REQUEST_HEADER_INVALID);
    }
    this.#add(bytes, start, nameEnd, colon + 1, end, true);
  }

  #parseResponseLine(bytes: Uint8Array, start: number, end: number): void {
    end = chomp(bytes, start, end);
    const colon = indexOfOctet(bytes, COLON, start, end);
    if (colon < 0) {
      if (!this.#isAlreadyNoted(UNPARSEABLE)) {
        this.#isNoted |= INVALID;
        this.#note(UNPARSEABLE, AppLayerEvent.HTTP_RESPONSE_FIELD_MISSING_COLON);
      }
      this.#add(bytes, start, start, start, end, false);
      return;
    }
    let nameEnd = colon;
    while (nameEnd > start && isSpace(bytes[nameEnd - 1]!)) nameEnd--;
    if (colon === start || nameEnd < colon || !isToken(bytes, start, nameEnd)) {
      this.#note(INVALID, AppLayerEvent.HTTP_RESPONSE_HEADER_INVALID);
    }
    this.#add(bytes, start, nameEnd, colon + 1, end, false);
  }

  #add(
    bytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    isRequest: boolean,
  ): void {
    while (valueStart < valueEnd && isLinearSpace(bytes[valueStart]!)) valueStart++;
    while (valueEnd > valueStart && isLinearSpace(bytes[valueEnd - 1]!)) valueEnd--;
    const added = this.#table.add(bytes, nameStart, nameEnd, valueStart, valueEnd);
    if (added === Added.DIFFERENT_LENGTH) {
      this.#events.add(
        isRequest
          ? AppLayerEvent.HTTP_DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST
          : AppLayerEvent.HTTP_DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE,
      );
    } else if (added === Added.TOO_MANY) {
      this.#hasTooMany = true;
      this.#events.add(
        isRequest
          ? AppLayerEvent.HTTP_REQUEST_TOO_MANY_HEADERS
          : AppLayerEvent.HTTP_RESPONSE_TOO_MANY_HEADERS,
      );
    }
  }

  #isAlreadyNoted(kind: number): boolean {
    return (this.#isNoted & kind) !== 0;
  }

  #note(kind: number, event: number): void {
    if (this.#isAlreadyNoted(kind)) return;
    this.#isNoted |= kind;
    this.#events.add(event);
  }
}

const INVALID_FOLDING = 1;
const UNPARSEABLE = 2;
const INVALID = 4;

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

function skipFolding(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isFolding(bytes[start]!)) start++;
  return start;
}

/** Finds where the trailer of a chunked response ends, without keeping it. */
export class TrailerReader {
  /** The trailer that `findEnd` found is more than an empty line. */
  hasHeaders = false;
  readonly #scratch = new ByteScratch(0);
  readonly #table = new HeaderTable(this.#scratch);
  readonly #lines = new HeaderLineReader(this.#table, this.#scratch, new EventList());

  /**
   * Behind the empty line that ends the trailer at `from`, or INCOMPLETE; behind the last complete line if nothing
   * follows.
   */
  findEnd(bytes: Uint8Array, from: number, end: number, ending: EndingCode): number {
    this.#table.clear();
    this.#lines.clear();
    const found = this.#lines.readResponse(bytes, from, end, ending, true);
    this.hasHeaders = this.#table.count > 0;
    if (found === TOO_MANY_HEADERS) return end;
    return found === INCOMPLETE && ending !== Ending.OPEN ? this.#lines.unreadFrom : found;
  }
}
