import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { noteIpv6Options } from "./ipv6-options.js";
import {
  LAYER_END,
  LAYER_ESP,
  LAYER_GRE,
  LAYER_ICMPV6,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_SCTP,
  LAYER_TCP,
  LAYER_UDP,
  TUNNEL,
} from "./layer.js";
import {
  IP_PROTOCOL_AH,
  IP_PROTOCOL_ESP,
  IP_PROTOCOL_GRE,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IPV4,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_IPV6_FRAGMENT,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "./packet-view.js";

/**
 * The chain of IPv6 extension headers (RFC 8200, section 4), in any order and number, as Suricata walks it: a
 * repeated header is an event and stepped over, a truncated one ends the packet. Each step takes at least eight of
 * at most 65,535 bytes, so the walk is bounded.
 */

const HOP_BY_HOP = 0;
const ROUTING = 43;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
const HOST_IDENTITY = 139;
const SHIM6 = 140;

const FRAGMENT_HEADER_LENGTH = 8;
const AUTHENTICATION_HEADER_LENGTH = 12;

const SEEN_HOP_BY_HOP = 1;
const SEEN_ROUTING = 2;
const SEEN_AUTHENTICATION = 4;
/** Destination options may stand before the routing header and at the end: twice. */
const MAX_DESTINATION_OPTIONS = 2;

/**
 * Walk from the header named by `packet.ipProtocol` at the cursor to the transport header.
 *
 * @returns the layer of what follows the extension headers.
 */
export function decodeIpv6Extensions(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, end } = cursor;
  const start = cursor.offset;
  let at = start;
  let nextHeader = packet.ipProtocol;
  /** Where the byte stands that named `nextHeader`. */
  let namedAt = packet.ipOffset + 6;
  let seen = 0;
  let destinationOptions = 0;

  for (;;) {
    packet.ipHeaderLength = at - packet.ipOffset;
    packet.payloadOffset = at;
    cursor.offset = at;
    if (nextHeader === NO_NEXT_HEADER) {
      packet.ipProtocol = nextHeader;
      if (at < end) cursor.note(packet, DecodeReason.IPV6_DATA_AFTER_NONE_HEADER);
      return LAYER_END;
    }
    const isExtension = isExtensionHeader(nextHeader);
    if (!isExtension && at === start) return layerOfUpperProtocol(cursor, packet, nextHeader, false);
    // `ipProtocol` still names the header before: a truncated chain belongs to that one.
    if (end - at < 2) return cursor.stop(packet, DecodeReason.IPV6_TRUNC_EXTHDR);
    if (!isExtension) return layerOfUpperProtocol(cursor, packet, nextHeader, true);

    const length = extensionLength(bytes, at, nextHeader);
    packet.ipProtocol = nextHeader;
    if (length > end - at) return cursor.stop(packet, DecodeReason.IPV6_TRUNC_EXTHDR);

    switch (nextHeader) {
      case ROUTING:
        if ((seen & SEEN_ROUTING) !== 0) cursor.note(packet, DecodeReason.IPV6_EXTHDR_DUPL_RH);
        else if (bytes[at + 2] === 0) cursor.note(packet, DecodeReason.IPV6_RH_TYPE_0);
        seen |= SEEN_ROUTING;
        break;
      case HOP_BY_HOP:
        if ((seen & SEEN_HOP_BY_HOP) !== 0) cursor.note(packet, DecodeReason.IPV6_EXTHDR_DUPL_HH);
        else noteIpv6Options(cursor, packet, at, length, true);
        seen |= SEEN_HOP_BY_HOP;
        break;
      case DESTINATION_OPTIONS:
        if (destinationOptions === MAX_DESTINATION_OPTIONS) {
          cursor.note(packet, DecodeReason.IPV6_EXTHDR_DUPL_DH);
        } else {
          destinationOptions++;
          noteIpv6Options(cursor, packet, at, length, false);
        }
        break;
      case IP_PROTOCOL_AH:
        if (readUint16(bytes, at + 2) !== 0) cursor.note(packet, DecodeReason.IPV6_EXTHDR_AH_RES_NOT_NULL);
        if ((seen & SEEN_AUTHENTICATION) !== 0) cursor.note(packet, DecodeReason.IPV6_EXTHDR_DUPL_AH);
        seen |= SEEN_AUTHENTICATION;
        break;
      case IP_PROTOCOL_IPV6_FRAGMENT:
        if (takeFragmentHeader(cursor, packet, at, namedAt)) return LAYER_END;
        break;
    }
    nextHeader = bytes[at]!;
    namedAt = at;
    at += length;
  }
}

function isExtensionHeader(nextHeader: number): boolean {
  switch (nextHeader) {
    case HOP_BY_HOP:
    case ROUTING:
    case IP_PROTOCOL_IPV6_FRAGMENT:
    case IP_PROTOCOL_AH:
    case DESTINATION_OPTIONS:
    case MOBILITY:
    case HOST_IDENTITY:
    case SHIM6:
      return true;
    default:
      return false;
  }
}

/** Two bytes of the header are there. */
function extensionLength(bytes: Uint8Array, at: number, nextHeader: number): number {
  const field = bytes[at + 1]!;
  if (nextHeader === IP_PROTOCOL_IPV6_FRAGMENT) return FRAGMENT_HEADER_LENGTH;
  if (nextHeader !== IP_PROTOCOL_AH) return (field + 1) << 3;
  return AUTHENTICATION_HEADER_LENGTH + (field > 0 ? (field - 1) << 2 : 0);
}

/** Read a fragment header; true if the packet is a fragment, so that its decoding ends. */
function takeFragmentHeader(cursor: DecodeCursor, packet: PacketView, at: number, namedAt: number): boolean {
  const { bytes } = cursor;
  if (bytes[at + 1] !== 0) cursor.note(packet, DecodeReason.IPV6_FH_NON_ZERO_RESERVED_FIELD);
  if (packet.fragmentHeaderOffset !== 0) {
    cursor.note(packet, DecodeReason.IPV6_EXTHDR_DUPL_FH);
    return false;
  }
  const field = readUint16(bytes, at + 2);
  packet.fragmentHeaderOffset = at;
  packet.fragmentNextHeaderOffset = namedAt;
  packet.fragmentOffset = field & 0xfff8;
  packet.ipFlags = field & 0x1;
  packet.ipId = readUint32(bytes, at + 4);
  if (packet.fragmentOffset === 0 && packet.ipFlags === 0) {
    cursor.note(packet, DecodeReason.IPV6_EXTHDR_USELESS_FH);
    return false;
  }
  // All fragments but the last are made of eights (RFC 8200, section 4.5).
  if (packet.ipFlags !== 0 && (cursor.end - at) % 8 !== 0) {
    cursor.note(packet, DecodeReason.IPV6_FRAG_INVALID_LENGTH);
  }
  packet.isFragment = true;
  return true;
}

function layerOfUpperProtocol(
  cursor: DecodeCursor,
  packet: PacketView,
  protocol: number,
  isBehindExtension: boolean,
): number {
  packet.ipProtocol = protocol;
  switch (protocol) {
    case IP_PROTOCOL_TCP:
      return LAYER_TCP;
    case IP_PROTOCOL_UDP:
      return LAYER_UDP;
    case IP_PROTOCOL_ICMPV6:
      return LAYER_ICMPV6;
    case IP_PROTOCOL_SCTP:
      return LAYER_SCTP;
    case IP_PROTOCOL_ESP:
      return LAYER_ESP;
    case IP_PROTOCOL_IPV4:
      return tunnelOf(cursor, packet, 4);
    case IP_PROTOCOL_IPV6:
      if (isBehindExtension && !cursor.opensMoreTunnels) break;
      return tunnelOf(cursor, packet, 6);
    case IP_PROTOCOL_GRE:
      if (isBehindExtension && !cursor.opensMoreTunnels) break;
      return LAYER_GRE;
    case IP_PROTOCOL_ICMP:
      cursor.note(packet, DecodeReason.IPV6_ICMPV4);
      packet.ipProtocol = 0;
      return LAYER_END;
  }
  cursor.note(packet, DecodeReason.IPV6_UNKNOWN_NEXT_HEADER);
  return LAYER_END;
}

/** IP in IPv6 (RFC 2473), which is what DS-Lite and MAP-E carry IPv4 in. */
function tunnelOf(cursor: DecodeCursor, packet: PacketView, version: 4 | 6): number {
  const available = cursor.end - cursor.offset;
  const isIpv4 = version === 4;
  if (available < (isIpv4 ? 20 : 40)) {
    return cursor.stop(
      packet,
      isIpv4 ? DecodeReason.IPV6_IPV4_IN_IPV6_TOO_SMALL : DecodeReason.IPV6_IPV6_IN_IPV6_TOO_SMALL,
    );
  }
  if (cursor.bytes[cursor.offset]! >>> 4 !== version) {
    return cursor.stop(
      packet,
      isIpv4 ? DecodeReason.IPV6_IPV4_IN_IPV6_WRONG_VERSION : DecodeReason.IPV6_IPV6_IN_IPV6_WRONG_VERSION,
    );
  }
  return (isIpv4 ? LAYER_IPV4 : LAYER_IPV6) | TUNNEL;
}
