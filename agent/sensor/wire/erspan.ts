import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { LAYER_ETHERNET, LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";
import { MAX_VLAN_DEPTH } from "./vlan.js";

/** ERSPAN type II (draft-foschiano-erspan): mirrored Ethernet frames in GRE. Type I has no header of its own. */

const ERSPAN_HEADER_LENGTH = 8;

export function decodeErspanTypeII(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < ERSPAN_HEADER_LENGTH) {
    return cursor.fail(packet, DecodeReason.ERSPAN_HEADER_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  const word = readUint16(bytes, offset);
  if (word >>> 12 !== 1) return cursor.fail(packet, DecodeReason.ERSPAN_UNSUPPORTED_VERSION);
  const vlanId = word & 0x0fff;
  if (vlanId > 0) {
    if (packet.vlanDepth >= MAX_VLAN_DEPTH) {
      return cursor.fail(packet, DecodeReason.ERSPAN_TOO_MANY_VLAN_LAYERS);
    }
    packet.vlanIds[packet.vlanDepth++] = vlanId;
  }
  cursor.offset = offset + ERSPAN_HEADER_LENGTH;
  return LAYER_ETHERNET;
}
