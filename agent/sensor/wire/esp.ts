import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_END, LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** IPsec ESP (RFC 4303): security parameter index and sequence number; the rest is encrypted. */

const ESP_HEADER_LENGTH = 8;

export function decodeEsp(cursor: DecodeCursor, packet: PacketView): number {
  const { offset, end } = cursor;
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  if (end - offset < ESP_HEADER_LENGTH) return cursor.fail(packet, DecodeReason.ESP_PKT_TOO_SMALL);
  packet.transportOffset = offset;
  packet.payloadOffset = offset + ESP_HEADER_LENGTH;
  packet.payloadLength = end - packet.payloadOffset;
  return LAYER_END;
}
