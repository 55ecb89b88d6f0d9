/**
 * Owns the head of a response: status line, headers, how the body is framed and coded, what is malformed, as
 * libhtp reads it: like a browser, for a proxy that is fooled by a twisted answer protects nobody.
 *
 * The fields point into the bytes that were parsed, or into the scratch; they are valid until the next `parse`.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { asciiOctets, isDigit } from "../octets.js";
import type { ByteScratch } from "./byte-scratch.js";
import { CodingList } from "./content-coding.js";
import { EventList } from "./event-list.js";
import { Framing, type FramingId, Version, versionOf } from "./framing.js";
import { HeaderLineReader, INCOMPLETE, TOO_MANY_HEADERS } from "./header-lines.js";
import { Header, HeaderTable, parseLength } from "./header-table.js";
import { chomp, Ending, type EndingCode, isEmptyLine } from "./line-ends.js";
import {
  CR,
  containsWithoutNul,
  equalsIgnoringCase,
  indexIgnoringCase,
  isLinearSpace,
  isSpace,
  LF,
  NUL,
  startsWithIgnoringCase,
} from "./octet-class.js";

const HTTP = asciiOctets("http");
const CHUNKED = asciiOctets("chunked");
const HTTP2_CLEAR = asciiOctets("h2c");
const MULTIPART_BYTERANGES = asciiOctets("multipart/byteranges");

const MIN_STATUS = 100;
const MAX_STATUS = 999;

/** What the lines before and at a status line are. */
export const StatusLine = {
  /** Not all of the line is there. */
  INCOMPLETE: 0,
  /** An empty line, or one to be skipped. */
  IGNORED: 1,
  /** No status line: browsers show it, so it is body. */
  BODY: 2,
  FOUND: 3,
} as const;
export type StatusLineCode = (typeof StatusLine)[keyof typeof StatusLine];

export class ResponseHead {
  bytes: Uint8Array = NO_BYTES;
  /** The status line without its end. */
  lineStart = 0;
  lineEnd = 0;
  /** Where the line `findLine` saw ends, with its end. */
  nextLine = 0;
  hasProtocol = false;
  protocolStart = 0;
  protocolEnd = 0;
  version: number = Version.INVALID;
  hasStatus = false;
  statusStart = 0;
  statusEnd = 0;
  /** −1 if it is no number from 100 to 999. */
  status = -1;
  hasMessage = false;
  messageStart = 0;
  messageEnd = 0;
  headersStart = 0;
  headersEnd = 0;
  trailerStart = 0;
  trailerEnd = 0;
  /** The empty line behind the headers was there. */
  isComplete = false;
  readonly headers: HeaderTable;
  readonly codings = new CodingList();
  readonly events = new EventList();

  framing: FramingId = Framing.NO_BODY;
  /** With Framing.LENGTH; octets. */
  bodyLength = 0;

  readonly #scratch: ByteScratch;
  readonly #lines: HeaderLineReader;

  constructor(scratch: ByteScratch) {
    this.#scratch = scratch;
    this.headers = new HeaderTable(scratch);
    this.#lines = new HeaderLineReader(this.headers, scratch, this.events);
  }

  /**
   * What the line at `start` is, of which `[start, from)` was looked at before. Sets `nextLine`; if INCOMPLETE to
   * where to go on.
   */
  findLine(bytes: Uint8Array, start: number, from: number, end: number, isEnd: boolean): StatusLineCode {
    let at = from;
    for (; at < end; at++) {
      if (bytes[at] === LF) break;
      if (bytes[at] !== CR) continue;
      if (at + 1 === end || bytes[at + 1] !== LF) break;
    }
    this.nextLine = at;
    if (!isEnd && (at === end || (bytes[at] === CR && at + 1 === end))) return StatusLine.INCOMPLETE;
    const next = Math.min(at + 1, end);
    this.nextLine = next;
    if (isEmptyLine(bytes, start, next)) return StatusLine.IGNORED;
    const lineEnd = chomp(bytes, start, next);
    if (!isLikeBody(bytes, start, lineEnd)) return StatusLine.FOUND;
    const isBeforeStatusLine = next + 1 < end && (bytes[next] === 0x48 || lineEnd - start <= 2);
    return isBeforeStatusLine ? StatusLine.IGNORED : StatusLine.BODY;
  }

  /**
   * Parse the head whose status line begins at `start`. Returns where it ends, or INCOMPLETE, which `ending`
   * excludes.
   */
  parse(bytes: Uint8Array, start: number, end: number, ending: EndingCode): number {
    const isEnd = ending !== Ending.OPEN;
    if (this.findLine(bytes, start, start, end, isEnd) === StatusLine.INCOMPLETE) return INCOMPLETE;
    const next = this.nextLine;
    this.#clear(bytes, start, chomp(bytes, start, next));
    this.#parseLine();
    this.headersStart = next;
    const isVersion11 = this.version === Version.HTTP_1_1;
    const headersEnd = this.#lines.readResponse(bytes, next, end, ending, isVersion11);
    if (headersEnd === INCOMPLETE && !isEnd) return INCOMPLETE;
    this.isComplete = headersEnd >= 0 || ending === Ending.CUT;
    this.headersEnd = headersEnd >= 0 ? headersEnd : end;
    this.headers.seal();
    if (headersEnd === TOO_MANY_HEADERS) this.framing = Framing.INVALID;
    return this.headersEnd;
  }

  /** Where the line begins that was not complete when the stream ended. */
  get unreadFrom(): number {
    return this.#lines.unreadFrom;
  }

  /** Add the trailer `bytes[start, end)` to the headers. */
  addTrailer(bytes: Uint8Array, start: number, end: number): void {
    this.trailerStart = start;
    this.trailerEnd = end;
    this.#lines.readResponse(bytes, start, end, Ending.CUT, this.version === Version.HTTP_1_1);
    this.headers.seal();
  }

  /** Whether the response is an interim one (100) that another follows for the same request. */
  isContinue(): boolean {
    const { headers } = this;
    if (this.status !== 100 || !this.isComplete || headers.find(Header.TRANSFER_ENCODING) >= 0) return false;
    return !(this.#contentLength() > 0);
  }

  /** Whether what follows is no longer HTTP (101 without a body). */
  isSwitching(): boolean {
    return (
      this.status === 101 &&
      this.isComplete &&
      this.headers.find(Header.TRANSFER_ENCODING) < 0 &&
      this.headers.find(Header.CONTENT_LENGTH) < 0
    );
  }

  /** The message has changed hands before Suricata comes to its headers. */
  get isBlockHidden(): boolean {
    return this.status === 101 && this.isSwitching() && this.isUpgradeToHttp2();
  }

  /** Whether the response to an upgrade says HTTP/2 the way Suricata looks for it. */
  isUpgradeToHttp2(): boolean {
    const { headers } = this;
    const index = headers.find(Header.UPGRADE);
    if (index < 0) return false;
    const bytes = headers.valueBytes[index]!;
    const start = headers.valueStart[index]!;
    if (headers.valueEnd[index]! - start !== HTTP2_CLEAR.length) return false;
    return HTTP2_CLEAR.every((octet, i) => bytes[start + i] === octet);
  }

  /** Find out how the body is framed and coded. `isAnswerToHead` says that the request's method was HEAD. */
  determineBody(isAnswerToHead: boolean): void {
    this.codings.clear();
    if (this.framing === Framing.INVALID || !this.isComplete) return;
    this.framing = this.#framing(isAnswerToHead);
    if (this.framing !== Framing.INVALID) this.codings.readResponse(this.headers, this.events);
  }

  #framing(isAnswerToHead: boolean): FramingId {
    const { headers, events, status } = this;
    const coding = headers.find(Header.TRANSFER_ENCODING);
    const length = headers.find(Header.CONTENT_LENGTH);
    if (isAnswerToHead) return Framing.NO_BODY;
    const hasNoBody = (status >= 100 && status <= 199) || status === 204 || status === 304;
    if (hasNoBody && coding < 0 && length < 0) return Framing.NO_BODY;
    if (coding >= 0) {
      const bytes = headers.valueBytes[coding]!;
      const start = headers.valueStart[coding]!;
      const end = headers.valueEnd[coding]!;
      if (containsWithoutNul(bytes, start, end, CHUNKED)) {
        if (!equalsIgnoringCase(bytes, start, end, CHUNKED)) {
          events.add(AppLayerEvent.HTTP_RESPONSE_ABNORMAL_TRANSFER_ENCODING);
        }
        if (this.version < Version.HTTP_1_1) events.add(AppLayerEvent.HTTP_RESPONSE_CHUNKED_OLD_PROTO);
        return Framing.CHUNKED;
      }
    }
    if (length >= 0) {
      this.bodyLength = this.#contentLength();
      if (this.bodyLength >= 0) return Framing.LENGTH;
      events.add(AppLayerEvent.HTTP_INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE);
      return Framing.INVALID;
    }
    const type = headers.find(Header.CONTENT_TYPE);
    if (type >= 0) {
      const bytes = headers.valueBytes[type]!;
      const start = headers.valueStart[type]!;
      if (indexIgnoringCase(bytes, start, headers.valueEnd[type]!, MULTIPART_BYTERANGES) >= 0) {
        events.add(AppLayerEvent.HTTP_RESPONSE_MULTIPART_BYTERANGES);
        return Framing.INVALID;
      }
    }
    return Framing.UNTIL_CLOSE;
  }

  /** −1 or −2 if there is none. */
  #contentLength(): number {
    const { headers } = this;
    const index = headers.find(Header.CONTENT_LENGTH);
    if (index < 0) return -1;
    return parseLength(headers.valueBytes[index]!, headers.valueStart[index]!, headers.valueEnd[index]!);
  }

  #clear(bytes: Uint8Array, lineStart: number, lineEnd: number): void {
    this.#scratch.clear();
    this.headers.clear();
    this.trailerEnd = this.trailerStart;
    this.#lines.clear();
    this.codings.clear();
    this.events.clear();
    this.bytes = bytes;
    this.lineStart = lineStart;
    this.lineEnd = lineEnd;
    this.hasProtocol = false;
    this.version = Version.INVALID;
    this.hasStatus = false;
    this.status = -1;
    this.hasMessage = false;
    this.isComplete = false;
    this.framing = Framing.NO_BODY;
    this.bodyLength = 0;
  }

  #parseLine(): void {
    const { bytes, lineEnd, events } = this;
    let at = skipSpace(bytes, this.lineStart, lineEnd);
    this.protocolStart = at;
    while (at < lineEnd && !isSpace(bytes[at]!)) at++;
    this.protocolEnd = at;
    this.hasProtocol = at > this.protocolStart;
    this.version = versionOf(bytes, this.protocolStart, at);
    if (this.version === Version.INVALID) events.add(AppLayerEvent.HTTP_RESPONSE_INVALID_PROTOCOL);
    at = skipSpace(bytes, at, lineEnd);
    if (at < lineEnd) {
      this.hasStatus = true;
      this.statusStart = at;
      while (at < lineEnd && !isSpace(bytes[at]!)) at++;
      this.statusEnd = at;
      this.status = statusOf(bytes, this.statusStart, at);
      at = skipSpace(bytes, at, lineEnd);
      this.hasMessage = at < lineEnd;
      this.messageStart = at;
      this.messageEnd = lineEnd;
    }
    if (this.status < 0) events.add(AppLayerEvent.HTTP_RESPONSE_INVALID_STATUS);
  }
}

/** Whether browsers would take the line `bytes[start, end)` for a body: it does not begin with "http". */
export function isLikeBody(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (isSpace(bytes[at]!) || bytes[at] === NUL)) at++;
  return !startsWithIgnoringCase(bytes, at, end, HTTP);
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isSpace(bytes[start]!)) start++;
  return start;
}

function statusOf(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isLinearSpace(bytes[start]!)) start++;
  if (start === end) return -1;
  let status = 0;
  for (let i = start; i < end; i++) {
    if (!isDigit(bytes[i]!)) return -1;
    status = status * 10 + (bytes[i]! - 0x30);
    if (status > MAX_STATUS) return -1;
  }
  return status < MIN_STATUS ? -1 : status;
}
