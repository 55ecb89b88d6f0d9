import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_ETHERNET, LAYER_FAILED, LAYER_IPV4, LAYER_IPV6, LAYER_MPLS } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Network Service Header (RFC 8300), skipped over. */

const NSH_BASE_LENGTH = 8;
/** Base header, service path header and four words of context. */
const NSH_TYPE_1_LENGTH = 24;

export function decodeNsh(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < NSH_BASE_LENGTH) return cursor.fail(packet, DecodeReason.NSH_HEADER_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const word = readUint16(bytes, offset);
  if (word >>> 14 !== 0) return cursor.stop(packet, DecodeReason.NSH_UNSUPPORTED_VERSION);
  const length = (word & 0x3f) << 2;
  if (length >= available) return cursor.fail(packet, DecodeReason.NSH_BAD_HEADER_LENGTH);
  const type = bytes[offset + 2]! & 0x0f;
  if (type === 0 || type === 0x0f) return cursor.stop(packet, DecodeReason.NSH_RESERVED_TYPE);
  if (type > 2) return cursor.stop(packet, DecodeReason.NSH_UNSUPPORTED_TYPE);
  if (length < NSH_BASE_LENGTH || (type === 1 && length !== NSH_TYPE_1_LENGTH)) {
    return cursor.fail(packet, DecodeReason.NSH_BAD_HEADER_LENGTH);
  }

  cursor.offset = offset + length;
  switch (bytes[offset + 3]) {
    case 1:
      return LAYER_IPV4;
    case 2:
      return LAYER_IPV6;
    case 3:
      return LAYER_ETHERNET;
    case 5:
      return LAYER_MPLS;
    default:
      return cursor.stop(packet, DecodeReason.NSH_UNKNOWN_PAYLOAD);
  }
}
