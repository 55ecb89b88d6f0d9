/**
 * Owns the fields made of a whole header block: `http.header`, `http.header.raw`, `http.header_names`, `http.start`,
 * `http.request_header`, `http.response_header`, as Suricata puts them together.
 *
 *     http.header        Name: value CRLF for each header but Cookie (Set-Cookie in a response)
 *     http.start         the first line CRLF, all headers likewise, CRLF if there was one
 *     http.header_names  CRLF Name CRLF Name CRLF CRLF
 *
 * Where the block on the wire already has that form, as most do, nothing is copied. Like in Suricata the fields of the
 * block are missing where the framing of the message cannot be read; those of single headers are there. What nobody looks at
 * is not put together.
 */

import { Field, type FieldId } from "../fields.js";
import type { MessageView } from "../message-view.js";
import type { ByteScratch } from "./byte-scratch.js";
import { Framing, type FramingId } from "./framing.js";
import type { HeaderTable } from "./header-table.js";
import { COLON, CR, equalsIgnoringCase, LF, SP } from "./octet-class.js";

/** One-header entries at most: room must remain for the fields of the body. */
const MAX_HEADER_ENTRIES = 400;

/** A head as its reader left it. */
export interface HeadLines {
  readonly bytes: Uint8Array;
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly headersStart: number;
  readonly headersEnd: number;
  /** What came behind the body, in `bytes` as well. */
  readonly trailerStart: number;
  readonly trailerEnd: number;
  readonly headers: HeaderTable;
  readonly framing: FramingId;
  /** As in Suricata the fields made of the whole block are missing. */
  readonly isBlockHidden: boolean;
}

export class HeaderFields {
  readonly #scratch: ByteScratch;

  constructor(scratch: ByteScratch) {
    this.#scratch = scratch;
  }

  /** Add the fields of `head` to `message`. `cookie`: name of the header `http.header` leaves out. */
  add(message: MessageView, head: HeadLines, cookie: Uint8Array, entryField: FieldId): void {
    const { headers } = head;
    const isPlain = headers.count > 0 && isPlainBlock(head);
    if (head.framing !== Framing.INVALID && !head.isBlockHidden)
      this.#addBlock(message, head, cookie, isPlain);
    if (message.wants(entryField)) this.#addEntries(message, headers, entryField, isPlain);
  }

  #addBlock(message: MessageView, head: HeadLines, cookie: Uint8Array, isPlain: boolean): void {
    const { headersStart, headersEnd } = head;
    if (head.trailerEnd > head.trailerStart) this.#addRawWithTrailers(message, head);
    else if (headersEnd > headersStart) {
      message.add(Field.HTTP_HEADER_RAW, head.bytes, headersStart, headersEnd - headersStart);
    }
    if (isPlain && isPlainLineEnd(head)) {
      message.add(Field.HTTP_START, head.bytes, head.lineStart, headersEnd - head.lineStart);
    } else if (message.wants(Field.HTTP_START)) this.#addComposedStart(message, head);
    if (head.headers.count === 0) return;
    if (message.wants(Field.HTTP_HEADER)) this.#addHeader(message, head, cookie, isPlain);
    if (message.wants(Field.HTTP_HEADER_NAMES)) this.#addNames(message, head.headers);
  }

  #addRawWithTrailers(message: MessageView, head: HeadLines): void {
    const scratch = this.#scratch;
    const start = scratch.length;
    scratch.append(head.bytes, head.headersStart, head.headersEnd);
    scratch.append(head.bytes, head.trailerStart, head.trailerEnd);
    message.add(Field.HTTP_HEADER_RAW, scratch.bytes, start, scratch.length - start);
  }

  #addHeader(message: MessageView, head: HeadLines, cookie: Uint8Array, isPlain: boolean): void {
    const { headers } = head;
    let cookies = 0;
    let cookieIndex = -1;
    for (let i = 0; i < headers.count; i++) {
      if (!isNamed(headers, i, cookie)) continue;
      cookies++;
      cookieIndex = i;
    }
    if (cookies === headers.count) return;
    const isAtEdge = cookieIndex === 0 || cookieIndex === headers.count - 1;
    if (isPlain && (cookies === 0 || (cookies === 1 && isAtEdge))) {
      const start = cookieIndex === 0 ? headers.nameStart[1]! : head.headersStart;
      const isLast = cookies === 1 && cookieIndex > 0;
      const end = isLast ? headers.nameStart[cookieIndex]! : head.headersEnd - 2;
      message.add(Field.HTTP_HEADER, head.bytes, start, end - start);
      return;
    }
    const scratch = this.#scratch;
    const start = scratch.length;
    for (let i = 0; i < headers.count; i++) {
      if (isNamed(headers, i, cookie)) continue;
      this.#compose(headers, i);
      this.#pushLineEnd();
    }
    message.add(Field.HTTP_HEADER, scratch.bytes, start, scratch.length - start);
  }

  #addComposedStart(message: MessageView, head: HeadLines): void {
    const { headers } = head;
    const scratch = this.#scratch;
    const start = scratch.length;
    scratch.append(head.bytes, head.lineStart, head.lineEnd);
    this.#pushLineEnd();
    for (let i = 0; i < headers.count; i++) {
      this.#compose(headers, i);
      this.#pushLineEnd();
    }
    if (headers.count > 0) this.#pushLineEnd();
    message.add(Field.HTTP_START, scratch.bytes, start, scratch.length - start);
  }

  #addNames(message: MessageView, headers: HeaderTable): void {
    const scratch = this.#scratch;
    const start = scratch.length;
    this.#pushLineEnd();
    for (let i = 0; i < headers.count; i++) {
      scratch.append(headers.nameBytes[i]!, headers.nameStart[i]!, headers.nameEnd[i]!);
      this.#pushLineEnd();
    }
    this.#pushLineEnd();
    message.add(Field.HTTP_HEADER_NAMES, scratch.bytes, start, scratch.length - start);
  }

  #addEntries(message: MessageView, headers: HeaderTable, field: FieldId, isPlain: boolean): void {
    const scratch = this.#scratch;
    const count = Math.min(headers.count, MAX_HEADER_ENTRIES);
    for (let i = 0; i < count; i++) {
      if (isPlain) {
        const start = headers.nameStart[i]!;
        message.add(field, headers.nameBytes[i]!, start, headers.valueEnd[i]! - start);
        continue;
      }
      const start = scratch.length;
      this.#compose(headers, i);
      message.add(field, scratch.bytes, start, scratch.length - start);
    }
    message.droppedEntries += headers.count - count;
  }

  /** `Name: value`. */
  #compose(headers: HeaderTable, index: number): void {
    const scratch = this.#scratch;
    scratch.append(headers.nameBytes[index]!, headers.nameStart[index]!, headers.nameEnd[index]!);
    scratch.push(COLON);
    scratch.push(SP);
    scratch.append(headers.valueBytes[index]!, headers.valueStart[index]!, headers.valueEnd[index]!);
  }

  #pushLineEnd(): void {
    this.#scratch.push(CR);
    this.#scratch.push(LF);
  }
}

function isNamed(headers: HeaderTable, index: number, name: Uint8Array): boolean {
  return equalsIgnoringCase(
    headers.nameBytes[index]!,
    headers.nameStart[index]!,
    headers.nameEnd[index]!,
    name,
  );
}

/** Whether the header block on the wire is `Name: value CRLF` for each header in the table, and CRLF. */
function isPlainBlock(head: HeadLines): boolean {
  const { bytes, headers } = head;
  let at = head.headersStart;
  for (let i = 0; i < headers.count; i++) {
    const isThere =
      headers.nameBytes[i] === bytes &&
      headers.valueBytes[i] === bytes &&
      headers.nameStart[i] === at &&
      headers.valueStart[i] === headers.nameEnd[i]! + 2 &&
      bytes[headers.nameEnd[i]!] === COLON &&
      bytes[headers.nameEnd[i]! + 1] === SP;
    if (!isThere) return false;
    const end = headers.valueEnd[i]!;
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return false;
    at = end + 2;
  }
  return at + 2 === head.headersEnd && bytes[at] === CR && bytes[at + 1] === LF;
}

function isPlainLineEnd(head: HeadLines): boolean {
  const { bytes, lineEnd } = head;
  return lineEnd + 2 === head.headersStart && bytes[lineEnd] === CR && bytes[lineEnd + 1] === LF;
}
