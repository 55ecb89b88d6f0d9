import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { enterEtherType, layerOfEtherType } from "./ether-type.js";
import { LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Tags between the Ethernet addresses and the EtherType: IEEE 802.1Q, QinQ, 802.1ad; 802.1ah; VN-Tag. */

export const MAX_VLAN_DEPTH = 3;
const VLAN_TAG_LENGTH = 4;
const VNTAG_LENGTH = 6;
/** Flags and service id (4), the customer's addresses (12), EtherType (2). */
const IEEE8021AH_LENGTH = 18;

/** One VLAN tag: control information, then the EtherType of what follows. */
export function decodeVlan(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (packet.vlanDepth >= MAX_VLAN_DEPTH) return cursor.fail(packet, DecodeReason.VLAN_TOO_MANY_LAYERS);
  if (cursor.end - offset < VLAN_TAG_LENGTH) return cursor.fail(packet, DecodeReason.VLAN_HEADER_TOO_SMALL);
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  packet.vlanIds[packet.vlanDepth++] = readUint16(bytes, offset) & 0x0fff;
  return enterTagged(cursor, packet, VLAN_TAG_LENGTH, DecodeReason.VLAN_UNKNOWN_TYPE);
}

/** VN-Tag (IEEE 802.1Qbh): four bytes of tag, then the EtherType. */
export function decodeVnTag(cursor: DecodeCursor, packet: PacketView): number {
  if (cursor.end - cursor.offset < VNTAG_LENGTH) {
    return cursor.fail(packet, DecodeReason.VNTAG_HEADER_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  return enterTagged(cursor, packet, VNTAG_LENGTH, DecodeReason.VNTAG_UNKNOWN_TYPE);
}

/** MAC-in-MAC (IEEE 802.1ah), behind its own EtherType. */
export function decodeIeee8021Ah(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < IEEE8021AH_LENGTH) {
    return cursor.fail(packet, DecodeReason.IEEE8021AH_HEADER_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  cursor.offset = offset + IEEE8021AH_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, offset + IEEE8021AH_LENGTH - 2));
}

function enterTagged(
  cursor: DecodeCursor,
  packet: PacketView,
  tagLength: number,
  unknownType: typeof DecodeReason.VLAN_UNKNOWN_TYPE | typeof DecodeReason.VNTAG_UNKNOWN_TYPE,
): number {
  cursor.offset += tagLength;
  packet.etherType = readUint16(cursor.bytes, cursor.offset - 2);
  const layer = layerOfEtherType(packet.etherType);
  return layer === LAYER_FAILED ? cursor.fail(packet, unknownType) : layer;
}
