/**
 * Owns the head of a request: request line, headers, and what follows from them: the host, how the body is
 * framed, what is malformed. RFC 9112 3, read as libhtp reads it (any white space separates, a missing protocol is
 * HTTP/0.9 unless headers follow).
 *
 * The fields point into the bytes that were parsed, or into the scratch; they are valid until the next `parse`.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { asciiOctets, indexOfOctet, lowerCase } from "../octets.js";
import { Authority, isHostName } from "./authority.js";
import type { BestFit } from "./best-fit.js";
import type { ByteScratch } from "./byte-scratch.js";
import { EventList } from "./event-list.js";
import { Framing, type FramingId, Version, versionOf } from "./framing.js";
import { HeaderLineReader, INCOMPLETE, TOO_MANY_HEADERS } from "./header-lines.js";
import { Header, HeaderTable, parseLength } from "./header-table.js";
import { chomp, Ending, type EndingCode } from "./line-ends.js";
import { Method, type MethodId, methodOf } from "./methods.js";
import { hasListItem, isSpace, LF, SP, startsWithIgnoringCase } from "./octet-class.js";
import { Uri } from "./uri.js";

const CHUNKED = asciiOctets("chunked");
const AUTHORIZATION_SCHEMES = [asciiOctets("basic"), asciiOctets("digest"), asciiOctets("bearer")];

/** Octets behind a request line without protocol from which on they are taken for headers, whatever they are. */
const MAX_JUNK_AFTER_HTTP_0_9 = 16;

export class RequestHead {
  bytes: Uint8Array = NO_BYTES;
  /** The request line without its end. */
  lineStart = 0;
  lineEnd = 0;
  methodStart = 0;
  methodEnd = 0;
  method: MethodId = Method.UNKNOWN;
  hasUri = false;
  uriStart = 0;
  uriEnd = 0;
  hasProtocol = false;
  protocolStart = 0;
  protocolEnd = 0;
  version: number = Version.INVALID;
  /** A request of one line: there are no headers, and the response has no head either. */
  isShort = false;
  /** The header block with the empty line behind it. */
  headersStart = 0;
  headersEnd = 0;
  trailerStart = 0;
  trailerEnd = 0;
  readonly headers: HeaderTable;
  readonly uri: Uri;
  readonly events = new EventList();

  /** The host without port: of the URI, else of the Host header. */
  hasHost = false;
  hostBytes: Uint8Array = NO_BYTES;
  hostStart = 0;
  hostEnd = 0;
  port = -1;

  readonly isBlockHidden = false;
  framing: FramingId = Framing.NO_BODY;
  /** With Framing.LENGTH; octets. */
  bodyLength = 0;

  readonly #scratch: ByteScratch;
  readonly #lines: HeaderLineReader;
  readonly #authority = new Authority();

  constructor(scratch: ByteScratch, bestFit: BestFit) {
    this.#scratch = scratch;
    this.headers = new HeaderTable(scratch);
    this.uri = new Uri(scratch, bestFit);
    this.#lines = new HeaderLineReader(this.headers, scratch, this.events);
  }

  /** The headers do not come to an end: nothing is known that takes all of them. */
  giveUp(): void {
    this.hasHost = false;
    this.framing = Framing.INVALID;
  }

  /**
   * Parse the head that begins at `start`, not with an empty line. Returns where it ends, or INCOMPLETE, which
   * `ending` excludes.
   */
  parse(bytes: Uint8Array, start: number, end: number, ending: EndingCode): number {
    const isEnd = ending !== Ending.OPEN;
    const feed = indexOfOctet(bytes, LF, start, end);
    if (feed < 0 && !isEnd) return INCOMPLETE;
    const next = feed < 0 ? end : feed + 1;
    this.#clear(bytes, start, chomp(bytes, start, next));
    this.#parseLine();
    if (this.method === Method.CONNECT) {
      if (!this.hasUri) return this.#refuse(next);
      this.uri.parseAuthority(bytes, this.uriStart, this.uriEnd);
    } else if (this.hasUri) this.uri.parse(bytes, this.uriStart, this.uriEnd);
    if (this.uri.isHostInvalid) this.events.add(AppLayerEvent.HTTP_REQUEST_URI_HOST_INVALID);
    this.headersStart = next;
    this.headersEnd = next;
    if (this.isShort && (ending === Ending.CUT ? next === end : isShortRequest(bytes, next, end))) {
      this.headers.seal();
      return next;
    }
    this.isShort = false;
    const headersEnd = this.#lines.readRequest(bytes, next, end, isEnd);
    if (headersEnd === TOO_MANY_HEADERS) {
      this.#finish();
      return this.#refuse(end);
    }
    if (headersEnd === INCOMPLETE && !isEnd) return INCOMPLETE;
    this.headersEnd = headersEnd === INCOMPLETE ? end : headersEnd;
    if (headersEnd === INCOMPLETE && ending === Ending.CLOSED) this.headers.seal();
    else this.#finish();
    return this.headersEnd;
  }

  /** Add the trailer `bytes[start, end)` to the headers. */
  addTrailer(bytes: Uint8Array, start: number, end: number): void {
    this.trailerStart = start;
    this.trailerEnd = end;
    this.#lines.readRequest(bytes, start, end, true);
    this.headers.seal();
  }

  #clear(bytes: Uint8Array, lineStart: number, lineEnd: number): void {
    this.#scratch.clear();
    this.headers.clear();
    this.trailerEnd = this.trailerStart;
    this.#lines.clear();
    this.events.clear();
    this.uri.clear();
    this.bytes = bytes;
    this.lineStart = lineStart;
    this.lineEnd = lineEnd;
    this.hasUri = false;
    this.hasProtocol = false;
    this.version = Version.INVALID;
    this.isShort = false;
    this.hasHost = false;
    this.port = -1;
    this.framing = Framing.NO_BODY;
    this.bodyLength = 0;
  }

  #refuse(end: number): number {
    this.framing = Framing.INVALID;
    return end;
  }

  #parseLine(): void {
    const { bytes, lineEnd, events } = this;
    let at = this.lineStart;
    while (at < lineEnd && isSpace(bytes[at]!)) at++;
    if (at > this.lineStart) events.add(AppLayerEvent.HTTP_REQUEST_LINE_LEADING_WHITESPACE);
    this.methodStart = at;
    while (at < lineEnd && !isSpace(bytes[at]!)) at++;
    this.methodEnd = at;
    this.method = methodOf(bytes, this.methodStart, at);
    let hasOddSpace = false;
    for (; at < lineEnd && isSpace(bytes[at]!); at++) hasOddSpace ||= bytes[at] !== SP;
    if (hasOddSpace) events.add(AppLayerEvent.HTTP_METHOD_DELIM_NON_COMPLIANT);
    if (at === lineEnd) {
      this.isShort = true;
      this.version = Version.HTTP_0_9;
      return;
    }
    this.hasUri = true;
    this.uriStart = at;
    hasOddSpace = false;
    for (; at < lineEnd && bytes[at] !== SP; at++) hasOddSpace ||= isSpace(bytes[at]!);
    if (hasOddSpace) {
      events.add(AppLayerEvent.HTTP_URI_DELIM_NON_COMPLIANT);
      // Without any SP the other white space counts.
      if (at === lineEnd) {
        at = this.uriStart;
        while (at < lineEnd && !isSpace(bytes[at]!)) at++;
      }
    }
    this.uriEnd = at;
    while (at < lineEnd && isSpace(bytes[at]!)) at++;
    if (at === lineEnd) {
      this.isShort = true;
      this.version = Version.HTTP_0_9;
      return;
    }
    this.hasProtocol = true;
    this.protocolStart = at;
    this.protocolEnd = lineEnd;
    this.version = versionOf(bytes, at, lineEnd);
  }

  #finish(): void {
    this.headers.seal();
    this.#determineFraming();
    this.#determineHost();
    const index = this.headers.find(Header.AUTHORIZATION);
    if (index >= 0 && !this.#hasKnownScheme(index)) {
      this.events.add(AppLayerEvent.HTTP_REQUEST_AUTH_UNRECOGNIZED);
    }
  }

  #determineFraming(): void {
    const { headers } = this;
    const coding = headers.find(Header.TRANSFER_ENCODING);
    const length = headers.find(Header.CONTENT_LENGTH);
    if (coding >= 0) {
      const isChunked = hasListItem(
        headers.valueBytes[coding]!,
        headers.valueStart[coding]!,
        headers.valueEnd[coding]!,
        CHUNKED,
      );
      this.framing = isChunked ? Framing.CHUNKED : Framing.INVALID;
      if (!isChunked || this.version < Version.HTTP_1_1) {
        this.events.add(AppLayerEvent.HTTP_INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST);
      }
    } else if (length >= 0) {
      this.bodyLength = parseLength(
        headers.valueBytes[length]!,
        headers.valueStart[length]!,
        headers.valueEnd[length]!,
      );
      if (this.bodyLength < 0) {
        this.framing = Framing.INVALID;
        this.events.add(AppLayerEvent.HTTP_INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST);
      } else this.framing = this.bodyLength === 0 ? Framing.NO_BODY : Framing.LENGTH;
    }
  }

  #determineHost(): void {
    const { uri, headers, events } = this;
    if (uri.hasHost) this.#setHost(uri.hostBytes, uri.hostStart, uri.hostEnd);
    this.port = uri.port;
    const index = headers.find(Header.HOST);
    if (index < 0) {
      if (this.version >= Version.HTTP_1_1) events.add(AppLayerEvent.HTTP_MISSING_HOST_HEADER);
      return;
    }
    const bytes = headers.valueBytes[index]!;
    const authority = this.#authority;
    authority.parse(bytes, headers.valueStart[index]!, headers.valueEnd[index]!);
    const { start, end, port } = authority;
    if (authority.isInvalid || (authority.hasHost && !isHostName(bytes, start, end))) {
      events.add(AppLayerEvent.HTTP_REQUEST_HEADER_HOST_INVALID);
    }
    if (!uri.hasHost) {
      if (!authority.hasHost) return;
      this.port = port;
      if (authority.hasPort) this.#setHost(bytes, start, end);
      else this.#setLowerHost(bytes, start, end);
      return;
    }
    const isSame =
      authority.hasHost &&
      equalsLowered(bytes, start, end, this.hostBytes, this.hostStart, this.hostEnd) &&
      (this.port === -1 || port === -1 || this.port === port);
    if (!isSame) events.add(AppLayerEvent.HTTP_HOST_HEADER_AMBIGUOUS);
  }

  #setHost(bytes: Uint8Array, start: number, end: number): void {
    this.hasHost = true;
    this.hostBytes = bytes;
    this.hostStart = start;
    this.hostEnd = end;
  }

  #setLowerHost(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && lowerCase(bytes[at]!) === bytes[at]) at++;
    if (at === end) {
      this.#setHost(bytes, start, end);
      return;
    }
    const scratch = this.#scratch;
    const copy = scratch.length;
    for (let i = start; i < end; i++) scratch.push(lowerCase(bytes[i]!));
    this.#setHost(scratch.bytes, copy, scratch.length);
  }

  #hasKnownScheme(index: number): boolean {
    const bytes = this.headers.valueBytes[index]!;
    const start = this.headers.valueStart[index]!;
    const end = this.headers.valueEnd[index]!;
    for (let i = 0; i < AUTHORIZATION_SCHEMES.length; i++) {
      if (startsWithIgnoringCase(bytes, start, end, AUTHORIZATION_SCHEMES[i]!)) return true;
    }
    return false;
  }
}

/** Whether what follows a request line without protocol shows that there are no headers. */
function isShortRequest(bytes: Uint8Array, from: number, end: number): boolean {
  if (end > from + MAX_JUNK_AFTER_HTTP_0_9) return false;
  for (let i = from; i < end; i++) {
    if (!isSpace(bytes[i]!)) return false;
  }
  return true;
}

function equalsLowered(
  bytes: Uint8Array,
  start: number,
  end: number,
  lowered: Uint8Array,
  loweredStart: number,
  loweredEnd: number,
): boolean {
  if (end - start !== loweredEnd - loweredStart) return false;
  for (let i = 0; i < end - start; i++) {
    if (lowerCase(bytes[start + i]!) !== lowered[loweredStart + i]) return false;
  }
  return true;
}
