import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { ETHERTYPE_IPV4 } from "./ether-type.js";
import { LAYER_END } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** ARP for IPv4 over Ethernet (RFC 826), for whoever learns which device has which address. */

/** Offsets from `PacketView.arpOffset`. */
export const ARP_SENDER_MAC = 8;
export const ARP_SENDER_IP = 14;
export const ARP_TARGET_MAC = 18;
export const ARP_TARGET_IP = 24;
const ARP_LENGTH = 28;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const HARDWARE_ETHERNET = 1;

export function decodeArp(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < ARP_LENGTH) return cursor.fail(packet, DecodeReason.ARP_PKT_TOO_SMALL);
  if (
    readUint16(bytes, offset) !== HARDWARE_ETHERNET ||
    readUint16(bytes, offset + 2) !== ETHERTYPE_IPV4 ||
    bytes[offset + 4] !== 6 ||
    bytes[offset + 5] !== 4
  ) {
    return cursor.fail(packet, DecodeReason.ARP_UNSUPPORTED_FORMAT);
  }
  packet.arpOffset = offset;
  packet.arpOperation = readUint16(bytes, offset + 6);
  return LAYER_END;
}
