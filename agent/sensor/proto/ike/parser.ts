/**
 * Owns IKE over UDP, versions 1 and 2: SPIs, exchange type, vendor ids, key exchange, nonce and the algorithms that
 * are proposed and chosen. Each datagram is a transaction of its own, as in Suricata. Behind a NAT (port 4500,
 * RFC 3948) four zero bytes in front are passed over.
 *
 * As in Suricata, SPIs and vendor ids are lower-case hexadecimal text; vendor, key exchange and nonce are those of
 * IKEv1. Suricata looks for it on UDP port 500. Memory: IkeState per flow.
 */

import { writeHex } from "../../../base/hash/hex.js";
import { readUint16, readUint32, writeUint16, writeUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
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
import { Protocol, TO_CLIENT } from "../protocols.js";
import { TextBuffer } from "../text-buffer.js";
import { describeIke } from "./eve.js";
import { IKE_HEADER_BYTES, IkeMessage } from "./message.js";
import { IkeAttribute, IkeTransform, SaAttribute } from "./proposal.js";
import { IkeState, MAX_CHOSEN_BYTES } from "./state.js";

const NON_ESP_MARKER_BYTES = 4;
const SPI_BYTES = 8;
const FIRST_V2_EXCHANGE = 34;
const LAST_V2_EXCHANGE = 37;
const ATTRIBUTE_BYTES = 6;
const MAX_ATTRIBUTES = 16;
/** Text of SPIs and vendor ids; further ones are left out. */
const TEXT_BYTES = 8192;

export class IkeParser implements ProtocolParser<IkeState> {
  readonly protocol = Protocol.IKE;
  readonly #ike = new IkeMessage();
  readonly #attribute = new SaAttribute();
  readonly #text = new TextBuffer(TEXT_BYTES);
  readonly #chosen = new Uint8Array(ATTRIBUTE_BYTES * MAX_ATTRIBUTES);

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const start = withoutMarker(bytes, offset, end);
    if (end - start < IKE_HEADER_BYTES) return Probe.NO;
    const length = readUint32(bytes, start + 24);
    const version = bytes[start + 17]!;
    if (version >> 4 === 1)
      return length >= IKE_HEADER_BYTES && length <= end - start ? Probe.YES : Probe.ON_PORT;
    const exchange = bytes[start + 18]!;
    const isV2 = version === 0x20 && exchange >= FIRST_V2_EXCHANGE && exchange <= LAST_V2_EXCHANGE;
    return isV2 && length === end - start ? Probe.YES : Probe.NO;
  }

  createState(): IkeState {
    return new IkeState();
  }

  parse(state: IkeState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, end } = input;
    const start = withoutMarker(bytes, input.offset, end);
    input.offset = end;
    const ike = this.#ike;
    if (!ike.read(bytes, start, end)) return Parsed.NEED_MORE;
    if (ike.domainOfInterpretation >= 0) state.domainOfInterpretation = ike.domainOfInterpretation;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    message.setNumber(NumberField.IKE_EXCHANGE_TYPE, ike.exchangeType);
    this.#text.clear();
    this.#addHex(Field.IKE_INIT_SPI, start, SPI_BYTES, message);
    this.#addHex(Field.IKE_RESP_SPI, start + SPI_BYTES, SPI_BYTES, message);
    const { vendors } = ike;
    for (let i = 0; i < vendors.count; i++) {
      this.#addHex(Field.IKE_VENDOR, vendors.offset[i]!, vendors.length[i]!, message);
    }
    if (ike.keyExchangeOffset >= 0 && ike.keyExchangeLength > 0) {
      message.add(Field.IKE_KEY_EXCHANGE_PAYLOAD, bytes, ike.keyExchangeOffset, ike.keyExchangeLength);
    }
    if (ike.nonceOffset >= 0 && ike.nonceLength > 0) {
      message.add(Field.IKE_NONCE_PAYLOAD, bytes, ike.nonceOffset, ike.nonceLength);
    }
    if (input.direction === TO_CLIENT) this.#takeChoice(state, message);
    ike.judge.addTo(message);
    return Parsed.MESSAGE;
  }

  describe(state: IkeState, message: MessageView): Readonly<Record<string, unknown>> {
    return { ike: describeIke(this.#ike, state, message.direction) };
  }

  /** What the responder chose: attributes of IKEv1's first transform, algorithms of IKEv2. */
  #takeChoice(state: IkeState, message: MessageView): void {
    const { bytes, transforms, algorithms, judge } = this.#ike;
    let count = 0;
    if (transforms.count > 0) {
      if (transforms.count > 1) judge.note(AppLayerEvent.IKE_MULTIPLE_SERVER_PROPOSAL);
      const from = transforms.offset[0]!;
      const length = Math.min(transforms.length[0]!, MAX_CHOSEN_BYTES);
      for (let i = 0; i < length; i++) state.chosen[i] = bytes[from + i]!;
      state.chosenLength = length;
      const attribute = this.#attribute;
      for (let at = from; attribute.read(bytes, at, from + transforms.length[0]!); at = attribute.next) {
        if (attribute.hasNumber) count = this.#addAttribute(count, attribute.type, attribute.number, message);
      }
    }
    for (let type: number = IkeTransform.ENCRYPTION; type <= IkeTransform.ESN; type++) {
      const algorithm = algorithms[type]!;
      if (algorithm < 0) continue;
      state.algorithms[type] = algorithm;
      const attribute = attributeOfTransform(type);
      if (attribute > 0) count = this.#addAttribute(count, attribute, algorithm, message);
    }
  }

  #addAttribute(count: number, type: number, value: number, message: MessageView): number {
    if (count === MAX_ATTRIBUTES) return count;
    const at = count * ATTRIBUTE_BYTES;
    writeUint16(this.#chosen, at, type);
    writeUint32(this.#chosen, at + 2, value);
    message.add(Field.IKE_CHOSEN_SA_ATTRIBUTE, this.#chosen, at, ATTRIBUTE_BYTES);
    return count + 1;
  }

  #addHex(
    field: typeof Field.IKE_INIT_SPI | typeof Field.IKE_RESP_SPI | typeof Field.IKE_VENDOR,
    offset: number,
    length: number,
    message: MessageView,
  ): void {
    const text = this.#text;
    if (text.length + 2 * length > text.bytes.length) {
      message.droppedEntries++;
      return;
    }
    const from = text.length;
    text.length = writeHex(this.#ike.bytes, offset, length, text.bytes, from);
    message.add(field, text.bytes, from, 2 * length);
  }
}

/** The number under which `ike.chosen_sa_attribute` knows an IKEv2 transform type; 0: not at all. */
function attributeOfTransform(type: number): number {
  switch (type) {
    case IkeTransform.ENCRYPTION:
      return IkeAttribute.ENCRYPTION;
    case IkeTransform.PRF:
      return IkeAttribute.PRF;
    case IkeTransform.INTEGRITY:
      return IkeAttribute.AUTHENTICATION;
    case IkeTransform.DIFFIE_HELLMAN:
      return IkeAttribute.GROUP;
    default:
      return 0;
  }
}

/** The message begins behind four zero bytes where they cannot be the first half of an initiator SPI. */
function withoutMarker(bytes: Uint8Array, offset: number, end: number): number {
  const start = offset + NON_ESP_MARKER_BYTES;
  if (end - start < IKE_HEADER_BYTES) return offset;
  const isMarked = readUint16(bytes, offset) === 0 && readUint16(bytes, offset + 2) === 0;
  return isMarked && readUint32(bytes, start + 24) === end - start ? start : offset;
}
