/**
 * The parts of a SIP message in a UDP datagram, as `frame` sees them: the whole of it, its first line with the line end, its
 * header lines with theirs but without the empty line, and its body (RFC 3261, 7). Found anew for every rule that asks.
 */
import { PseudoField } from "../../signature/signature.js";
import { Field } from "../proto/fields.js";
import type { MessageView } from "../proto/message-view.js";
import { IP_PROTOCOL_UDP, NO_BYTES, type PacketView } from "../wire/packet-view.js";

const CR = 0x0d;
const LF = 0x0a;

/** Holds the frame found last. */
export class SipFrames {
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;

  /** Whether the message has the frame and it is not empty. */
  find(field: number, message: MessageView, packet: PacketView): boolean {
    if (packet.ipProtocol !== IP_PROTOCOL_UDP) return false;
    const isRequest = message.first(Field.SIP_REQUEST_LINE) >= 0;
    const isResponse = message.first(Field.SIP_RESPONSE_LINE) >= 0;
    this.bytes = packet.bytes;
    const start = packet.payloadOffset;
    const end = start + packet.payloadLength;
    const headers = lineEnd(packet.bytes, start, end);
    const blank = headersEnd(packet.bytes, headers, end);
    switch (field) {
      case PseudoField.SIP_PDU:
        return this.#take(start, end, true);
      case PseudoField.SIP_REQUEST_LINE:
        return this.#take(start, headers, isRequest);
      case PseudoField.SIP_REQUEST_HEADERS:
        return this.#take(headers, blank, isRequest);
      case PseudoField.SIP_REQUEST_BODY:
        return this.#take(blank + 2, end, isRequest);
      case PseudoField.SIP_RESPONSE_LINE:
        return this.#take(start, headers, isResponse);
      case PseudoField.SIP_RESPONSE_HEADERS:
        return this.#take(headers, blank, isResponse);
      default:
        return this.#take(blank + 2, end, isResponse);
    }
  }

  #take(offset: number, end: number, isThere: boolean): boolean {
    this.offset = offset;
    this.length = end - offset;
    return isThere && this.length > 0;
  }
}

/** Behind the next line end at or after `from`; `end` where there is none. */
function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let i = from; i + 1 < end; i++) {
    if (bytes[i] === CR && bytes[i + 1] === LF) return i + 2;
  }
  return end;
}

/** Where the empty line behind the headers begins. */
function headersEnd(bytes: Uint8Array, from: number, end: number): number {
  let line = from;
  while (line < end) {
    const next = lineEnd(bytes, line, end);
    if (next - line === 2 && bytes[line] === CR) return line;
    line = next;
  }
  return end;
}
