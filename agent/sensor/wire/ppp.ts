import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END, LAYER_FAILED, LAYER_IPV4, LAYER_IPV6 } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/**
 * PPP (RFC 1661, RFC 1662) with or without address and control bytes, with a protocol field of one or two bytes.
 * Control protocols (LCP, authentication …) end quietly: they are valid and carry no packet.
 */

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const PPP_VAN_JACOBSON_COMPRESSED = 0x002d;
const PPP_VAN_JACOBSON_UNCOMPRESSED = 0x002f;
const PPP_ADDRESS = 0xff;
const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;

export function decodePpp(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, end } = cursor;
  if (end - cursor.offset < 1) return cursor.fail(packet, DecodeReason.PPP_PKT_TOO_SMALL);
  if (bytes[cursor.offset] === PPP_ADDRESS) cursor.offset += 2;
  if (end - cursor.offset < pppProtocolLength(cursor)) {
    return cursor.fail(packet, DecodeReason.PPP_PKT_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  return enterPppProtocol(cursor, packet);
}

/** Length of the protocol field at the cursor: the last byte of it is the odd one (RFC 1661, section 2). */
export function pppProtocolLength(cursor: DecodeCursor): number {
  return cursor.offset < cursor.end && (cursor.bytes[cursor.offset]! & 1) === 1 ? 1 : 2;
}

/** Go on with the protocol whose field stands at the cursor and fits. */
export function enterPppProtocol(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset, end } = cursor;
  const fieldLength = pppProtocolLength(cursor);
  const protocol = fieldLength === 1 ? bytes[offset]! : (bytes[offset]! << 8) | bytes[offset + 1]!;
  cursor.offset = offset + fieldLength;
  const available = end - cursor.offset;

  switch (protocol) {
    case PPP_IPV4:
      if (available < IPV4_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.PPP_IP4_PKT_TOO_SMALL);
      return LAYER_IPV4;
    case PPP_IPV6:
      if (available < IPV6_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.PPP_IP6_PKT_TOO_SMALL);
      return LAYER_IPV6;
    case PPP_VAN_JACOBSON_UNCOMPRESSED:
      if (available < IPV4_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.PPP_VJU_PKT_TOO_SMALL);
      if (bytes[cursor.offset]! >>> 4 !== 4) return LAYER_FAILED;
      cursor.isVanJacobson = true;
      return LAYER_IPV4;
  }
  if (isControlProtocol(protocol)) return LAYER_END;
  if (protocol === PPP_VAN_JACOBSON_COMPRESSED || isNetworkProtocol(protocol)) {
    cursor.note(packet, DecodeReason.PPP_UNSUP_PROTO);
    return LAYER_END;
  }
  return cursor.stop(packet, DecodeReason.PPP_WRONG_TYPE);
}

/** Link, authentication, address and compression control, link quality, and compressed datagrams. */
function isControlProtocol(protocol: number): boolean {
  switch (protocol) {
    case 0x00fd: // compressed datagram
    case 0x8021: // IPCP
    case 0x8057: // IPv6CP
    case 0x80fd: // CCP
    case 0xc021: // LCP
    case 0xc023: // PAP
    case 0xc025: // LQR
    case 0xc029: // CBCP
    case 0xc223: // CHAP
      return true;
    default:
      return false;
  }
}

/** Network protocols, and their control protocols, that nobody decodes here. */
function isNetworkProtocol(protocol: number): boolean {
  switch (protocol & 0x7fff) {
    case 0x0023: // OSI
    case 0x0025: // XNS
    case 0x0027: // DECnet
    case 0x0029: // AppleTalk
    case 0x002b: // IPX
    case 0x0031: // bridging
    case 0x0033: // ST-II
    case 0x0035: // Vines
    case 0x004d: // SNA
    case 0x0201: // spanning tree
    case 0x0231: // Luxcom
    case 0x0233: // Sigma
    case 0x0281: // MPLS unicast
    case 0x0283: // MPLS multicast
      return true;
    default:
      return false;
  }
}
