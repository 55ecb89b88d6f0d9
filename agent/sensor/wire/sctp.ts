import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** SCTP's common header (RFC 9260): ports, verification tag, checksum. The chunks are payload. */

const SCTP_HEADER_LENGTH = 12;

export function decodeSctp(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset, end } = cursor;
  if (end - offset < SCTP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.SCTP_PKT_TOO_SMALL);
  packet.transportOffset = offset;
  packet.sourcePort = readUint16(bytes, offset);
  packet.destinationPort = readUint16(bytes, offset + 2);
  packet.payloadOffset = offset + SCTP_HEADER_LENGTH;
  packet.payloadLength = end - packet.payloadOffset;
  return LAYER_END;
}
