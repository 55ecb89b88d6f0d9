/**
 * Owns the message of a mail (RFC 5322, MIME: RFC 2045–2049), read line by line: headers, parts by their
 * boundaries, messages in messages; and the attachments as files.
 *
 * A part is an attachment where its headers name a file (Content-Disposition `filename`, Content-Type `name`), as
 * for Suricata; other bodies are passed over. Bound: 8 KiB; header values past MAX_VALUE_OCTETS, boundaries past
 * MAX_BOUNDARY_OCTETS and parts nested deeper than MAX_DEPTH are not followed.
 */

import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import { type FilePool, OpenFile } from "../file-pool.js";
import { asciiOctets, lowerCase } from "../octets.js";
import { TextBuffer } from "../text-buffer.js";
import { PartDecoder, TransferEncoding, type TransferEncodingId } from "./part-decoder.js";

const MAX_VALUE_OCTETS = 2000;
const MAX_NAME_OCTETS = 1000;
/** Lines of headers and bodies (RFC 5322 2.1.1), and of encoded bodies (RFC 2045 6.7, 6.8). */
const MAX_LINE_OCTETS = 998;
const MAX_ENCODED_LINE_OCTETS = 76;
const MAX_BOUNDARY_OCTETS = 254;
const MAX_DEPTH = 8;
const MAX_FILE_NAME_OCTETS = 255;
const MAX_TOLD_OCTETS = 256;
const MAX_TOLD_ATTACHMENTS = 16;

const COLON = 0x3a;
const HYPHEN = 0x2d;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

const FROM = asciiOctets("from");
const TO = asciiOctets("to");
const CC = asciiOctets("cc");
const SUBJECT = asciiOctets("subject");
const CONTENT_TYPE = asciiOctets("content-type");
const CONTENT_DISPOSITION = asciiOctets("content-disposition");
const CONTENT_TRANSFER_ENCODING = asciiOctets("content-transfer-encoding");
const FILE_NAME = asciiOctets("filename=");
const NAME = asciiOctets("name=");
const BOUNDARY = asciiOctets("boundary=");
const MESSAGE = asciiOctets("message/rfc822");
const BASE64 = asciiOctets("base64");
const QUOTED_PRINTABLE = asciiOctets("quoted-printable");

export interface EventSink {
  addEvent(event: AppLayerEventId): void;
}

/** How far a message was read, for EVE. */
export const MailStatus = { HEADER: 0, BODY: 1, DONE: 2, READY: 3 } as const;
export type MailStatusId = (typeof MailStatus)[keyof typeof MailStatus];

export class MimeReader {
  status: MailStatusId = MailStatus.READY;
  readonly from = new TextBuffer(MAX_TOLD_OCTETS);
  readonly to = new TextBuffer(MAX_TOLD_OCTETS);
  readonly cc = new TextBuffer(MAX_TOLD_OCTETS);
  readonly subject = new TextBuffer(MAX_TOLD_OCTETS);
  /** Name of the attachment that is being read, or was read last. */
  readonly fileName = new TextBuffer(MAX_FILE_NAME_OCTETS);
  /** The attachment that is being read. */
  readonly file: OpenFile;
  /** Names of attachments so far, one behind the other, and where each ends. */
  readonly attachmentNames = new TextBuffer(1024);
  readonly attachmentEnd = new Uint16Array(MAX_TOLD_ATTACHMENTS);
  attachmentCount = 0;

  readonly #events: EventSink;
  readonly #decoder = new PartDecoder();
  /** The header line that is being read, folds taken out. */
  readonly #header = new TextBuffer(MAX_NAME_OCTETS + MAX_VALUE_OCTETS);
  readonly #boundaries = new Uint8Array(MAX_DEPTH * MAX_BOUNDARY_OCTETS);
  readonly #boundaryLength = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #isInHeader = true;
  #isOutermost = true;
  #isAttachment = false;
  #isMessage = false;
  #isCutLine = false;
  #encoding: TransferEncodingId = TransferEncoding.NONE;

  constructor(pool: FilePool, events: EventSink) {
    this.file = new OpenFile(pool);
    this.#events = events;
  }

  /** Another message begins. */
  begin(): void {
    this.status = MailStatus.READY;
    this.from.clear();
    this.to.clear();
    this.cc.clear();
    this.subject.clear();
    this.attachmentNames.clear();
    this.attachmentCount = 0;
    this.file.close();
    this.#depth = 0;
    this.#isOutermost = true;
    this.#isCutLine = false;
    this.#beginPart();
  }

  /**
   * One line of the message with the length of its line break, 0 where a line that is too long goes on. True: the
   * attachment is complete as far as it is wanted, take it (`file.close()`) before the next line.
   */
  line(bytes: Uint8Array, start: number, end: number, breakLength: number, nowUs: number): boolean {
    if (this.status === MailStatus.READY) this.status = MailStatus.HEADER;
    const isContinued = this.#isCutLine;
    this.#isCutLine = breakLength === 0;
    if (end - start > MAX_LINE_OCTETS) this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_LINE);
    if (!isContinued && this.#depth > 0 && this.#readBoundary(bytes, start, end)) return this.#endFile();
    if (this.#isInHeader) {
      if (isContinued) this.#header.push(bytes, start, end - start);
      else this.#headerLine(bytes, start, end, nowUs);
      return false;
    }
    if (!this.file.isOpen) return false;
    if (this.#encoding !== TransferEncoding.NONE && end - start > MAX_ENCODED_LINE_OCTETS) {
      this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_ENC_LINE);
    }
    this.#decoder.line(this.file, bytes, start, end, breakLength, nowUs);
    return this.file.isFull;
  }

  /** The message is over. True: there is an attachment to take. */
  finish(): boolean {
    if (this.#isInHeader) this.#endHeader();
    this.status = MailStatus.DONE;
    return this.#endFile();
  }

  #beginPart(): void {
    this.#isInHeader = true;
    this.#isAttachment = false;
    this.#isMessage = false;
    this.#encoding = TransferEncoding.NONE;
    this.#header.clear();
  }

  #endFile(): boolean {
    if (!this.file.isOpen) return false;
    if (this.#decoder.isInvalid) {
      this.#events.addEvent(
        this.#decoder.isBase64 ? AppLayerEvent.SMTP_MIME_INVALID_BASE64 : AppLayerEvent.SMTP_MIME_INVALID_QP,
      );
    }
    return true;
  }

  /** Whether the line is a boundary of the part or of one around it. The file that ends with it stays open. */
  #readBoundary(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 2 || bytes[start] !== HYPHEN || bytes[start + 1] !== HYPHEN) return false;
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const length = this.#boundaryLength[depth]!;
      if (end - start - 2 < length) continue;
      const first = depth * MAX_BOUNDARY_OCTETS;
      let i = 0;
      while (i < length && bytes[start + 2 + i] === this.#boundaries[first + i]) i++;
      if (i < length) continue;
      const rest = start + 2 + length;
      const isLast = end - rest >= 2 && bytes[rest] === HYPHEN && bytes[rest + 1] === HYPHEN;
      this.#depth = isLast ? depth : depth + 1;
      this.#beginPart();
      this.#isInHeader = !isLast;
      return true;
    }
    return false;
  }

  #headerLine(bytes: Uint8Array, start: number, end: number, nowUs: number): void {
    const header = this.#header;
    const isFolded = end > start && (bytes[start] === SPACE || bytes[start] === TAB);
    if (isFolded && header.length > 0) {
      header.push(bytes, start, end - start);
      return;
    }
    this.#endHeader();
    if (end > start) {
      header.push(bytes, start, end - start);
      return;
    }
    this.#isInHeader = false;
    this.#isOutermost = false;
    this.status = MailStatus.BODY;
    if (this.#isMessage) this.#beginPart();
    else if (this.#isAttachment) this.#beginFile(nowUs);
  }

  #beginFile(nowUs: number): void {
    if (this.attachmentCount < MAX_TOLD_ATTACHMENTS) {
      this.attachmentNames.push(this.fileName.bytes, 0, this.fileName.length);
      this.attachmentEnd[this.attachmentCount++] = this.attachmentNames.length;
    }
    this.#decoder.begin(this.#encoding);
    this.file.open(nowUs);
  }

  #endHeader(): void {
    const { bytes, length } = this.#header;
    if (length === 0) return;
    let colon = 0;
    while (colon < length && bytes[colon] !== COLON) colon++;
    // A line that is no field says nothing, as in Suricata 7.
    if (colon < length) {
      if (colon > MAX_NAME_OCTETS) this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_HEADER_NAME);
      if (length - colon > MAX_VALUE_OCTETS) this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_HEADER_VALUE);
      let value = colon + 1;
      while (value < length && (bytes[value] === SPACE || bytes[value] === TAB)) value++;
      this.#takeHeader(bytes, colon, value, length);
    }
    this.#header.clear();
  }

  /** The header with the name `bytes[0, nameEnd)` and the value `bytes[start, end)`. */
  #takeHeader(bytes: Uint8Array, nameEnd: number, start: number, end: number): void {
    if (equalsIgnoringCase(bytes, 0, nameEnd, CONTENT_TYPE)) {
      this.#takeBoundary(bytes, start, end);
      if (!this.#isAttachment) this.#takeFileName(bytes, start, end, NAME);
      this.#isMessage = equalsIgnoringCase(bytes, start, start + MESSAGE.length, MESSAGE);
    } else if (equalsIgnoringCase(bytes, 0, nameEnd, CONTENT_DISPOSITION)) {
      this.#takeFileName(bytes, start, end, FILE_NAME);
    } else if (equalsIgnoringCase(bytes, 0, nameEnd, CONTENT_TRANSFER_ENCODING)) {
      if (find(bytes, start, end, BASE64) >= 0) this.#encoding = TransferEncoding.BASE64;
      else if (find(bytes, start, end, QUOTED_PRINTABLE) >= 0) {
        this.#encoding = TransferEncoding.QUOTED_PRINTABLE;
      }
    } else if (this.#isOutermost) {
      const told = this.#toldHeader(bytes, nameEnd);
      if (told !== undefined && told.length === 0) told.push(bytes, start, end - start);
    }
  }

  #toldHeader(bytes: Uint8Array, nameEnd: number): TextBuffer | undefined {
    if (equalsIgnoringCase(bytes, 0, nameEnd, FROM)) return this.from;
    if (equalsIgnoringCase(bytes, 0, nameEnd, TO)) return this.to;
    if (equalsIgnoringCase(bytes, 0, nameEnd, CC)) return this.cc;
    return equalsIgnoringCase(bytes, 0, nameEnd, SUBJECT) ? this.subject : undefined;
  }

  #takeBoundary(bytes: Uint8Array, start: number, end: number): void {
    const found = find(bytes, start, end, BOUNDARY);
    if (found < 0) return;
    const from = parameterStart(bytes, found + BOUNDARY.length, end);
    const length = parameterEnd(bytes, from, end) - from;
    if (length > MAX_BOUNDARY_OCTETS) {
      this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_BOUNDARY);
      this.#events.addEvent(AppLayerEvent.SMTP_MIME_PARSE_FAILED);
    }
    if (length === 0 || length > MAX_BOUNDARY_OCTETS || this.#depth === MAX_DEPTH) return;
    const first = this.#depth * MAX_BOUNDARY_OCTETS;
    for (let i = 0; i < length; i++) this.#boundaries[first + i] = bytes[from + i]!;
    this.#boundaryLength[this.#depth++] = length;
  }

  #takeFileName(bytes: Uint8Array, start: number, end: number, parameter: Uint8Array): void {
    const found = find(bytes, start, end, parameter);
    if (found < 0) return;
    const from = parameterStart(bytes, found + parameter.length, end);
    const length = parameterEnd(bytes, from, end) - from;
    if (length > MAX_FILE_NAME_OCTETS) this.#events.addEvent(AppLayerEvent.SMTP_MIME_LONG_FILENAME);
    this.fileName.clear();
    this.fileName.push(bytes, from, length);
    this.#isAttachment = true;
  }
}

/** Index of `needle` (lower case) in `bytes[start, end)` in any case, or −1. */
function find(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  for (let at = start; at + needle.length <= end; at++) {
    if (equalsIgnoringCase(bytes, at, at + needle.length, needle)) return at;
  }
  return -1;
}

function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (lowerCase(bytes[start + i] ?? 0) !== text[i]) return false;
  }
  return true;
}

/** Where the value of a parameter begins, behind its quote if it has one. */
function parameterStart(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at < end && bytes[at] === QUOTE ? at + 1 : at;
}

function parameterEnd(bytes: Uint8Array, start: number, end: number): number {
  const isQuoted = bytes[start - 1] === QUOTE;
  let at = start;
  while (at < end && (isQuoted ? bytes[at] !== QUOTE : bytes[at] !== SEMICOLON && bytes[at] !== SPACE)) at++;
  return at;
}
