import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { decodeEmbeddedIpv4 } from "./icmp-embedded.js";
import { LAYER_END } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** ICMP for IPv4 (RFC 792, RFC 950, RFC 1256): type, code, identifier, and in errors the packet they are about. */

export const ICMP_ECHO_REPLY = 0;
export const ICMP_DESTINATION_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO = 8;
export const ICMP_ROUTER_ADVERTISEMENT = 9;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMP_TIMESTAMP = 13;
export const ICMP_TIMESTAMP_REPLY = 14;
export const ICMP_INFORMATION_REQUEST = 15;
export const ICMP_INFORMATION_REPLY = 16;
export const ICMP_ADDRESS_MASK_REQUEST = 17;
export const ICMP_ADDRESS_MASK_REPLY = 18;

const ICMP_HEADER_LENGTH = 8;
const TIMESTAMPS_LENGTH = 12;

export function decodeIcmpv4(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset, end } = cursor;
  const available = end - offset;
  if (available < ICMP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.ICMPV4_PKT_TOO_SMALL);
  const type = bytes[offset]!;
  packet.transportOffset = offset;
  packet.icmpType = type;
  packet.icmpCode = bytes[offset + 1]!;
  let headerLength = ICMP_HEADER_LENGTH;

  switch (type) {
    case ICMP_DESTINATION_UNREACHABLE:
      decodeError(cursor, packet, 15);
      break;
    case ICMP_REDIRECT:
      decodeError(cursor, packet, 3);
      break;
    case ICMP_TIME_EXCEEDED:
      decodeError(cursor, packet, 1);
      break;
    case ICMP_SOURCE_QUENCH:
    case ICMP_PARAMETER_PROBLEM:
      decodeError(cursor, packet, 0);
      break;
    case ICMP_TIMESTAMP:
    case ICMP_TIMESTAMP_REPLY:
      takeIdentifier(cursor, packet);
      headerLength = extendedHeader(cursor, packet, available, TIMESTAMPS_LENGTH);
      break;
    case ICMP_ECHO_REPLY:
    case ICMP_ECHO:
    case ICMP_INFORMATION_REQUEST:
    case ICMP_INFORMATION_REPLY:
    case ICMP_ADDRESS_MASK_REQUEST:
    case ICMP_ADDRESS_MASK_REPLY:
      takeIdentifier(cursor, packet);
      break;
    case ICMP_ROUTER_ADVERTISEMENT:
      // A number of addresses and the size of each in words stand in the header.
      headerLength = extendedHeader(
        cursor,
        packet,
        available,
        (bytes[offset + 4]! * bytes[offset + 5]!) << 2,
      );
      break;
    default:
      cursor.note(packet, DecodeReason.ICMPV4_UNKNOWN_TYPE);
  }
  packet.payloadOffset = offset + headerLength;
  packet.payloadLength = available - headerLength;
  return LAYER_END;
}

function takeIdentifier(cursor: DecodeCursor, packet: PacketView): void {
  packet.icmpId = readUint16(cursor.bytes, cursor.offset + 4);
  packet.icmpSequence = readUint16(cursor.bytes, cursor.offset + 6);
  if (packet.icmpCode !== 0) cursor.note(packet, DecodeReason.ICMPV4_UNKNOWN_CODE);
}

function decodeError(cursor: DecodeCursor, packet: PacketView, lastCode: number): void {
  if (packet.icmpCode > lastCode) {
    cursor.note(packet, DecodeReason.ICMPV4_UNKNOWN_CODE);
    return;
  }
  const at = cursor.offset + ICMP_HEADER_LENGTH;
  if (at < cursor.end) decodeEmbeddedIpv4(cursor, packet, at);
}

function extendedHeader(
  cursor: DecodeCursor,
  packet: PacketView,
  available: number,
  moreLength: number,
): number {
  if (ICMP_HEADER_LENGTH + moreLength <= available) return ICMP_HEADER_LENGTH + moreLength;
  cursor.note(packet, DecodeReason.ICMPV4_IPV4_TRUNC_PKT);
  return ICMP_HEADER_LENGTH;
}
