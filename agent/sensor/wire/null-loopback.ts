import { readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_IPV4, LAYER_IPV6 } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/**
 * BSD loopback: four bytes of address family, in the byte order of the capturing host (NULL) or of the network
 * (LOOP). Families are below 256, so either order is read for both.
 */

const FAMILY_LENGTH = 4;
const FAMILY_IPV4 = 2;

export function decodeNull(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < FAMILY_LENGTH) return cursor.fail(packet, DecodeReason.LTNULL_PKT_TOO_SMALL);
  const value = readUint32(bytes, offset);
  const family = (value & 0x00ffffff) === 0 ? value >>> 24 : value;
  cursor.offset = offset + FAMILY_LENGTH;
  switch (family) {
    case FAMILY_IPV4:
      return LAYER_IPV4;
    case 10: // Linux
    case 23: // Winsock
    case 24: // NetBSD, OpenBSD
    case 26: // Solaris
    case 28: // FreeBSD
    case 30: // macOS
      return LAYER_IPV6;
    default:
      return cursor.stop(packet, DecodeReason.LTNULL_UNSUPPORTED_TYPE);
  }
}
