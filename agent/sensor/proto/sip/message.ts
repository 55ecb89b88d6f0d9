/**
 * Owns the first line and the header of SIP messages (RFC 3261), as offsets: what a request asks for, what a
 * response says, where the header ends and how long the body is.
 *
 * As strict as Suricata: the characters of method, URI and reason phrase are those it takes; a header that does not
 * come to its end is incomplete. Linear: every byte of the header is looked at twice at most.
 */

import { asciiOctets, indexOfOctet, isDigit, lowerCase } from "../octets.js";

export const SipRead = { OK: 0, INCOMPLETE: 1, INVALID: 2 } as const;
export type SipReadCode = (typeof SipRead)[keyof typeof SipRead];

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const DOT = 0x2e;
const VERSION_PREFIX = asciiOctets("SIP/");
const CODE_BYTES = 3;
/** Lower case; `l` is the compact form. */
const CONTENT_LENGTH = asciiOctets("content-length");
const CONTENT_LENGTH_COMPACT = asciiOctets("l");
/** A body length with more digits is a lie. */
const MAX_LENGTH_DIGITS = 9;

const ALPHABETIC = 1;
const URI = 2;
const REASON = 4;
const CLASSES = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const text = String.fromCharCode(octet);
  const isLetter = /[A-Za-z]/.test(text);
  const isToken = isLetter || /[0-9!%'*+\-._`~]/.test(text);
  let classes = isLetter ? ALPHABETIC : 0;
  if (isToken || "#@:;=?&$,/".includes(text)) classes |= URI;
  if (isToken || "$&(),/:;=?@[\\]^ ".includes(text)) classes |= REASON;
  CLASSES[octet] = classes;
}

export class SipMessage {
  bytes: Uint8Array = new Uint8Array(0);
  isResponse = false;
  /** The first line as far as it consists of what a reason phrase may have: Suricata's request and response line. */
  lineOffset = 0;
  lineLength = 0;
  methodLength = 0;
  uriOffset = 0;
  uriLength = 0;
  versionOffset = 0;
  versionLength = 0;
  codeOffset = 0;
  reasonOffset = 0;
  reasonLength = 0;
  /** First byte behind the empty line. */
  bodyOffset = 0;
  /** Content-Length; 0 where there is none. */
  bodyLength = 0;

  /** Read the first line at `start`: request or response. */
  readLine(bytes: Uint8Array, start: number, end: number): SipReadCode {
    this.bytes = bytes;
    this.lineOffset = start;
    this.lineLength = span(bytes, start, end, REASON);
    this.isResponse = isVersion(bytes, start, end);
    return this.isResponse ? this.#readStatus(start, end) : this.#readRequest(start, end);
  }

  /** Read the header behind the first line. */
  readHeader(end: number): SipReadCode {
    const { bytes } = this;
    this.bodyLength = 0;
    let at = this.bodyOffset;
    for (;;) {
      const lineFeed = indexOfOctet(bytes, LF, at, end);
      if (lineFeed < 0) return SipRead.INCOMPLETE;
      const lineEnd = lineFeed > at && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
      if (lineEnd === at) {
        this.bodyOffset = lineFeed + 1;
        return lineFeed > at ? SipRead.OK : SipRead.INVALID;
      }
      const isFolded = bytes[at] === SPACE || bytes[at] === TAB;
      if (!isFolded && !this.#readHeaderLine(at, lineEnd)) return SipRead.INVALID;
      at = lineFeed + 1;
    }
  }

  #readRequest(start: number, end: number): SipReadCode {
    const { bytes } = this;
    this.methodLength = span(bytes, start, end, ALPHABETIC);
    const space = start + this.methodLength;
    if (space >= end) return SipRead.INCOMPLETE;
    if (bytes[space] !== SPACE) return SipRead.INVALID;
    this.uriOffset = space + 1;
    this.uriLength = span(bytes, this.uriOffset, end, URI);
    const second = this.uriOffset + this.uriLength;
    if (second >= end) return SipRead.INCOMPLETE;
    if (this.uriLength === 0 || bytes[second] !== SPACE) return SipRead.INVALID;
    return this.#readVersion(second + 1, end, true);
  }

  #readStatus(start: number, end: number): SipReadCode {
    const { bytes } = this;
    const version = this.#readVersion(start, end, false);
    if (version !== SipRead.OK) return version;
    const space = this.versionOffset + this.versionLength;
    this.codeOffset = space + 1;
    this.reasonOffset = this.codeOffset + CODE_BYTES + 1;
    if (this.reasonOffset > end) return SipRead.INCOMPLETE;
    if (bytes[space] !== SPACE || bytes[this.reasonOffset - 1] !== SPACE) return SipRead.INVALID;
    this.reasonLength = span(bytes, this.reasonOffset, end, REASON);
    return this.#endLine(this.reasonOffset + this.reasonLength, end);
  }

  #readVersion(at: number, end: number, isLast: boolean): SipReadCode {
    const { bytes } = this;
    if (end - at < VERSION_PREFIX.length) return SipRead.INCOMPLETE;
    if (!isVersion(bytes, at, end)) return SipRead.INVALID;
    let to = at + VERSION_PREFIX.length;
    while (to < end && (isDigit(bytes[to]!) || bytes[to] === DOT)) to++;
    if (to === end) return SipRead.INCOMPLETE;
    this.versionOffset = at;
    this.versionLength = to - at;
    if (this.versionLength === VERSION_PREFIX.length) return SipRead.INVALID;
    return isLast ? this.#endLine(to, end) : SipRead.OK;
  }

  #endLine(at: number, end: number): SipReadCode {
    if (at + 2 > end) return SipRead.INCOMPLETE;
    if (this.bytes[at] !== CR || this.bytes[at + 1] !== LF) return SipRead.INVALID;
    this.bodyOffset = at + 2;
    return SipRead.OK;
  }

  /** `Name: value`; false where there is no colon. */
  #readHeaderLine(from: number, end: number): boolean {
    const { bytes } = this;
    const colon = indexOfOctet(bytes, COLON, from, end);
    if (colon < 0) return false;
    let nameEnd = colon;
    while (nameEnd > from && isBlank(bytes[nameEnd - 1]!)) nameEnd--;
    const isLength =
      equalsNocase(bytes, from, nameEnd, CONTENT_LENGTH) ||
      equalsNocase(bytes, from, nameEnd, CONTENT_LENGTH_COMPACT);
    if (!isLength) return true;
    let at = colon + 1;
    while (at < end && isBlank(bytes[at]!)) at++;
    let value = 0;
    for (let digits = 0; at < end && digits < MAX_LENGTH_DIGITS && isDigit(bytes[at]!); at++, digits++) {
      value = value * 10 + bytes[at]! - 0x30;
    }
    this.bodyLength = value;
    return true;
  }
}

/** Number of octets from `at` on that belong to the class. */
function span(bytes: Uint8Array, at: number, end: number, octetClass: number): number {
  let to = at;
  while (to < end && (CLASSES[bytes[to]!]! & octetClass) !== 0) to++;
  return to - at;
}

function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < VERSION_PREFIX.length) return false;
  for (let i = 0; i < VERSION_PREFIX.length; i++) {
    if (bytes[at + i] !== VERSION_PREFIX[i]) return false;
  }
  return true;
}

function isBlank(octet: number): boolean {
  return octet === SPACE || octet === TAB;
}

function equalsNocase(bytes: Uint8Array, from: number, end: number, lowered: Uint8Array): boolean {
  if (end - from !== lowered.length) return false;
  for (let i = 0; i < lowered.length; i++) {
    if (lowerCase(bytes[from + i]!) !== lowered[i]) return false;
  }
  return true;
}
