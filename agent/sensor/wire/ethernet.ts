import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { enterEtherType } from "./ether-type.js";
import { LAYER_ETHERNET, LAYER_FAILED } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** Ethernet II. IEEE 802.3 frames with LLC are counted and left alone, as Suricata does. */

export const ETHERNET_HEADER_LENGTH = 14;

export function decodeEthernet(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < ETHERNET_HEADER_LENGTH) {
    return cursor.fail(packet, DecodeReason.ETHERNET_PKT_TOO_SMALL);
  }
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  packet.macOffset = offset;
  cursor.offset = offset + ETHERNET_HEADER_LENGTH;
  return enterEtherType(cursor, packet, readUint16(bytes, offset + 12));
}

/** Cisco FabricPath (DCE): two bytes of tag, then the Ethernet frame it carries. */
export function decodeDce(cursor: DecodeCursor, packet: PacketView): number {
  if (cursor.end - cursor.offset < ETHERNET_HEADER_LENGTH + 2) {
    return cursor.fail(packet, DecodeReason.DCE_PKT_TOO_SMALL);
  }
  cursor.offset += 2;
  return LAYER_ETHERNET;
}
