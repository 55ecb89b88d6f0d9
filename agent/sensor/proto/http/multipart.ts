/**
 * Owns the files in an upload: the parts of a multipart/form-data body that have a file name (RFC 7578), found the
 * way Suricata finds them, and the names that Content-Disposition gives (RFC 6266).
 *
 * Bound: 32 files; every octet is looked at a small, fixed number of times.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { asciiOctets, indexOfOctet } from "../octets.js";
import type { EventList } from "./event-list.js";
import { COLON, indexOfOctets, isSpace, startsWithIgnoringCase } from "./octet-class.js";

/** Files of one message that are looked at. */
const MAX_FILES = 32;

/** Suricata takes longer ones for no boundary. */
const MAX_BOUNDARY_OCTETS = 199;

const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

const HEAD_END = asciiOctets("\r\n\r\n");
const LINE_END = asciiOctets("\r\n");
const CONTENT_DISPOSITION = asciiOctets("content-disposition:");
const FILE_NAME = asciiOctets("filename=");
const BOUNDARY = asciiOctets("boundary=");

/** The value of a parameter: `[start, end)` of the bytes that were searched. */
export class Parameter {
  start = 0;
  end = 0;

  /** Find the parameter whose name and "=" is `name`, in lower case, in the header value `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
    while (start < end && isSpace(bytes[start]!)) start++;
    let token = start;
    let isQuoted = false;
    for (let at = start; at < end; at++) {
      const isEscaped = at > start && bytes[at - 1] === BACKSLASH;
      if (bytes[at] === QUOTE && at > start && !isEscaped) isQuoted = !isQuoted;
      const isLast = at + 1 === end;
      if (isQuoted || (!isLast && (bytes[at] !== SEMICOLON || isEscaped))) continue;
      const tokenEnd = isLast ? end : at;
      if (tokenEnd - token > name.length && startsWithIgnoringCase(bytes, token, tokenEnd, name)) {
        this.#setValue(bytes, token + name.length, tokenEnd);
        return true;
      }
      token = at + 1;
      while (token < end && isSpace(bytes[token]!)) token++;
    }
    return false;
  }

  #setValue(bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === QUOTE) start++;
    if (end > start && bytes[end - 1] === QUOTE) end--;
    this.start = start;
    this.end = end;
  }
}

/** Find the file name of a Content-Disposition value. */
export function findFileName(parameter: Parameter, bytes: Uint8Array, start: number, end: number): boolean {
  return parameter.find(bytes, start, end, FILE_NAME);
}

export class MultipartReader {
  /** Files found by `read`: names at `[nameStart, nameEnd)`, contents at `[dataStart, dataEnd)` of the body. */
  count = 0;
  readonly nameStart = new Int32Array(MAX_FILES);
  readonly nameEnd = new Int32Array(MAX_FILES);
  readonly dataStart = new Int32Array(MAX_FILES);
  readonly dataEnd = new Int32Array(MAX_FILES);

  readonly #parameter = new Parameter();
  readonly #delimiter = new Uint8Array(MAX_BOUNDARY_OCTETS + 2);
  /** How much of the delimiter still matches where its next octet does not (Knuth, Morris, Pratt). */
  readonly #fallback = new Uint8Array(MAX_BOUNDARY_OCTETS + 2);
  #delimiterLength = 0;

  /** Take the boundary from the Content-Type value `bytes[start, end)`; false if there is none. */
  setBoundary(bytes: Uint8Array, start: number, end: number): boolean {
    const parameter = this.#parameter;
    if (!parameter.find(bytes, start, end, BOUNDARY)) return false;
    const length = parameter.end - parameter.start;
    if (length === 0 || length > MAX_BOUNDARY_OCTETS) return false;
    const delimiter = this.#delimiter;
    delimiter[0] = 0x2d;
    delimiter[1] = 0x2d;
    for (let i = 0; i < length; i++) delimiter[2 + i] = bytes[parameter.start + i]!;
    this.#delimiterLength = length + 2;
    this.#buildFallback();
    return true;
  }

  #buildFallback(): void {
    const delimiter = this.#delimiter;
    const fallback = this.#fallback;
    fallback[0] = 0;
    let matched = 0;
    for (let at = 1; at < this.#delimiterLength; at++) {
      while (matched > 0 && delimiter[at] !== delimiter[matched]) matched = fallback[matched - 1]!;
      if (delimiter[at] === delimiter[matched]) matched++;
      fallback[at] = matched;
    }
  }

  /** Find the files in the body `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number, events: EventList): void {
    this.count = 0;
    let part = this.#findDelimiter(bytes, start, end);
    while (part >= 0 && this.count < MAX_FILES) {
      const headers = part + this.#delimiterLength;
      const headersEnd = indexOfOctets(bytes, headers, end, HEAD_END);
      if (headersEnd < 0) return;
      const data = headersEnd + HEAD_END.length;
      const next = this.#findDelimiter(bytes, data, end);
      if (this.#readHeaders(bytes, headers + LINE_END.length, headersEnd, events)) {
        const dataEnd = next < 0 ? end : Math.max(data, next - LINE_END.length);
        if (next === data) events.add(AppLayerEvent.HTTP_MULTIPART_NO_FILEDATA);
        else this.#addFile(data, dataEnd);
      }
      part = next;
    }
  }

  #addFile(start: number, end: number): void {
    const index = this.count++;
    this.nameStart[index] = this.#parameter.start;
    this.nameEnd[index] = this.#parameter.end;
    this.dataStart[index] = start;
    this.dataEnd[index] = end;
  }

  #findDelimiter(bytes: Uint8Array, start: number, end: number): number {
    const delimiter = this.#delimiter;
    const length = this.#delimiterLength;
    let matched = 0;
    for (let at = start; at < end; at++) {
      const octet = bytes[at]!;
      while (matched > 0 && octet !== delimiter[matched]) matched = this.#fallback[matched - 1]!;
      if (octet === delimiter[matched]) matched++;
      if (matched === length) return at + 1 - length;
    }
    return -1;
  }

  /** Whether the headers of a part name a file; the name is then in the parameter. */
  #readHeaders(bytes: Uint8Array, start: number, end: number, events: EventList): boolean {
    let hasName = false;
    let line = start;
    while (line < end) {
      const found = indexOfOctets(bytes, line, end, LINE_END);
      const lineEnd = found < 0 ? end : found;
      const colon = indexOfOctet(bytes, COLON, line, lineEnd);
      if (colon < 0 || colon === lineEnd - 1) events.add(AppLayerEvent.HTTP_MULTIPART_INVALID_HEADER);
      else if (startsWithIgnoringCase(bytes, line, lineEnd, CONTENT_DISPOSITION)) {
        hasName ||= findFileName(this.#parameter, bytes, colon + 1, lineEnd);
      }
      line = lineEnd + LINE_END.length;
    }
    return hasName;
  }
}
