import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import {
  LAYER_ARP,
  LAYER_DCE,
  LAYER_FAILED,
  LAYER_IEEE8021AH,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_MPLS,
  LAYER_NSH,
  LAYER_PPPOE_DISCOVERY,
  LAYER_PPPOE_SESSION,
  LAYER_VLAN,
  LAYER_VNTAG,
} from "./layer.js";
import type { PacketView } from "./packet-view.js";

/** EtherTypes (IEEE 802 numbers) that have a decoder; Suricata 7 decodes the same ones and ARP not. */

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TRANSPARENT_BRIDGING = 0x6558;
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_MPLS_UNICAST = 0x8847;
export const ETHERTYPE_MPLS_MULTICAST = 0x8848;
export const ETHERTYPE_PPPOE_DISCOVERY = 0x8863;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
export const ETHERTYPE_8021AD = 0x88a8;
export const ETHERTYPE_ERSPAN = 0x88be;
export const ETHERTYPE_8021AH = 0x88e7;
export const ETHERTYPE_DCE = 0x8903;
export const ETHERTYPE_VNTAG = 0x8926;
export const ETHERTYPE_NSH = 0x894f;
export const ETHERTYPE_QINQ = 0x9100;
export const GRE_PROTOCOL_PPP = 0x880b;

/** Smaller values in the field of an EtherType are the length of an IEEE 802.3 frame. */
const FIRST_ETHERTYPE = 0x0600;

/** The layer of an EtherType, `LAYER_FAILED` for one without a decoder. */
export function layerOfEtherType(etherType: number): number {
  switch (etherType) {
    case ETHERTYPE_IPV4:
      return LAYER_IPV4;
    case ETHERTYPE_IPV6:
      return LAYER_IPV6;
    case ETHERTYPE_ARP:
      return LAYER_ARP;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_8021AD:
    case ETHERTYPE_QINQ:
      return LAYER_VLAN;
    case ETHERTYPE_PPPOE_SESSION:
      return LAYER_PPPOE_SESSION;
    case ETHERTYPE_PPPOE_DISCOVERY:
      return LAYER_PPPOE_DISCOVERY;
    case ETHERTYPE_MPLS_UNICAST:
    case ETHERTYPE_MPLS_MULTICAST:
      return LAYER_MPLS;
    case ETHERTYPE_8021AH:
      return LAYER_IEEE8021AH;
    case ETHERTYPE_DCE:
      return LAYER_DCE;
    case ETHERTYPE_VNTAG:
      return LAYER_VNTAG;
    case ETHERTYPE_NSH:
      return LAYER_NSH;
    default:
      return LAYER_FAILED;
  }
}

/** Note the EtherType and go on with it; one without a decoder ends the packet with its reason. */
export function enterEtherType(cursor: DecodeCursor, packet: PacketView, etherType: number): number {
  packet.etherType = etherType;
  const layer = layerOfEtherType(etherType);
  if (layer !== LAYER_FAILED) return layer;
  return cursor.stop(
    packet,
    etherType < FIRST_ETHERTYPE ? DecodeReason.ETHERNET_LLC : DecodeReason.ETHERNET_UNKNOWN_TYPE,
  );
}
