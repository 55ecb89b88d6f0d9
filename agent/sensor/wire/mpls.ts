import { readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_ETHERNET, LAYER_FAILED, LAYER_IPV4, LAYER_IPV6 } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/**
 * MPLS label stack (RFC 3032), skipped over. What follows is told by a reserved label or, as every decoder must,
 * guessed from the first nibble: IPv4, IPv6, or the control word of an Ethernet pseudo-wire (RFC 4448).
 */

const LABEL_LENGTH = 4;
const CONTROL_WORD_LENGTH = 4;
const LABEL_EXPLICIT_NULL_IPV4 = 0;
const LABEL_ROUTER_ALERT = 1;
const LABEL_EXPLICIT_NULL_IPV6 = 2;
const LABEL_IMPLICIT_NULL = 3;
const LAST_RESERVED_LABEL = 15;
const BOTTOM_OF_STACK = 0x100;

export function decodeMpls(cursor: DecodeCursor, packet: PacketView): number {
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const { bytes, end } = cursor;
  let { offset } = cursor;
  let entry = 0;
  // Bounded by the frame: each turn takes four bytes.
  do {
    if (end - offset < LABEL_LENGTH) return cursor.fail(packet, DecodeReason.MPLS_HEADER_TOO_SMALL);
    entry = readUint32(bytes, offset);
    offset += LABEL_LENGTH;
  } while ((entry & BOTTOM_OF_STACK) === 0);
  cursor.offset = offset;

  const label = entry >>> 12;
  if (label === LABEL_EXPLICIT_NULL_IPV4) return LAYER_IPV4;
  if (label === LABEL_EXPLICIT_NULL_IPV6) return LAYER_IPV6;
  if (label === LABEL_ROUTER_ALERT) return cursor.stop(packet, DecodeReason.MPLS_BAD_LABEL_ROUTER_ALERT);
  if (label === LABEL_IMPLICIT_NULL) return cursor.stop(packet, DecodeReason.MPLS_BAD_LABEL_IMPLICIT_NULL);
  if (label < LAST_RESERVED_LABEL) return cursor.stop(packet, DecodeReason.MPLS_BAD_LABEL_RESERVED);

  if (end - offset < CONTROL_WORD_LENGTH) return cursor.fail(packet, DecodeReason.MPLS_PKT_TOO_SMALL);
  switch (bytes[offset]! >>> 4) {
    case 4:
      return LAYER_IPV4;
    case 6:
      return LAYER_IPV6;
    case 0:
      cursor.offset = offset + CONTROL_WORD_LENGTH;
      return LAYER_ETHERNET;
    default:
      return cursor.stop(packet, DecodeReason.MPLS_UNKNOWN_PAYLOAD_TYPE);
  }
}
