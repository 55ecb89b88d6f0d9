import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { decodeIpv4Options } from "./ipv4-options.js";
import {
  LAYER_END,
  LAYER_ESP,
  LAYER_FAILED,
  LAYER_GRE,
  LAYER_ICMPV4,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_SCTP,
  LAYER_TCP,
  LAYER_UDP,
  TUNNEL,
} from "./layer.js";
import {
  IP_PROTOCOL_ESP,
  IP_PROTOCOL_GRE,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IPV4,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "./packet-view.js";

/**
 * IPv4 (RFC 791). A header that is unsound, or that promises more than was captured, gives no IP packet at all
 * (`ipVersion` stays 0), as in Suricata. A fragment ends here; it is decoded further once reassembled.
 */

export const IPV4_HEADER_LENGTH = 20;

export function decodeIpv4(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const available = cursor.end - offset;
  if (available < IPV4_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.IPV4_PKT_TOO_SMALL);
  const first = bytes[offset]!;
  if (first >>> 4 !== 4) return cursor.fail(packet, DecodeReason.IPV4_WRONG_IP_VERSION);
  const headerLength = (first & 0x0f) << 2;
  if (headerLength < IPV4_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.IPV4_HLEN_TOO_SMALL);
  const totalLength = readUint16(bytes, offset + 2);
  if (totalLength < headerLength) return cursor.fail(packet, DecodeReason.IPV4_IPLEN_SMALLER_THAN_HLEN);
  if (totalLength > available) return cursor.fail(packet, DecodeReason.IPV4_TRUNC_PKT);

  if (headerLength > IPV4_HEADER_LENGTH) {
    packet.ipOptionsOffset = offset + IPV4_HEADER_LENGTH;
    packet.ipOptionsLength = headerLength - IPV4_HEADER_LENGTH;
    if (!decodeIpv4Options(cursor, packet)) return LAYER_FAILED;
  }

  packet.ipVersion = 4;
  packet.ipOffset = offset;
  packet.ipHeaderLength = headerLength;
  packet.ipEnd = offset + totalLength;
  packet.tos = bytes[offset + 1]!;
  packet.ipId = readUint16(bytes, offset + 4);
  const fragment = readUint16(bytes, offset + 6);
  packet.ipFlags = fragment >>> 13;
  packet.fragmentOffset = (fragment & 0x1fff) << 3;
  packet.ttl = bytes[offset + 8]!;
  const protocol = bytes[offset + 9]!;
  packet.ipProtocol = protocol;
  const { source, destination } = packet;
  source[0] = 0;
  source[1] = 0;
  source[2] = 0;
  source[3] = readUint32(bytes, offset + 12);
  destination[0] = 0;
  destination[1] = 0;
  destination[2] = 0;
  destination[3] = readUint32(bytes, offset + 16);
  packet.payloadOffset = offset + headerLength;

  cursor.offset = offset + headerLength;
  cursor.end = offset + totalLength;
  // More fragments, or not the first one.
  if ((fragment & 0x3fff) !== 0) {
    packet.isFragment = true;
    return LAYER_END;
  }
  switch (protocol) {
    case IP_PROTOCOL_TCP:
      return LAYER_TCP;
    case IP_PROTOCOL_UDP:
      return LAYER_UDP;
    case IP_PROTOCOL_ICMP:
      return LAYER_ICMPV4;
    case IP_PROTOCOL_IPV4:
      return cursor.opensMoreTunnels ? LAYER_IPV4 | TUNNEL : LAYER_END;
    case IP_PROTOCOL_IPV6:
      return LAYER_IPV6 | TUNNEL;
    case IP_PROTOCOL_GRE:
      return LAYER_GRE;
    case IP_PROTOCOL_ESP:
      return LAYER_ESP;
    case IP_PROTOCOL_SCTP:
      return LAYER_SCTP;
    case IP_PROTOCOL_ICMPV6:
      return cursor.stop(packet, DecodeReason.IPV4_ICMPV6);
    case 0:
      // Van Jacobson's "uncompressed TCP" puts a connection number where the protocol stands.
      return cursor.isVanJacobson ? LAYER_TCP : LAYER_END;
    default:
      return LAYER_END;
  }
}
