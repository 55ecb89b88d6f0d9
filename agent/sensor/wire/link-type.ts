import {
  LAYER_C_HDLC,
  LAYER_ETHERNET,
  LAYER_FAILED,
  LAYER_IEEE80211,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_LINUX_SLL,
  LAYER_LINUX_SLL2,
  LAYER_NULL,
  LAYER_PPP,
  LAYER_PPPOE_SESSION,
  LAYER_RADIOTAP,
  LAYER_RAW_IP,
} from "./layer.js";

/**
 * Numbers of the link-layer types in capture files and of libpcap (https://www.tcpdump.org/linktypes.html).
 * Where libpcap's own number (DLT) differs from the file's, both stand here.
 */

export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_PPP = 9;
/** Raw IP: the file says 101, libpcap 12 (14 on OpenBSD). */
export const LINKTYPE_RAW = 101;
export const DLT_RAW = 12;
export const DLT_RAW_OPENBSD = 14;
/** PPP in HDLC-like framing (RFC 1662), always with address and control bytes. */
export const LINKTYPE_PPP_HDLC = 50;
/** PPPoE session packets without their Ethernet header. */
export const LINKTYPE_PPP_ETHER = 51;
export const LINKTYPE_C_HDLC = 104;
export const LINKTYPE_IEEE802_11 = 105;
export const LINKTYPE_LOOP = 108;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IEEE802_11_RADIOTAP = 127;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_LINUX_SLL2 = 276;

/** The layer a frame of this link type begins with, `LAYER_FAILED` for one without a decoder. */
export function layerOfLinkType(linkType: number): number {
  switch (linkType) {
    case LINKTYPE_ETHERNET:
      return LAYER_ETHERNET;
    case LINKTYPE_RAW:
    case DLT_RAW:
    case DLT_RAW_OPENBSD:
      return LAYER_RAW_IP;
    case LINKTYPE_IPV4:
      return LAYER_IPV4;
    case LINKTYPE_IPV6:
      return LAYER_IPV6;
    case LINKTYPE_LINUX_SLL:
      return LAYER_LINUX_SLL;
    case LINKTYPE_LINUX_SLL2:
      return LAYER_LINUX_SLL2;
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      return LAYER_NULL;
    case LINKTYPE_PPP:
    case LINKTYPE_PPP_HDLC:
      return LAYER_PPP;
    case LINKTYPE_PPP_ETHER:
      return LAYER_PPPOE_SESSION;
    case LINKTYPE_C_HDLC:
      return LAYER_C_HDLC;
    case LINKTYPE_IEEE802_11:
      return LAYER_IEEE80211;
    case LINKTYPE_IEEE802_11_RADIOTAP:
      return LAYER_RADIOTAP;
    default:
      return LAYER_FAILED;
  }
}
