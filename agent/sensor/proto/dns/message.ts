/**
 * Owns one DNS message (RFC 1035) as fields: question names, answer names, header numbers, Suricata's events.
 * Used for DNS over UDP and TCP, mDNS (RFC 6762) and LLMNR (RFC 4795), whose messages have the same form.
 *
 * As Suricata 7 reads it: of a request the question section, of a response questions, answers and authorities; a
 * message with one malformed record is malformed as a whole. Refuses nothing else: names are bytes. Names in answers are followed
 * for what is odd about them, but put together only where somebody looks at them.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import { DnsNameReader, NAME_LOOP, NAME_TOO_LONG, NAME_TOO_MANY_LABELS } from "./name.js";
import { RecordType } from "./record-types.js";

export const DNS_HEADER_BYTES = 12;
const QR_FLAG = 0x8000;
const Z_FLAG = 0x0040;
/** Opcodes from here on are not assigned. */
const FIRST_INVALID_OPCODE = 7;
const NAME_STORE_BYTES = 65_536;
const MAX_LABEL_BYTES = 63;
/** A pointer to the first question: how nearly every answer spells its owner. */
const POINTER_TO_QUESTION = 0xc000 | DNS_HEADER_BYTES;

/** Whether the message at `start` is a response by its own word. Needs three bytes. */
export function isResponse(bytes: Uint8Array, start: number): boolean {
  return (bytes[start + 2]! & 0x80) !== 0;
}

/** Whether the twelve bytes at `start` can head a DNS message of `length` bytes, as Suricata tells. */
export function isPlausibleHeader(bytes: Uint8Array, start: number, length: number): boolean {
  const questions = readUint16(bytes, start + 4);
  const records =
    questions + readUint16(bytes, start + 6) + readUint16(bytes, start + 8) + readUint16(bytes, start + 10);
  if (2 * records > length) return false;
  if (records === 0 && length > DNS_HEADER_BYTES) return false;
  return questions > 0 || isResponse(bytes, start);
}

export class DnsMessageReader {
  /** The last message read, for whoever describes it. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  readonly #names = new DnsNameReader(NAME_STORE_BYTES);
  readonly #hasAdditionals: boolean;
  #message: MessageView | undefined;
  #next = 0;

  /** `hasAdditionals`: whether names of the additional section are answers too (mDNS). */
  constructor(hasAdditionals: boolean) {
    this.#hasAdditionals = hasAdditionals;
  }

  /**
   * Fill `message`, already begun, from `bytes[start, end)`, which begins with a plausible header. `isCut`: the
   * message goes on behind `end`, so a record that does not fit is no malformation. False: this was no message
   * of that direction, or a malformed one.
   */
  read(bytes: Uint8Array, start: number, end: number, isCut: boolean, message: MessageView): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#message = message;
    this.#names.begin();
    const flags = readUint16(bytes, start + 2);
    const opcode = (flags >> 11) & 0xf;
    setHeaderNumbers(message, readUint16(bytes, start), flags);
    const isRequest = message.direction === TO_SERVER;
    if (isRequest && (flags & QR_FLAG) !== 0) {
      message.addEvent(AppLayerEvent.DNS_NOT_REQUEST);
      return false;
    }
    if (!isRequest) message.setNumber(NumberField.DNS_RCODE, flags & 0xf);
    this.#next = start + DNS_HEADER_BYTES;
    const isWhole = isRequest ? this.#readQuestions(true) : this.#readQuestions(false) && this.#readRecords();
    if (!isWhole && !isCut) {
      // As for Suricata, nothing that could be read of it counts.
      message.begin(message.protocol, message.direction, message.stage, message.transaction);
      setHeaderNumbers(message, readUint16(bytes, start), flags);
      message.addEvent(AppLayerEvent.DNS_MALFORMED_DATA);
      return false;
    }
    if ((flags & Z_FLAG) !== 0) message.addEvent(AppLayerEvent.DNS_Z_FLAG_SET);
    if (opcode >= FIRST_INVALID_OPCODE) message.addEvent(AppLayerEvent.DNS_INVALID_OPCODE);
    const oddities = this.#names.flags;
    if (oddities === 0) return true;
    if ((oddities & NAME_TOO_LONG) !== 0) message.addEvent(AppLayerEvent.DNS_NAME_TOO_LONG);
    if ((oddities & NAME_LOOP) !== 0) message.addEvent(AppLayerEvent.DNS_INFINITE_LOOP);
    if ((oddities & NAME_TOO_MANY_LABELS) !== 0) message.addEvent(AppLayerEvent.DNS_TOO_MANY_LABELS);
    return true;
  }

  /**
   * Whether `[start, end)` looks like the beginning of a message of `length` bytes: a plausible header, questions
   * that can be read and, in a response that is here whole, records up to its end. Undefined: too little is here.
   */
  isMessage(bytes: Uint8Array, start: number, end: number, length: number): boolean | undefined {
    if (end - start < DNS_HEADER_BYTES) return length < DNS_HEADER_BYTES ? false : undefined;
    if (!isPlausibleHeader(bytes, start, length)) return false;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#message = undefined;
    this.#names.begin();
    this.#next = start + DNS_HEADER_BYTES;
    const isCut = end - start < length;
    if (!this.#readQuestions(false)) return isCut ? undefined : false;
    if (isCut || !isResponse(bytes, start)) return true;
    if (!this.#readAllRecords()) return false;
    // Without a question there is little to go by: then the records must fill the message.
    return readUint16(bytes, start + 4) > 0 || this.#next === end;
  }

  /** Whether `[start, end)` is a message whose first question, or what follows the questions, is cut off or wrong. */
  isCutMessage(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start <= DNS_HEADER_BYTES || !isPlausibleHeader(bytes, start, end - start)) return false;
    let at = start + DNS_HEADER_BYTES;
    while (at < end && bytes[at] !== 0) {
      if (bytes[at]! > MAX_LABEL_BYTES) return false;
      at += bytes[at]! + 1;
    }
    return true;
  }

  #readQuestions(isRequest: boolean): boolean {
    const { bytes, start, end } = this;
    const message = this.#message;
    const count = readUint16(bytes, start + 4);
    const field = isRequest ? Field.DNS_QUERY : Field.DNS_ANSWER_NAME;
    // Suricata's inspection of dns.query ends at the first name without text (the root).
    let isWanted = isRequest || message?.wants(field) === true;
    for (let i = 0; i < count; i++) {
      const isKept = isWanted && message !== undefined;
      const next = this.#names.read(bytes, this.#next, end, start, end, isKept);
      if (next < 0 || next + 4 > end) return false;
      if (isKept) isWanted = this.#addName(field, message);
      if (i === 0) message?.setNumber(NumberField.DNS_RRTYPE, readUint16(bytes, next));
      this.#next = next + 4;
    }
    return true;
  }

  #readRecords(): boolean {
    const { bytes, start } = this;
    const isWanted = this.#message?.wants(Field.DNS_ANSWER_NAME) === true;
    if (!this.#readSection(readUint16(bytes, start + 6), isWanted)) return false;
    if (!this.#readSection(readUint16(bytes, start + 8), false)) return false;
    return !this.#hasAdditionals || this.#readSection(readUint16(bytes, start + 10), isWanted);
  }

  #readAllRecords(): boolean {
    const { bytes, start } = this;
    const records =
      readUint16(bytes, start + 6) + readUint16(bytes, start + 8) + readUint16(bytes, start + 10);
    return this.#readSection(records, false);
  }

  #readSection(count: number, isWanted: boolean): boolean {
    const { bytes, start, end } = this;
    const hasQuestion = readUint16(bytes, start + 4) > 0;
    for (let i = 0; i < count; i++) {
      const at = this.#next;
      let next: number;
      if (hasQuestion && at + 2 <= end && readUint16(bytes, at) === POINTER_TO_QUESTION) {
        next = at + 2;
      } else {
        next = this.#names.read(bytes, at, end, start, end, isWanted);
        if (isWanted && next >= 0) this.#addName(Field.DNS_ANSWER_NAME, this.#message!);
      }
      if (next < 0 || next + 10 > end) return false;
      const dataEnd = next + 10 + readUint16(bytes, next + 8);
      if (dataEnd > end) return false;
      if (!this.#isData(readUint16(bytes, next), next + 10, dataEnd)) return false;
      this.#next = dataEnd;
    }
    return true;
  }

  /** Whether the record data `[at, limit)` of `type` can be read, as strictly as Suricata. */
  #isData(type: number, at: number, limit: number): boolean {
    if (at === limit) return true;
    switch (type) {
      case RecordType.CNAME:
      case RecordType.NS:
      case RecordType.PTR:
        return this.#followName(at, limit) >= 0;
      case RecordType.MX:
        return at + 2 <= limit && this.#followName(at + 2, limit) >= 0;
      case RecordType.SRV:
        return at + 6 <= limit && this.#followName(at + 6, limit) >= 0;
      case RecordType.SOA: {
        const mailbox = this.#followName(at, limit);
        if (mailbox < 0) return false;
        const numbers = this.#followName(mailbox, limit);
        return numbers >= 0 && numbers + 20 <= limit;
      }
      case RecordType.TXT:
        return at + 1 + this.bytes[at]! <= limit;
      case RecordType.SSHFP:
        return at + 2 <= limit;
      default:
        return true;
    }
  }

  #followName(at: number, limit: number): number {
    return this.#names.read(this.bytes, at, limit, this.start, this.end, false);
  }

  /** Add the name just read; false where it has no text. */
  #addName(field: typeof Field.DNS_QUERY | typeof Field.DNS_ANSWER_NAME, message: MessageView): boolean {
    const names = this.#names;
    if (!names.isStored) {
      message.droppedEntries++;
      return true;
    }
    if (names.length === 0) return false;
    message.add(field, names.text, names.offset, names.length);
    return true;
  }
}

function setHeaderNumbers(message: MessageView, id: number, flags: number): void {
  message.setNumber(NumberField.DNS_ID, id);
  message.setNumber(NumberField.DNS_FLAGS, flags);
  message.setNumber(NumberField.DNS_OPCODE, (flags >> 11) & 0xf);
}
