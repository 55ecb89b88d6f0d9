import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END } from "./layer.js";
import type { PacketView } from "./packet-view.js";
import { decodeTcpOptions } from "./tcp-options.js";

/** TCP (RFC 9293). */

export const TCP_HEADER_LENGTH = 20;

export function decodeTcp(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < TCP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.TCP_PKT_TOO_SMALL);
  const headerLength = (bytes[offset + 12]! >>> 4) << 2;
  if (headerLength > available) return cursor.fail(packet, DecodeReason.TCP_HLEN_TOO_SMALL);
  if (headerLength < TCP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.TCP_INVALID_OPTLEN);
  packet.transportOffset = offset;
  packet.sourcePort = readUint16(bytes, offset);
  packet.destinationPort = readUint16(bytes, offset + 2);
  packet.tcpSequence = readUint32(bytes, offset + 4);
  packet.tcpAcknowledgement = readUint32(bytes, offset + 8);
  packet.tcpHeaderLength = headerLength;
  packet.tcpFlags = bytes[offset + 13]!;
  packet.tcpWindow = readUint16(bytes, offset + 14);
  packet.tcpUrgentPointer = readUint16(bytes, offset + 18);
  packet.payloadOffset = offset + headerLength;
  packet.payloadLength = available - headerLength;
  if (headerLength > TCP_HEADER_LENGTH) {
    packet.tcpOptionsOffset = offset + TCP_HEADER_LENGTH;
    packet.tcpOptionsLength = headerLength - TCP_HEADER_LENGTH;
    decodeTcpOptions(cursor, packet);
  }
  return LAYER_END;
}
