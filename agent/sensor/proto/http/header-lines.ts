/**
 * Owns the division of a header block into header lines, and of a line into name and value, as libhtp does it for
 * requests and, more like browsers do, for responses. Where lines end: see line-ends.ts.
 *
 * A line that begins with SP, HT or NUL continues the one before; as first line its leading octets of that kind are
 * dropped. In a response of HTTP/1.1 a continuation with a colon in it is a header of its own.
 *
 * A line without colon is a header without name. Names end before trailing space, values lose SP and HT at both
 * ends. Nothing is copied but continued headers, which are put together in the scratch (10,000 octets at most,
 * later continuations are dropped).
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { indexOfOctet } from "../octets.js";
import type { ByteScratch } from "./byte-scratch.js";
import type { EventList } from "./event-list.js";
import { Added, type HeaderTable } from "./header-table.js";
import { chomp, Ending, type EndingCode, FoundLine, isEmptyLine, ResponseLineFinder } from "./line-ends.js";
import { COLON, isFolding, isLinearSpace, isSpace, isToken, LF, NUL } from "./octet-class.js";

/** A continued header is not made longer than this. */
const MAX_CONTINUED_OCTETS = 10_000;

/** The reader needs more bytes. */
export const INCOMPLETE = -1;
/** The block has more headers than anyone may send. */
export const TOO_MANY_HEADERS = -2;

export class HeaderLineReader {
  readonly #table: HeaderTable;
  readonly #scratch: ByteScratch;
  readonly #events: EventList;
  readonly #lines = new ResponseLineFinder();
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
    const lines = this.#lines;
    lines.begin(from, from, false);
    for (;;) {
      const found = lines.find(bytes, end, ending);
      if (found === FoundLine.NONE) break;
      if (found === FoundLine.LAST) {
        this.#flush(false);
        return this.#hasTooMany ? TOO_MANY_HEADERS : lines.end;
      }
      const next = lines.end < end ? bytes[lines.end]! : -1;
      this.#takeResponseLine(bytes, lines.start, chomp(bytes, lines.start, lines.end), next, isVersion11);
      if (this.#hasTooMany) return TOO_MANY_HEADERS;
    }
    if (ending === Ending.CUT) this.#flush(false);
    this.unreadFrom = lines.start;
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

function skipFolding(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isFolding(bytes[start]!)) start++;
  return start;
}
