import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { GUESSED, LAYER_END, LAYER_IPV6, TUNNEL } from "./layer.js";

/**
 * Teredo (RFC 4380): IPv6 in UDP, perhaps behind an origin indication. It has no mark of its own, so what looks like
 * it is a guess that stands only if the inner packet is sound. Authentication headers are not followed, as in Suricata.
 */

const IPV6_HEADER_LENGTH = 40;
const ORIGIN_INDICATION_LENGTH = 8;

export function decodeTeredo(cursor: DecodeCursor): number {
  const { bytes, end } = cursor;
  let { offset } = cursor;
  if (end - offset < IPV6_HEADER_LENGTH) return LAYER_END;
  if (bytes[offset] === 0) {
    if (bytes[offset + 1] !== 0) return LAYER_END;
    offset += ORIGIN_INDICATION_LENGTH;
    if (end - offset < IPV6_HEADER_LENGTH) return LAYER_END;
  }
  const payloadLength = readUint16(bytes, offset + 4);
  const isPlausible =
    bytes[offset]! >>> 4 === 6 &&
    payloadLength === end - offset - IPV6_HEADER_LENGTH &&
    // Hop limit 0, or hop-by-hop options that do not fit: more likely another protocol.
    bytes[offset + 7] !== 0 &&
    (bytes[offset + 6] !== 0 || payloadLength >= 8);
  if (!isPlausible) return LAYER_END;
  cursor.offset = offset;
  return LAYER_IPV6 | TUNNEL | GUESSED;
}
