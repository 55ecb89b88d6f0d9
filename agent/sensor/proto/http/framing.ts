/**
 * Owns how a body is framed (RFC 9112 6): the numbers of protocol versions, transfer codings and chunk sizes, as
 * libhtp reads them.
 */

import { asciiOctets, hasPrefix, hexDigit, indexOfOctet } from "../octets.js";
import { CR, LF } from "./octet-class.js";

/** Protocol versions as libhtp numbers them. */
export const Version = { INVALID: -2, HTTP_0_9: 9, HTTP_1_0: 100, HTTP_1_1: 101 } as const;

const HTTP_SLASH = asciiOctets("HTTP/");

/** Version of the protocol `bytes[start, end)`: "HTTP/0.9", "HTTP/1.0", "HTTP/1.1", nothing else. */
export function versionOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 8 || !hasPrefix(bytes, start, end, HTTP_SLASH) || bytes[start + 6] !== 0x2e) {
    return Version.INVALID;
  }
  const major = bytes[start + 5]! - 0x30;
  const minor = bytes[start + 7]! - 0x30;
  if (major === 1 && minor === 1) return Version.HTTP_1_1;
  if (major === 1 && minor === 0) return Version.HTTP_1_0;
  return major === 0 && minor === 9 ? Version.HTTP_0_9 : Version.INVALID;
}

/** How the end of a body is found. */
export const Framing = {
  NO_BODY: 0,
  LENGTH: 1,
  CHUNKED: 2,
  /** Responses: everything until the connection closes. */
  UNTIL_CLOSE: 3,
  /** It cannot be found: nothing behind this head can be read. */
  INVALID: 4,
} as const;
export type FramingId = (typeof Framing)[keyof typeof Framing];

/** A line without chunk size: the size stands in the next one. */
export const CHUNK_LINE_EMPTY = -1;
export const CHUNK_SIZE_INVALID = -2;

const SEMICOLON = 0x3b;
const MAX_CHUNK_OCTETS = 0x7fffffff;

/** Whether `octet` may stand before a chunk size. */
export function isBeforeChunkSize(octet: number): boolean {
  return octet === CR || octet === LF || octet === 0x20 || octet === 0x09 || octet === 0x0b || octet === 0x0c;
}

/** The chunk size at the beginning of the line `bytes[start, end)`; what follows the digits is ignored. */
export function chunkSizeOf(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isBeforeChunkSize(bytes[start]!)) start++;
  if (start === end) return CHUNK_LINE_EMPTY;
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) break;
    size = size * 16 + digit;
    if (size > MAX_CHUNK_OCTETS) return CHUNK_SIZE_INVALID;
  }
  return at === start ? CHUNK_SIZE_INVALID : size;
}

/** Whether a chunk extension follows the size in that line. */
export function hasChunkExtension(bytes: Uint8Array, start: number, end: number): boolean {
  while (start < end && isBeforeChunkSize(bytes[start]!)) start++;
  while (start < end && hexDigit(bytes[start]!) >= 0) start++;
  return indexOfOctet(bytes, SEMICOLON, start, end) >= 0;
}
