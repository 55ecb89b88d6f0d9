import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { decodeIpv6Extensions } from "./ipv6-extension.js";
import { LAYER_FAILED, LAYER_ICMPV6, LAYER_TCP, LAYER_UDP } from "./layer.js";
import { IP_PROTOCOL_ICMPV6, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, type PacketView } from "./packet-view.js";

/**
 * The IPv6 header (RFC 8200). One that promises more than was captured gives no IP packet (`ipVersion` stays 0),
 * as in Suricata. Jumbograms (RFC 2675) say that they are empty and so end at their hop-by-hop header.
 */

export const IPV6_HEADER_LENGTH = 40;

export function decodeIpv6(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const available = cursor.end - offset;
  if (available < IPV6_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.IPV6_PKT_TOO_SMALL);
  if (bytes[offset]! >>> 4 !== 6) return cursor.fail(packet, DecodeReason.IPV6_WRONG_IP_VERSION);
  const payloadLength = readUint16(bytes, offset + 4);
  if (IPV6_HEADER_LENGTH + payloadLength > available) {
    return cursor.fail(packet, DecodeReason.IPV6_TRUNC_PKT);
  }

  packet.ipVersion = 6;
  packet.ipOffset = offset;
  packet.ipHeaderLength = IPV6_HEADER_LENGTH;
  packet.ipEnd = offset + IPV6_HEADER_LENGTH + payloadLength;
  packet.tos = (readUint16(bytes, offset) >>> 4) & 0xff;
  packet.ttl = bytes[offset + 7]!;
  const { source, destination } = packet;
  source[0] = readUint32(bytes, offset + 8);
  source[1] = readUint32(bytes, offset + 12);
  source[2] = readUint32(bytes, offset + 16);
  source[3] = readUint32(bytes, offset + 20);
  destination[0] = readUint32(bytes, offset + 24);
  destination[1] = readUint32(bytes, offset + 28);
  destination[2] = readUint32(bytes, offset + 32);
  destination[3] = readUint32(bytes, offset + 36);

  const nextHeader = bytes[offset + 6]!;
  packet.ipProtocol = nextHeader;
  packet.payloadOffset = offset + IPV6_HEADER_LENGTH;
  cursor.offset = offset + IPV6_HEADER_LENGTH;
  cursor.end = packet.ipEnd;
  switch (nextHeader) {
    case IP_PROTOCOL_TCP:
      return LAYER_TCP;
    case IP_PROTOCOL_UDP:
      return LAYER_UDP;
    case IP_PROTOCOL_ICMPV6:
      return LAYER_ICMPV6;
    default:
      return decodeIpv6Extensions(cursor, packet);
  }
}
