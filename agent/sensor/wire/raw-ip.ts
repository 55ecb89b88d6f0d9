import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_IPV4, LAYER_IPV6 } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** No link layer: the first nibble tells the version of IP. */

const SMALLEST_IP_HEADER = 20;

export function decodeRawIp(cursor: DecodeCursor, packet: PacketView): number {
  if (cursor.end - cursor.offset < SMALLEST_IP_HEADER) {
    return cursor.fail(packet, DecodeReason.IPV4_PKT_TOO_SMALL);
  }
  switch (cursor.bytes[cursor.offset]! >>> 4) {
    case 4:
      return LAYER_IPV4;
    case 6:
      return LAYER_IPV6;
    default:
      return cursor.stop(packet, DecodeReason.IPRAW_INVALID_IP_VERSION);
  }
}
