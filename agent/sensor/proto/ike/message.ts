/**
 * Owns IKE messages: IKEv1 (ISAKMP, RFC 2408, 2409) and IKEv2 (RFC 7296), as far as they are in clear: header,
 * proposals, key exchange, nonce, vendor ids, notifications. Offsets point into the datagram.
 *
 * What an initiator proposes and a responder chooses is judged as Suricata judges it (weak or missing algorithms).
 * Bound: MAX_ENTRIES vendor ids, transforms and payload types each; every payload header is read once.
 */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { IkeTransform, TransformJudge } from "./proposal.js";

export const IKE_HEADER_BYTES = 28;
const PAYLOAD_HEADER_BYTES = 4;
const FLAG_V1_ENCRYPTED = 0x01;
const DOI_IPSEC = 1;
const MAX_ENTRIES = 32;

const V1Payload = {
  SA: 1,
  PROPOSAL: 2,
  TRANSFORM: 3,
  KEY_EXCHANGE: 4,
  NONCE: 10,
  VENDOR_ID: 13,
} as const;
const V2Payload = { SA: 33, KEY_EXCHANGE: 34, NONCE: 40, NOTIFY: 41 } as const;
/** Notify types below this are errors. */
const FIRST_STATUS_NOTIFY = 16_384;

/** Spans of bytes of one kind. */
class SpanList {
  count = 0;
  readonly offset = new Int32Array(MAX_ENTRIES);
  readonly length = new Int32Array(MAX_ENTRIES);

  add(offset: number, length: number): void {
    if (this.count === MAX_ENTRIES) return;
    this.offset[this.count] = offset;
    this.length[this.count++] = length;
  }
}

export class IkeMessage {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  majorVersion = 0;
  minorVersion = 0;
  exchangeType = 0;
  flags = 0;
  isEncrypted = false;
  /** IKEv1; −1 where there is none. */
  keyExchangeOffset = -1;
  keyExchangeLength = 0;
  nonceOffset = -1;
  nonceLength = 0;
  /** −1 where no security association was there. */
  domainOfInterpretation = -1;
  readonly vendors = new SpanList();
  /** IKEv1: the attributes of each transform. */
  readonly transforms = new SpanList();
  payloadCount = 0;
  readonly payloads = new Uint8Array(MAX_ENTRIES);
  /** IKEv2: notify types, and how many of them are errors. */
  notifyCount = 0;
  readonly notifies = new Uint16Array(MAX_ENTRIES);
  errorCount = 0;
  /** IKEv2: the last algorithm of each transform type that was named; −1 for none. */
  readonly algorithms = new Int32Array(6);
  readonly judge = new TransformJudge();

  /** Read the message `[start, end)`; false where it is neither version 1 nor 2. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < IKE_HEADER_BYTES) return false;
    this.bytes = bytes;
    this.start = start;
    this.majorVersion = bytes[start + 17]! >> 4;
    this.minorVersion = bytes[start + 17]! & 0xf;
    this.exchangeType = bytes[start + 18]!;
    this.flags = bytes[start + 19]!;
    this.isEncrypted = false;
    this.keyExchangeOffset = -1;
    this.nonceOffset = -1;
    this.domainOfInterpretation = -1;
    this.vendors.count = 0;
    this.transforms.count = 0;
    this.payloadCount = 0;
    this.notifyCount = 0;
    this.errorCount = 0;
    this.algorithms.fill(-1);
    this.judge.begin();
    if (this.majorVersion === 1) {
      this.isEncrypted = (this.flags & FLAG_V1_ENCRYPTED) !== 0;
      this.#addPayload(bytes[start + 16]!);
      if (!this.isEncrypted) this.#readV1(bytes[start + 16]!, start + IKE_HEADER_BYTES, end);
      return true;
    }
    if (this.majorVersion !== 2) return false;
    this.#readV2(bytes[start + 16]!, start + IKE_HEADER_BYTES, end);
    return true;
  }

  #readV1(firstType: number, from: number, end: number): void {
    const { bytes } = this;
    let type = firstType;
    let at = from;
    while (at + PAYLOAD_HEADER_BYTES <= end) {
      const next = payloadEnd(bytes, at);
      if (next > end) break;
      this.#addPayload(type);
      const data = at + PAYLOAD_HEADER_BYTES;
      if (type === V1Payload.SA) this.#readV1Association(data, next);
      else if (type === V1Payload.KEY_EXCHANGE) {
        this.keyExchangeOffset = data;
        this.keyExchangeLength = next - data;
      } else if (type === V1Payload.NONCE) {
        this.nonceOffset = data;
        this.nonceLength = next - data;
      } else if (type === V1Payload.VENDOR_ID) this.vendors.add(data, next - data);
      type = bytes[at]!;
      at = next;
    }
    if (at < end) this.judge.note(AppLayerEvent.IKE_PAYLOAD_EXTRA_DATA);
  }

  /** Domain of interpretation, situation, then proposals. */
  #readV1Association(from: number, end: number): void {
    const { bytes } = this;
    if (from + 4 > end) return;
    this.domainOfInterpretation = readUint32(bytes, from);
    if (this.domainOfInterpretation !== DOI_IPSEC) return;
    let type: number = V1Payload.PROPOSAL;
    let at = from + 8;
    while (at + PAYLOAD_HEADER_BYTES <= end) {
      const next = payloadEnd(bytes, at);
      if (next > end) return;
      this.#addPayload(type);
      if (type === V1Payload.PROPOSAL) this.#readV1Proposal(at + PAYLOAD_HEADER_BYTES, next);
      type = bytes[at]!;
      at = next;
    }
  }

  /** Number, protocol, SPI size, transform count, the SPI, then transforms. */
  #readV1Proposal(from: number, end: number): void {
    const { bytes } = this;
    if (from + 4 > end) return;
    let type: number = V1Payload.TRANSFORM;
    let at = from + 4 + bytes[from + 2]!;
    while (at + PAYLOAD_HEADER_BYTES <= end) {
      const next = payloadEnd(bytes, at);
      if (next > end) return;
      this.#addPayload(type);
      // Transform number, id, two reserved bytes, then attributes.
      const attributes = at + PAYLOAD_HEADER_BYTES + 4;
      if (type === V1Payload.TRANSFORM && attributes <= next)
        this.transforms.add(attributes, next - attributes);
      type = bytes[at]!;
      at = next;
    }
  }

  #readV2(firstType: number, from: number, end: number): void {
    const { bytes } = this;
    let type = firstType;
    let at = from;
    while (at + PAYLOAD_HEADER_BYTES <= end) {
      const next = payloadEnd(bytes, at);
      if (next > end) return;
      this.#addPayload(bytes[at]!);
      const data = at + PAYLOAD_HEADER_BYTES;
      if (type === V2Payload.SA) this.#readV2Proposals(data, next);
      else if (type === V2Payload.NOTIFY && data + 4 <= next) this.#addNotify(readUint16(bytes, data + 2));
      type = bytes[at]!;
      at = next;
    }
  }

  #readV2Proposals(from: number, end: number): void {
    const { bytes } = this;
    let at = from;
    while (at + 8 <= end) {
      const next = payloadEnd(bytes, at);
      if (next > end) return;
      this.judge.beginProposal(bytes[at + 5]!);
      let transform = at + 8 + bytes[at + 6]!;
      while (transform + 8 <= next) {
        const following = payloadEnd(bytes, transform);
        if (following > next) break;
        const type = bytes[transform + 4]!;
        const algorithm = readUint16(bytes, transform + 6);
        this.judge.take(type, algorithm);
        if (type >= IkeTransform.ENCRYPTION && type <= IkeTransform.ESN) this.algorithms[type] = algorithm;
        transform = following;
      }
      this.judge.endProposal();
      at = next;
    }
  }

  #addPayload(type: number): void {
    if (this.payloadCount < MAX_ENTRIES) this.payloads[this.payloadCount++] = type;
  }

  #addNotify(type: number): void {
    if (type < FIRST_STATUS_NOTIFY) this.errorCount++;
    if (this.notifyCount < MAX_ENTRIES) this.notifies[this.notifyCount++] = type;
  }
}

/** Where the payload whose header stands at `at` ends; lengths below the header's are taken as empty payloads. */
function payloadEnd(bytes: Uint8Array, at: number): number {
  return at + Math.max(readUint16(bytes, at + 2), PAYLOAD_HEADER_BYTES);
}
