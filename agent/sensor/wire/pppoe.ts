import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END, LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";
import { enterPppProtocol, pppProtocolLength } from "./ppp.js";

/** PPP over Ethernet (RFC 2516): session packets, and discovery packets as far as their form. */

const PPPOE_HEADER_LENGTH = 6;

export function decodePppoeSession(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < PPPOE_HEADER_LENGTH + 1) {
    return cursor.fail(packet, DecodeReason.PPPOE_PKT_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  if (readUint16(bytes, offset + 4) === 0) return LAYER_END;
  cursor.offset = offset + PPPOE_HEADER_LENGTH;
  if (cursor.end - cursor.offset < pppProtocolLength(cursor)) {
    return cursor.fail(packet, DecodeReason.PPPOE_PKT_TOO_SMALL);
  }
  return enterPppProtocol(cursor, packet);
}

export function decodePppoeDiscovery(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < PPPOE_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.PPPOE_PKT_TOO_SMALL);
  switch (bytes[offset + 1]) {
    case 0x09: // PADI
    case 0x07: // PADO
    case 0x19: // PADR
    case 0x65: // PADS
    case 0xa7: // PADT
      break;
    default:
      return cursor.stop(packet, DecodeReason.PPPOE_WRONG_CODE);
  }
  if (readUint16(bytes, offset + 4) > available - PPPOE_HEADER_LENGTH) {
    return cursor.stop(packet, DecodeReason.PPPOE_MALFORMED_TAGS);
  }
  return LAYER_END;
}
