import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_TRANSPARENT_BRIDGING,
} from "./ether-type.js";
import { LAYER_END, LAYER_ETHERNET, LAYER_FAILED, LAYER_IPV4, LAYER_IPV6, TUNNEL } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Geneve (RFC 8926): Ethernet or IP in UDP behind options, whose lengths must add up for it to be recognised. */

const GENEVE_FIXED_LENGTH = 8;
const OPTION_HEADER_LENGTH = 4;

export function decodeGeneve(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  const available = cursor.end - offset;
  if (available < GENEVE_FIXED_LENGTH) return LAYER_END;
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const optionsEnd = offset + GENEVE_FIXED_LENGTH + ((bytes[offset]! & 0x3f) << 2);
  const isGeneve =
    bytes[offset]! >>> 6 === 0 &&
    (bytes[offset + 1]! & 0x3f) === 0 &&
    bytes[offset + 7] === 0 &&
    optionsEnd <= cursor.end &&
    doOptionsAddUp(bytes, offset + GENEVE_FIXED_LENGTH, optionsEnd);
  if (!isGeneve) return LAYER_END;

  cursor.offset = optionsEnd;
  switch (readUint16(bytes, offset + 2)) {
    case ETHERTYPE_IPV4:
      return LAYER_IPV4 | TUNNEL;
    case ETHERTYPE_IPV6:
      return LAYER_IPV6 | TUNNEL;
    case ETHERTYPE_TRANSPARENT_BRIDGING:
      return LAYER_ETHERNET | TUNNEL;
    case ETHERTYPE_ARP:
      return LAYER_END;
    default:
      return cursor.stop(packet, DecodeReason.GENEVE_UNKNOWN_PAYLOAD_TYPE);
  }
}

/** At most 252 bytes of options, each of at least four. */
function doOptionsAddUp(bytes: Uint8Array, at: number, end: number): boolean {
  while (at < end) at += OPTION_HEADER_LENGTH + ((bytes[at + 3]! & 0x1f) << 2);
  return at === end;
}
