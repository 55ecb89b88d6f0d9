/**
 * Owns what Content-Encoding says: the list of codings to undo, as libhtp reads it. It undoes gzip and deflate,
 * at most two of them; anything else (br, zstd, lzma, identity) leaves the body as it is.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { asciiOctets } from "../octets.js";
import type { EventList } from "./event-list.js";
import { Header, type HeaderTable } from "./header-table.js";
import { equalsIgnoringCase, equalsWithoutNul, indexIgnoringCase } from "./octet-class.js";

export const Coding = { NONE: 0, GZIP: 1, DEFLATE: 2 } as const;
export type CodingId = (typeof Coding)[keyof typeof Coding];

const MAX_CODINGS = 2;

const GZIP = asciiOctets("gzip");
const X_GZIP = asciiOctets("x-gzip");
const DEFLATE = asciiOctets("deflate");
const X_DEFLATE = asciiOctets("x-deflate");
const LZMA = asciiOctets("lzma");
const INFLATE = asciiOctets("inflate");
const NONE = asciiOctets("none");

export class CodingList {
  count = 0;
  /** In the order of undoing. */
  readonly codings = new Uint8Array(MAX_CODINGS);

  clear(): void {
    this.count = 0;
  }

  /** A request's coding: one, spelt rightly. */
  readRequest(headers: HeaderTable): void {
    this.clear();
    const index = headers.find(Header.CONTENT_ENCODING);
    if (index < 0) return;
    const bytes = headers.valueBytes[index]!;
    this.#addKnown(bytes, headers.valueStart[index]!, headers.valueEnd[index]!);
  }

  /** A response's codings: also misspelt ones, also in a list. */
  readResponse(headers: HeaderTable, events: EventList): void {
    this.clear();
    const index = headers.find(Header.CONTENT_ENCODING);
    if (index < 0) return;
    const bytes = headers.valueBytes[index]!;
    const start = headers.valueStart[index]!;
    const end = headers.valueEnd[index]!;
    if (this.#addKnown(bytes, start, end)) return;
    if (equalsWithoutNul(bytes, start, end, LZMA)) return;
    if (equalsWithoutNul(bytes, start, end, INFLATE) || equalsWithoutNul(bytes, start, end, NONE)) return;
    this.#readList(bytes, start, end, events);
  }

  #addKnown(bytes: Uint8Array, start: number, end: number): boolean {
    if (equalsWithoutNul(bytes, start, end, GZIP) || equalsWithoutNul(bytes, start, end, X_GZIP)) {
      this.#add(Coding.GZIP);
    } else if (
      equalsWithoutNul(bytes, start, end, DEFLATE) ||
      equalsWithoutNul(bytes, start, end, X_DEFLATE)
    ) {
      this.#add(Coding.DEFLATE);
    } else return false;
    return true;
  }

  #readList(bytes: Uint8Array, start: number, end: number, events: EventList): void {
    let layers = 0;
    let at = start;
    while (at < end) {
      let token = at;
      while (token < end && isListSeparator(bytes[token]!)) token++;
      if (token === end) return;
      let tokenEnd = token;
      while (tokenEnd < end && !isListSeparator(bytes[tokenEnd]!)) tokenEnd++;
      if (++layers > MAX_CODINGS) {
        events.add(AppLayerEvent.HTTP_TOO_MANY_ENCODING_LAYERS);
        return;
      }
      if (equalsIgnoringCase(bytes, token, tokenEnd, LZMA)) {
        events.add(AppLayerEvent.HTTP_COMPRESSION_BOMB);
        return;
      }
      this.#addToken(bytes, token, tokenEnd, events);
      // libhtp goes on behind as many octets as the token has, wherever it began.
      at += tokenEnd - token + 1;
    }
  }

  #addToken(bytes: Uint8Array, start: number, end: number, events: EventList): void {
    if (indexIgnoringCase(bytes, start, end, GZIP) >= 0) {
      if (!isExactly(bytes, start, end, GZIP, X_GZIP)) events.add(AppLayerEvent.HTTP_ABNORMAL_CE_HEADER);
      this.#add(Coding.GZIP);
    } else if (indexIgnoringCase(bytes, start, end, DEFLATE) >= 0) {
      if (!isExactly(bytes, start, end, DEFLATE, X_DEFLATE)) {
        events.add(AppLayerEvent.HTTP_ABNORMAL_CE_HEADER);
      }
      this.#add(Coding.DEFLATE);
    } else if (
      !equalsIgnoringCase(bytes, start, end, INFLATE) &&
      !equalsIgnoringCase(bytes, start, end, NONE)
    ) {
      events.add(AppLayerEvent.HTTP_ABNORMAL_CE_HEADER);
    }
  }

  #add(coding: CodingId): void {
    if (this.count < MAX_CODINGS) this.codings[this.count++] = coding;
  }
}

function isListSeparator(octet: number): boolean {
  return octet === 0x2c || octet === 0x20;
}

/** Whether `bytes[start, end)` is one of the patterns, case and all. */
function isExactly(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: Uint8Array,
  other: Uint8Array,
): boolean {
  return matches(bytes, start, end, pattern) || matches(bytes, start, end, other);
}

function matches(bytes: Uint8Array, start: number, end: number, pattern: Uint8Array): boolean {
  if (end - start !== pattern.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    if (bytes[start + i] !== pattern[i]) return false;
  }
  return true;
}
