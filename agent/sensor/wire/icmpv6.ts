import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { decodeEmbeddedIpv6 } from "./icmp-embedded.js";
import { LAYER_END } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** ICMP for IPv6 (RFC 4443 and what is assigned at IANA), with the checks on types and codes that Suricata makes. */

export const ICMPV6_DESTINATION_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;
const MLD_QUERY = 130;
const MLD_DONE = 132;
const ROUTER_RENUMBERING = 138;
const NODE_INFORMATION_QUERY = 139;
const NODE_INFORMATION_REPLY = 140;
const MOBILE_EXPERIMENTAL = 150;
const MULTICAST_ROUTER_TERMINATION = 153;
const RPL_CONTROL = 155;
const LAST_ASSIGNED = 159;

const ICMPV6_HEADER_LENGTH = 8;

export function decodeIcmpv6(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset, end } = cursor;
  const available = end - offset;
  if (available < ICMPV6_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.ICMPV6_PKT_TOO_SMALL);
  const type = bytes[offset]!;
  const code = bytes[offset + 1]!;
  packet.transportOffset = offset;
  packet.icmpType = type;
  packet.icmpCode = code;

  let hasFullHeader = false;
  if (!isKnownCode(type, code)) {
    cursor.note(packet, DecodeReason.ICMPV6_UNKNOWN_CODE);
  } else if (type >= ICMPV6_DESTINATION_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM) {
    decodeEmbeddedIpv6(cursor, packet, offset + ICMPV6_HEADER_LENGTH);
    hasFullHeader = true;
  } else if (type === ICMPV6_ECHO_REQUEST || type === ICMPV6_ECHO_REPLY) {
    packet.icmpId = readUint16(bytes, offset + 4);
    packet.icmpSequence = readUint16(bytes, offset + 6);
    hasFullHeader = true;
  }
  if (type >= MLD_QUERY && type <= MLD_DONE && packet.ttl !== 1) {
    cursor.note(packet, DecodeReason.ICMPV6_MLD_MESSAGE_WITH_INVALID_HL);
  }
  noteType(cursor, packet, type);

  packet.payloadOffset = offset + ICMPV6_HEADER_LENGTH;
  packet.payloadLength = available - ICMPV6_HEADER_LENGTH;
  if (!hasFullHeader) {
    // Other messages have a header of four bytes. Suricata moves the payload's beginning back by four and shortens
    // it by four as well, so the last eight bytes are not payload: rules were written against that.
    const isLong = packet.payloadLength >= 4;
    packet.payloadOffset = isLong ? offset + 4 : packet.payloadOffset;
    packet.payloadLength = isLong ? packet.payloadLength - 4 : 0;
  }
  return LAYER_END;
}

/** Whether the code is one that the type has; unknown types have any. */
function isKnownCode(type: number, code: number): boolean {
  switch (type) {
    case ICMPV6_DESTINATION_UNREACHABLE:
      return code <= 6;
    case ICMPV6_TIME_EXCEEDED:
      return code <= 1;
    case ICMPV6_PARAMETER_PROBLEM:
      return code <= 2;
    case ROUTER_RENUMBERING:
      return code <= 2 || code === 255;
    case NODE_INFORMATION_QUERY:
    case NODE_INFORMATION_REPLY:
      return code <= 2;
    case RPL_CONTROL:
      return code <= 3 || (code >= 128 && code <= 132);
  }
  const hasAnyCode =
    (type >= MOBILE_EXPERIMENTAL && type <= MULTICAST_ROUTER_TERMINATION) ||
    (type !== ICMPV6_PACKET_TOO_BIG && type < ICMPV6_ECHO_REQUEST) ||
    type > LAST_ASSIGNED;
  return hasAnyCode || code === 0;
}

/** Types that nobody was given, by the ranges of the IANA registry. */
function noteType(cursor: DecodeCursor, packet: PacketView, type: number): void {
  if (type >= ICMPV6_DESTINATION_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM) return;
  if (type >= ICMPV6_ECHO_REQUEST && type <= LAST_ASSIGNED) return;
  if (type === 100 || type === 101 || type === 200 || type === 201) {
    cursor.note(packet, DecodeReason.ICMPV6_EXPERIMENTATION_TYPE);
  } else if (type === 0 || type === 127) {
    cursor.note(packet, DecodeReason.ICMPV6_UNKNOWN_TYPE);
  } else {
    cursor.note(packet, DecodeReason.ICMPV6_UNASSIGNED_TYPE);
  }
}
