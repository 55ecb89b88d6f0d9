import { readUint16 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import {
  ETHERTYPE_8021AD,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_QINQ,
  ETHERTYPE_VLAN,
} from "./ether-type.js";
import { LAYER_END, LAYER_FAILED, LAYER_IPV4, LAYER_IPV6, LAYER_VLAN, TUNNEL } from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** VXLAN (RFC 7348): Ethernet in UDP. The inner addresses are passed over; ARP inside is not opened, as in Suricata. */

const VXLAN_HEADER_LENGTH = 8;
const ETHERNET_HEADER_LENGTH = 14;
const FLAG_HAS_NETWORK_ID = 0x08;

export function decodeVxlan(cursor: DecodeCursor, packet: PacketView): number {
  const { bytes, offset } = cursor;
  if (cursor.end - offset < VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH) return LAYER_END;
  if (!cursor.enterLayer(packet)) return LAYER_FAILED;
  // The reserved last byte is a part of the recognition: port 4789 alone is not enough.
  if ((bytes[offset]! & FLAG_HAS_NETWORK_ID) === 0 || bytes[offset + 7] !== 0) return LAYER_END;
  cursor.offset = offset + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
  switch (readUint16(bytes, cursor.offset - 2)) {
    case ETHERTYPE_IPV4:
      return LAYER_IPV4 | TUNNEL;
    case ETHERTYPE_IPV6:
      return LAYER_IPV6 | TUNNEL;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_8021AD:
    case ETHERTYPE_QINQ:
      return LAYER_VLAN | TUNNEL;
    case ETHERTYPE_ARP:
      return LAYER_END;
    default:
      return cursor.stop(packet, DecodeReason.VXLAN_UNKNOWN_PAYLOAD_TYPE);
  }
}
