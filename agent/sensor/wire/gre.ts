import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import {
  ETHERTYPE_ARP,
  ETHERTYPE_ERSPAN,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_TRANSPARENT_BRIDGING,
  ETHERTYPE_VLAN,
  GRE_PROTOCOL_PPP,
} from "./ether-type.js";
import {
  LAYER_ARP,
  LAYER_END,
  LAYER_ERSPAN_II,
  LAYER_ETHERNET,
  LAYER_FAILED,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_PPP,
  LAYER_VLAN,
  TUNNEL,
} from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** GRE version 0 (RFC 2784, RFC 2890, with the routing entries of RFC 1701) and version 1, PPTP (RFC 2637). */

const GRE_HEADER_LENGTH = 4;
const FIELD_LENGTH = 4;
const ROUTING_ENTRY_LENGTH = 4;

const FLAG_CHECKSUM = 0x8000;
const FLAG_ROUTING = 0x4000;
const FLAG_KEY = 0x2000;
const FLAG_SEQUENCE = 0x1000;
const FLAG_STRICT_SOURCE_ROUTE = 0x0800;
const RECURSION = 0x0700;
const FLAG_ACKNOWLEDGEMENT = 0x0080;
const RESERVED = 0x0078;
const VERSION = 0x0007;

export function decodeGre(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < GRE_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.GRE_PKT_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const flags = readUint16(bytes, offset);
  const protocol = readUint16(bytes, offset + 2);
  switch (flags & VERSION) {
    case 0:
      if (!skipVersion0(cursor, packet, flags)) return LAYER_END;
      break;
    case 1:
      if (!skipVersion1(cursor, packet, flags, protocol)) return LAYER_END;
      // An acknowledgement alone carries no payload.
      if (readUint16(bytes, offset + 4) === 0) return LAYER_END;
      break;
    default:
      return cursor.stop(packet, DecodeReason.GRE_WRONG_VERSION);
  }
  return layerOfGreProtocol(protocol, (flags & FLAG_SEQUENCE) !== 0);
}

/** Move the cursor behind the header; false, and noted, if the header is unsound. */
function skipVersion0(cursor: DecodeCursor, packet: PacketView, flags: number): boolean {
  if ((flags & RECURSION) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION0_RECUR);
  if ((flags & (RESERVED | FLAG_ACKNOWLEDGEMENT)) !== 0) {
    return refuse(cursor, packet, DecodeReason.GRE_VERSION0_FLAGS);
  }
  const { bytes, end } = cursor;
  let at = cursor.offset + GRE_HEADER_LENGTH;
  if ((flags & (FLAG_CHECKSUM | FLAG_ROUTING)) !== 0) at += FIELD_LENGTH;
  if ((flags & FLAG_KEY) !== 0) at += FIELD_LENGTH;
  if ((flags & FLAG_SEQUENCE) !== 0) at += FIELD_LENGTH;
  if (at > end) return refuse(cursor, packet, DecodeReason.GRE_VERSION0_HDR_TOO_BIG);
  if ((flags & FLAG_ROUTING) !== 0) {
    // Entries of family, offset, length and data, closed by an empty one; each turn takes at least four bytes.
    for (;;) {
      if (end - at < ROUTING_ENTRY_LENGTH) {
        return refuse(cursor, packet, DecodeReason.GRE_VERSION0_MALFORMED_SRE_HDR);
      }
      const length = bytes[at + 3]!;
      const isLast = length === 0 && readUint16(bytes, at) === 0;
      at += ROUTING_ENTRY_LENGTH + length;
      if (isLast) break;
      if (at > end) return refuse(cursor, packet, DecodeReason.GRE_VERSION0_MALFORMED_SRE_HDR);
    }
  }
  cursor.offset = at;
  return true;
}

/** Move the cursor behind the header; false, and noted, if the header is unsound. */
function skipVersion1(cursor: DecodeCursor, packet: PacketView, flags: number, protocol: number): boolean {
  if ((flags & FLAG_CHECKSUM) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_CHKSUM);
  if ((flags & FLAG_ROUTING) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_ROUTE);
  if ((flags & FLAG_STRICT_SOURCE_ROUTE) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_SSR);
  if ((flags & RECURSION) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_RECUR);
  if ((flags & RESERVED) !== 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_FLAGS);
  if (protocol !== GRE_PROTOCOL_PPP) {
    return refuse(cursor, packet, DecodeReason.GRE_VERSION1_WRONG_PROTOCOL);
  }
  if ((flags & FLAG_KEY) === 0) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_NO_KEY);
  let at = cursor.offset + GRE_HEADER_LENGTH + FIELD_LENGTH;
  if ((flags & FLAG_SEQUENCE) !== 0) at += FIELD_LENGTH;
  if ((flags & FLAG_ACKNOWLEDGEMENT) !== 0) at += FIELD_LENGTH;
  if (at > cursor.end) return refuse(cursor, packet, DecodeReason.GRE_VERSION1_HDR_TOO_BIG);
  cursor.offset = at;
  return true;
}

function refuse(
  cursor: DecodeCursor,
  packet: PacketView,
  reason: Parameters<DecodeCursor["stop"]>[1],
): false {
  cursor.stop(packet, reason);
  return false;
}

function layerOfGreProtocol(protocol: number, hasSequence: boolean): number {
  switch (protocol) {
    case ETHERTYPE_IPV4:
      return LAYER_IPV4 | TUNNEL;
    case ETHERTYPE_IPV6:
      return LAYER_IPV6 | TUNNEL;
    case GRE_PROTOCOL_PPP:
      return LAYER_PPP | TUNNEL;
    case ETHERTYPE_TRANSPARENT_BRIDGING:
      return LAYER_ETHERNET | TUNNEL;
    case ETHERTYPE_VLAN:
      return LAYER_VLAN | TUNNEL;
    case ETHERTYPE_ERSPAN:
      // Type I is the bare frame; only type II numbers its packets.
      return (hasSequence ? LAYER_ERSPAN_II : LAYER_ETHERNET) | TUNNEL;
    case ETHERTYPE_ARP:
      return LAYER_ARP | TUNNEL;
    default:
      return LAYER_END;
  }
}
