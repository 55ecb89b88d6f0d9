/**
 * Owns reading the fragments of DCERPC (C706 12.6), connection-oriented: which interfaces are bound and accepted,
 * and requests and responses with operation number and stub data, put together from their fragments.
 *
 * As Suricata's, the stub data has everything behind the fragment's header, authentication included; of responses
 * directly over TCP, but not of those in pipes, also the eight octets that stand between header and stub.
 */

import { DcerpcOrder, Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { STAGE_HEAD } from "../message-view.js";
import { type DirectionId, Protocol, type ProtocolId, TO_SERVER } from "../protocols.js";
import { BindResult, type DcerpcAssociation, INTERFACE_BYTES } from "./association.js";
import { CALL_HEADER_BYTES, FIRST_FRAGMENT, HEADER_BYTES, LAST_FRAGMENT, PduHeader, PduType } from "./pdu.js";

/** Bytes of a bind before its contexts: header, fragment sizes, group, number of contexts. */
const BIND_HEAD_BYTES = HEADER_BYTES + 12;
/** Context, number of transfer syntaxes, interface: before the transfer syntaxes of 20 bytes each. */
const CONTEXT_BYTES = 24;
const SYNTAX_BYTES = 20;
const RESULT_BYTES = 24;

export class PduReader {
  readonly header = new PduHeader();

  /**
   * Read the fragment `bytes[at, end)`, of which `this.header` holds the header; cut short where `end` comes before
   * the fragment's. True: `message` holds a call of `protocol`, complete. Protocols that carry calls among other
   * things give `transaction`.
   */
  read(
    association: DcerpcAssociation,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
    nowUs: number,
    message: MessageView,
    protocol: ProtocolId,
    transaction = -1,
  ): boolean {
    const { header } = this;
    association.minorVersion = bytes[at + 1]!;
    const pduEnd = Math.min(end, at + header.length);
    switch (header.type) {
      case PduType.BIND:
      case PduType.ALTER_CONTEXT:
        this.#readBind(association, bytes, at, pduEnd);
        return false;
      case PduType.BIND_ACK:
      case PduType.ALTER_CONTEXT_RESP:
        this.#readBindAck(association, bytes, at, pduEnd);
        return false;
      case PduType.REQUEST:
      case PduType.RESPONSE:
        if (pduEnd - at < CALL_HEADER_BYTES) return false;
        return this.#readCall(
          association,
          bytes,
          at,
          pduEnd,
          direction,
          nowUs,
          message,
          protocol,
          transaction,
        );
      default:
        return false;
    }
  }

  #readBind(association: DcerpcAssociation, bytes: Uint8Array, at: number, end: number): void {
    if (end - at < BIND_HEAD_BYTES) return;
    const { header } = this;
    const count = bytes[at + BIND_HEAD_BYTES - 4]!;
    association.beginBind(count);
    let context = at + BIND_HEAD_BYTES;
    for (let i = 0; i < count && end - context >= CONTEXT_BYTES; i++) {
      const row = association.interfaceCount;
      if (!association.addInterface(header.uint16(bytes, context))) return;
      this.#copyInterface(association, row, bytes, context + 4);
      context += CONTEXT_BYTES + bytes[context + 2]! * SYNTAX_BYTES;
    }
  }

  /** The first three parts of a UUID are numbers and stand in the byte order of the sender. */
  #copyInterface(association: DcerpcAssociation, row: number, bytes: Uint8Array, at: number): void {
    const { interfaces } = association;
    const to = row * INTERFACE_BYTES;
    const isLittle = this.header.isLittleEndian;
    for (let i = 0; i < INTERFACE_BYTES; i++) {
      // Sum of the first and last index of the number that octet i belongs to; a single octet is its own.
      const group = i < 4 ? 3 : i < 6 ? 9 : i < 8 ? 13 : i < 16 ? 2 * i : i < 18 ? 33 : 37;
      interfaces[to + i] = bytes[at + (isLittle ? group - i : i)]!;
    }
  }

  #readBindAck(association: DcerpcAssociation, bytes: Uint8Array, at: number, end: number): void {
    const addressLength = at + HEADER_BYTES + 8;
    if (end - addressLength < 2) return;
    const { header } = this;
    const behindAddress = addressLength + 2 + header.uint16(bytes, addressLength);
    // Results are aligned to four bytes from the beginning of the fragment.
    let result = behindAddress + ((at - behindAddress) & 3);
    if (end - result < 4) return;
    const count = bytes[result]!;
    result += 4;
    for (let i = 0; i < count && end - result >= 4; i++, result += RESULT_BYTES) {
      const row = association.bindStart + i;
      if (row >= association.interfaceCount) return;
      association.results[row] = Math.min(header.uint16(bytes, result), BindResult.NONE - 1);
    }
  }

  #readCall(
    association: DcerpcAssociation,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
    nowUs: number,
    message: MessageView,
    protocol: ProtocolId,
    transaction: number,
  ): boolean {
    const { header } = this;
    const isFirst = (header.flags & FIRST_FRAGMENT) !== 0;
    const isLast = (header.flags & LAST_FRAGMENT) !== 0;
    const isRequest = header.type === PduType.REQUEST;
    const isBare = protocol === Protocol.DCERPC && !isRequest;
    const stubStart = at + (isBare ? HEADER_BYTES : CALL_HEADER_BYTES);
    const stub = association.stubs[direction];
    if (isFirst) {
      association.fragmentCounts[direction] = 0;
      stub.close();
      if (isRequest) {
        association.transaction++;
        association.addCall(header.callId, header.uint16(bytes, at + CALL_HEADER_BYTES - 2));
      }
    }
    association.fragmentCounts[direction]!++;
    if (!isFirst || !isLast) {
      if (!stub.isOpen) stub.open(nowUs);
      stub.append(bytes, stubStart, end, nowUs);
    }
    if (!isLast) return false;

    const call = association.findCall(header.callId);
    const fallback = call < 0 ? association.transaction : association.transactionOf(call);
    message.begin(protocol, direction, STAGE_HEAD, transaction < 0 ? fallback : transaction);
    // Of calls in pipes of SMB Suricata 7 knows no order.
    if (protocol === Protocol.DCERPC) {
      const order = header.isLittleEndian ? DcerpcOrder.LITTLE_ENDIAN : DcerpcOrder.BIG_ENDIAN;
      message.setNumber(NumberField.DCERPC_ORDER, order);
    }
    const { length } = stub;
    const gathered = stub.close();
    if (gathered === null) message.add(Field.DCERPC_STUB_DATA, bytes, stubStart, end - stubStart);
    else message.add(Field.DCERPC_STUB_DATA, gathered.bytes, 0, length);
    association.stubBytes[direction] = gathered === null ? end - stubStart : length;
    this.#addCallFields(association, call, direction, message);
    return true;
  }

  #addCallFields(
    association: DcerpcAssociation,
    call: number,
    direction: DirectionId,
    message: MessageView,
  ): void {
    const { header } = this;
    association.callId = header.callId;
    association.hasOperation = call >= 0;
    if (call >= 0) {
      association.operation = association.operationOf(call);
      message.setNumber(NumberField.DCERPC_OPNUM, association.operation);
    }
    association.lastFragmentCounts[direction] = association.fragmentCounts[direction]!;
    if (direction === TO_SERVER) {
      association.requestType = header.type;
      association.responseType = -1;
    } else {
      association.responseType = header.type;
    }
    for (let i = 0; i < association.interfaceCount; i++) {
      if (association.results[i] !== BindResult.ACCEPTED) continue;
      message.add(Field.DCERPC_IFACE, association.interfaces, i * INTERFACE_BYTES, INTERFACE_BYTES);
    }
  }
}
