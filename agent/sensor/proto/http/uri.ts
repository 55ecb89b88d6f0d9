/**
 * Owns a request's URI: its parts and the normalised form `http.uri` shows, as Suricata builds it with libhtp's
 * IDS personality (without that personality's lower-casing of paths).
 *
 * - Path: %HH and %uHHHH decoded (also of separators), backslashes turned, runs of separators made one, UTF-8
 *   and %u mapped to one octet by best fit, dot segments removed (RFC 3986 5.2.4, but a path that ends in a dot
 *   segment loses its last slash).
 * - Query: %HH decoded, %u and + left. Fragment: %HH and %u decoded. Encodings that are none stay as they are.
 * - Scheme and authority are no part of it; the authority's host, lower case, is the request's host.
 *
 * A URI in which nothing would change is not copied. Results are valid until the next `parse`.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { hexDigit, indexOfOctet, lowerCase } from "../octets.js";
import { Authority, isHostName, parsePort } from "./authority.js";
import type { BestFit } from "./best-fit.js";
import type { ByteScratch } from "./byte-scratch.js";
import { COLON, PERCENT, SLASH } from "./octet-class.js";

const BACKSLASH = 0x5c;
const DOT = 0x2e;
const HASH = 0x23;
const QUESTION = 0x3f;
const AT = 0x40;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LOWER_U = 0x75;

export class Uri {
  /** The normalised URI: `bytes[start, end)`; its path is `bytes[start, pathEnd)`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  pathEnd = 0;
  /** CONNECT and a request without URI have no path. */
  hasPath = false;

  /** The host of an absolute URI or of CONNECT: `hostBytes[hostStart, hostEnd)`. */
  hasHost = false;
  hostBytes: Uint8Array = NO_BYTES;
  hostStart = 0;
  hostEnd = 0;
  /** −1 if there is none. */
  port = -1;
  isHostInvalid = false;

  readonly #scratch: ByteScratch;
  readonly #bestFit: BestFit;
  readonly #authority = new Authority();

  constructor(scratch: ByteScratch, bestFit: BestFit) {
    this.#scratch = scratch;
    this.#bestFit = bestFit;
  }

  /** No URI at all. */
  clear(): void {
    this.bytes = NO_BYTES;
    this.start = 0;
    this.end = 0;
    this.pathEnd = 0;
    this.hasPath = false;
    this.hasHost = false;
    this.port = -1;
    this.isHostInvalid = false;
  }

  /** Read the authority `bytes[start, end)` of CONNECT. */
  parseAuthority(bytes: Uint8Array, start: number, end: number): void {
    this.clear();
    const authority = this.#authority;
    authority.parse(bytes, start, end);
    this.isHostInvalid =
      authority.isInvalid || (authority.hasHost && !isHostName(bytes, authority.start, authority.end));
    this.port = authority.port;
    if (authority.hasHost) this.#setHost(bytes, authority.start, authority.end);
  }

  /** Read the URI `bytes[start, end)`. */
  parse(bytes: Uint8Array, start: number, end: number): void {
    this.clear();
    if (start === end) return;
    let at = start;
    if (bytes[start] !== SLASH) {
      const colon = indexOfOctet(bytes, COLON, start, end);
      if (colon >= 0) {
        at = colon + 1;
        if (at + 2 < end && bytes[at] === SLASH && bytes[at + 1] === SLASH && bytes[at + 2] !== SLASH) {
          at = this.#readAuthority(bytes, at + 2, end);
        }
      }
    }
    this.#normalise(bytes, at, end);
  }

  /** Read the authority that begins at `start`; returns where the path begins. */
  #readAuthority(bytes: Uint8Array, start: number, end: number): number {
    let stop = start;
    while (stop < end && bytes[stop] !== SLASH && bytes[stop] !== QUESTION && bytes[stop] !== HASH) stop++;
    const credentials = indexOfOctet(bytes, AT, start, stop);
    const host = credentials < 0 ? start : credentials + 1;
    let hostEnd = stop;
    let portFrom = host;
    if (host < stop && bytes[host] === OPEN_BRACKET) {
      const close = indexOfOctet(bytes, CLOSE_BRACKET, host, stop);
      if (close >= 0) hostEnd = close + 1;
      portFrom = hostEnd;
    }
    const colon = indexOfOctet(bytes, COLON, portFrom, stop);
    if (colon >= 0) {
      if (portFrom === host) hostEnd = colon;
      this.port = parsePort(bytes, colon + 1, stop);
      if (this.port < 0) this.isHostInvalid = true;
    }
    this.#setHost(bytes, host, hostEnd);
    return stop;
  }

  /** Lower case, decoded, without dots at the end. */
  #setHost(bytes: Uint8Array, start: number, end: number): void {
    const scratch = this.#scratch;
    const hostStart = scratch.length;
    this.#decode(bytes, start, end, true);
    let hostEnd = scratch.length;
    const host = scratch.bytes;
    for (let i = hostStart; i < hostEnd; i++) host[i] = lowerCase(host[i]!);
    while (hostEnd > hostStart && host[hostEnd - 1] === DOT) hostEnd--;
    this.hasHost = true;
    this.hostBytes = host;
    this.hostStart = hostStart;
    this.hostEnd = hostEnd;
    if (!isHostName(host, hostStart, hostEnd)) this.isHostInvalid = true;
  }

  #normalise(bytes: Uint8Array, start: number, end: number): void {
    this.hasPath = true;
    let pathEnd = start;
    let isPlain = true;
    let previous = SLASH ^ 1;
    for (; pathEnd < end; pathEnd++) {
      const octet = bytes[pathEnd]!;
      if (octet === QUESTION || octet === HASH) break;
      if (octet === PERCENT || octet === BACKSLASH || octet >= 0x80) isPlain = false;
      else if (previous === SLASH && (octet === SLASH || octet === DOT)) isPlain = false;
      else if (octet === DOT && pathEnd === start) isPlain = false;
      previous = octet;
    }
    if (isPlain && indexOfOctet(bytes, PERCENT, pathEnd, end) < 0) {
      this.bytes = bytes;
      this.start = start;
      this.end = end;
      this.pathEnd = pathEnd;
      return;
    }
    const scratch = this.#scratch;
    this.bytes = scratch.bytes;
    this.start = scratch.length;
    this.#decodePath(bytes, start, pathEnd);
    const converted = this.#bestFit.convertUtf8(scratch.bytes, this.start, scratch.length);
    scratch.length = removeDotSegments(scratch.bytes, this.start, converted);
    this.pathEnd = scratch.length;
    let at = pathEnd;
    if (at < end && bytes[at] === QUESTION) {
      const hash = indexOfOctet(bytes, HASH, at, end);
      const queryEnd = hash < 0 ? end : hash;
      scratch.push(QUESTION);
      this.#decode(bytes, at + 1, queryEnd, false);
      at = queryEnd;
    }
    if (at < end) {
      scratch.push(HASH);
      this.#decode(bytes, at + 1, end, true);
    }
    this.end = scratch.length;
  }

  #decodePath(bytes: Uint8Array, start: number, end: number): void {
    const scratch = this.#scratch;
    let wasSeparator = false;
    let at = start;
    while (at < end) {
      let octet = bytes[at]!;
      let width = 1;
      if (octet === PERCENT) {
        width = encodedWidth(bytes, at, end, true);
        if (width > 1) octet = this.#decodedOctet(bytes, at, width);
      }
      at += width;
      if (octet === BACKSLASH) octet = SLASH;
      if (octet === SLASH) {
        if (wasSeparator) continue;
        wasSeparator = true;
      } else wasSeparator = false;
      scratch.push(octet);
    }
  }

  #decode(bytes: Uint8Array, start: number, end: number, hasU: boolean): void {
    const scratch = this.#scratch;
    let at = start;
    while (at < end) {
      const octet = bytes[at]!;
      const width = octet === PERCENT ? encodedWidth(bytes, at, end, hasU) : 1;
      scratch.push(width === 1 ? octet : this.#decodedOctet(bytes, at, width));
      at += width;
    }
  }

  /** The octet that the encoding of `width` octets at `at` stands for. */
  #decodedOctet(bytes: Uint8Array, at: number, width: number): number {
    if (width === 3) return (hexDigit(bytes[at + 1]!) << 4) | hexDigit(bytes[at + 2]!);
    let codePoint = 0;
    for (let i = 2; i < 6; i++) codePoint = (codePoint << 4) | hexDigit(bytes[at + i]!);
    return this.#bestFit.octet(codePoint);
  }
}

/** Length of the encoding at `at`: 3 (%HH), 6 (%uHHHH), or 1 if it is none. */
function encodedWidth(bytes: Uint8Array, at: number, end: number, hasU: boolean): number {
  if (at + 2 >= end) return 1;
  if (hasU && (bytes[at + 1]! | 0x20) === LOWER_U) {
    if (at + 5 >= end) return 1;
    for (let i = 2; i < 6; i++) {
      if (hexDigit(bytes[at + i]!) < 0) return 1;
    }
    return 6;
  }
  return hexDigit(bytes[at + 1]!) >= 0 && hexDigit(bytes[at + 2]!) >= 0 ? 3 : 1;
}

/**
 * Remove dot segments from the path `bytes[start, end)` in place; returns the new end.
 *
 * `/a/./b/../c` → `/a/c`; `/a/..` → nothing, `/a/.` → `/a`: a dot segment at the end takes its slash along.
 */
function removeDotSegments(bytes: Uint8Array, start: number, end: number): number {
  let read = start;
  let write = start;
  /** The slash of a removed segment, which may begin the next one. */
  let isAfterSlash = false;
  while (read < end) {
    const isSlash = isAfterSlash || bytes[read] === SLASH;
    const next: number = isAfterSlash ? read : read + 1;
    if (isSlash) {
      const dots: number =
        next < end && bytes[next] === DOT ? (next + 1 < end && bytes[next + 1] === DOT ? 2 : 1) : 0;
      const after = next + dots;
      if (dots > 0 && (after === end || bytes[after] === SLASH)) {
        if (dots === 2) {
          while (write > start && bytes[write - 1] !== SLASH) write--;
          if (write > start) write--;
        }
        read = after === end ? end : after + 1;
        isAfterSlash = true;
        continue;
      }
      bytes[write++] = SLASH;
      isAfterSlash = false;
      read = next;
    } else if (bytes[read] === DOT) {
      const dots: number = next < end && bytes[next] === DOT ? 2 : 1;
      const after = read + dots;
      if (after === end) return write;
      if (bytes[after] === SLASH) {
        read = after + 1;
        continue;
      }
    }
    while (read < end && bytes[read] !== SLASH) bytes[write++] = bytes[read++]!;
  }
  return write;
}
