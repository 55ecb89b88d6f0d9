/**
 * Owns the NetBIOS name service (RFC 1001, 1002; UDP 137): what Windows machines and printers call themselves.
 *
 * A name is sixteen bytes, the last one its kind (00 workstation, 20 file server …), each byte written as two
 * letters A–P. It is shown as `OFFICE-PC<00>`, padding removed. Names of requests stand in DNS_QUERY, names of
 * answers and of node status tables in DNS_ANSWER_NAME. Suricata 7 does not read this protocol.
 *
 * Memory: a counter per flow; MAX_NAMES names per message in the parser.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { DNS_HEADER_BYTES, isResponse } from "./message.js";

const ENCODED_NAME_BYTES = 34;
const NAME_BYTES = 16;
const TYPE_NODE_STATUS = 0x21;
const MAX_NAMES = 32;
/** `NAME<20>`. */
const TEXT_BYTES = NAME_BYTES - 1 + 4;
const SPACE = 0x20;
const LETTER_A = 0x41;
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

const OPCODE_NAMES: Readonly<Record<number, string>> = {
  0: "query",
  5: "registration",
  6: "release",
  7: "wack",
  8: "refresh",
  9: "refresh",
  15: "multihomed_registration",
};

export class NbnsState {
  messages = 0;
}

export class NbnsParser implements ProtocolParser<NbnsState> {
  readonly protocol = Protocol.NBNS;
  readonly #text = new Uint8Array(MAX_NAMES * TEXT_BYTES);
  #used = 0;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    return isNbns(bytes, offset, end) ? Probe.YES : Probe.NO;
  }

  createState(): NbnsState {
    return new NbnsState();
  }

  parse(state: NbnsState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    input.offset = end;
    if (!isNbns(bytes, start, end)) return Parsed.NEED_MORE;
    const isAnswer = isResponse(bytes, start);
    message.begin(this.protocol, isAnswer ? TO_CLIENT : TO_SERVER, STAGE_HEAD, state.messages++);
    const flags = readUint16(bytes, start + 2);
    message.setNumber(NumberField.DNS_ID, readUint16(bytes, start));
    message.setNumber(NumberField.DNS_FLAGS, flags);
    message.setNumber(NumberField.DNS_OPCODE, (flags >> 11) & 0xf);
    if (isAnswer) message.setNumber(NumberField.DNS_RCODE, flags & 0xf);
    this.#used = 0;
    const nameAt = start + DNS_HEADER_BYTES;
    const type = readUint16(bytes, nameAt + ENCODED_NAME_BYTES);
    message.setNumber(NumberField.DNS_RRTYPE, type);
    this.#addEncodedName(bytes, nameAt + 1, isAnswer, message);
    if (isAnswer && type === TYPE_NODE_STATUS) {
      this.#addStatusTable(bytes, nameAt + ENCODED_NAME_BYTES + 10, end, message);
    }
    return Parsed.MESSAGE;
  }

  describe(_state: NbnsState, message: MessageView): Readonly<Record<string, unknown>> {
    const isAnswer = message.direction === TO_CLIENT;
    const names: string[] = [];
    let entry = message.first(isAnswer ? Field.DNS_ANSWER_NAME : Field.DNS_QUERY);
    for (; entry >= 0; entry = message.next(entry)) {
      names.push(
        eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!),
      );
    }
    const nbns = {
      type: isAnswer ? "answer" : "query",
      id: message.number(NumberField.DNS_ID),
      opcode: OPCODE_NAMES[message.number(NumberField.DNS_OPCODE)],
      rrname: names[0],
    };
    return { nbns: names.length > 1 ? { ...nbns, names: names.slice(1) } : nbns };
  }

  #addEncodedName(bytes: Uint8Array, at: number, isAnswer: boolean, message: MessageView): void {
    const from = this.#used;
    let to = from;
    for (let i = 0; i < NAME_BYTES - 1; i++) this.#text[to++] = nibblePair(bytes, at + 2 * i);
    this.#finishName(from, to, nibblePair(bytes, at + 2 * (NAME_BYTES - 1)), isAnswer, message);
  }

  /** Node status: a count, then sixteen bytes of name and two of flags each. */
  #addStatusTable(bytes: Uint8Array, at: number, end: number, message: MessageView): void {
    if (at >= end) return;
    let nameAt = at + 1;
    for (let left = Math.min(bytes[at]!, MAX_NAMES - 1); left > 0 && nameAt + NAME_BYTES + 2 <= end; left--) {
      const from = this.#used;
      for (let i = 0; i < NAME_BYTES - 1; i++) this.#text[from + i] = bytes[nameAt + i]!;
      this.#finishName(from, from + NAME_BYTES - 1, bytes[nameAt + NAME_BYTES - 1]!, true, message);
      nameAt += NAME_BYTES + 2;
    }
  }

  #finishName(from: number, paddedEnd: number, kind: number, isAnswer: boolean, message: MessageView): void {
    const text = this.#text;
    let to = paddedEnd;
    while (to > from && (text[to - 1] === SPACE || text[to - 1] === 0)) to--;
    text[to++] = 0x3c;
    text[to++] = HEX_DIGITS[kind >> 4]!;
    text[to++] = HEX_DIGITS[kind & 0xf]!;
    text[to++] = 0x3e;
    message.add(isAnswer ? Field.DNS_ANSWER_NAME : Field.DNS_QUERY, text, from, to - from);
    this.#used = to;
  }
}

/** The byte that two letters A–P at `at` stand for. */
function nibblePair(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! - LETTER_A) << 4) | (bytes[at + 1]! - LETTER_A);
}

/** A header with a known opcode, one question or answer, and an encoded name with type and class behind it. */
function isNbns(bytes: Uint8Array, start: number, end: number): boolean {
  const nameAt = start + DNS_HEADER_BYTES;
  if (end - nameAt < ENCODED_NAME_BYTES + 4) return false;
  if (OPCODE_NAMES[(bytes[start + 2]! >> 3) & 0xf] === undefined) return false;
  const countAt = isResponse(bytes, start) ? start + 6 : start + 4;
  if (readUint16(bytes, countAt) !== 1) return false;
  if (bytes[nameAt] !== 2 * NAME_BYTES) return false;
  for (let i = 1; i <= 2 * NAME_BYTES; i++) {
    const letter = bytes[nameAt + i]!;
    if (letter < LETTER_A || letter >= LETTER_A + 16) return false;
  }
  return true;
}
