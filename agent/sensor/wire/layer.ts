/**
 * Names of the protocols between frame and payload. A protocol's decoder returns the layer that follows it, so
 * the protocols need not know each other: `FrameDecoder` walks from layer to layer. Plain constants, because the
 * walk is the hottest loop there is.
 */

/** Nothing follows that has a decoder. */
export const LAYER_END = 0;
/** The layer's own header was unusable; the reason is noted. */
export const LAYER_FAILED = 1;

export const LAYER_ETHERNET = 2;
export const LAYER_VLAN = 3;
export const LAYER_IPV4 = 4;
export const LAYER_IPV6 = 5;
export const LAYER_TCP = 6;
export const LAYER_UDP = 7;
export const LAYER_ICMPV4 = 8;
export const LAYER_ICMPV6 = 9;
export const LAYER_SCTP = 10;
export const LAYER_ESP = 11;
export const LAYER_ARP = 12;
export const LAYER_GRE = 13;
export const LAYER_PPPOE_SESSION = 14;
export const LAYER_PPPOE_DISCOVERY = 15;
export const LAYER_PPP = 16;
export const LAYER_MPLS = 17;
export const LAYER_VXLAN = 18;
export const LAYER_TEREDO = 19;
export const LAYER_GENEVE = 20;
export const LAYER_ERSPAN_II = 21;
export const LAYER_NSH = 22;
export const LAYER_VNTAG = 23;
export const LAYER_IEEE8021AH = 24;
export const LAYER_DCE = 25;
export const LAYER_LINUX_SLL = 26;
export const LAYER_LINUX_SLL2 = 27;
export const LAYER_NULL = 28;
export const LAYER_RAW_IP = 29;
export const LAYER_C_HDLC = 30;
export const LAYER_RADIOTAP = 31;
export const LAYER_IEEE80211 = 32;

/** Added to a layer: what follows is a packet of its own, tunnelled in this one. */
export const TUNNEL = 0x40;
/** Added beside `TUNNEL`: the guess that this is a tunnel stands or falls with the inner packet being sound. */
export const GUESSED = 0x80;
export const LAYER_MASK = 0x3f;

/** Names for statistics, by layer; empty where there is none to count. */
export const LAYER_NAMES: readonly string[] = [
  "",
  "",
  "ethernet",
  "vlan",
  "ipv4",
  "ipv6",
  "tcp",
  "udp",
  "icmpv4",
  "icmpv6",
  "sctp",
  "esp",
  "arp",
  "gre",
  "pppoe_session",
  "pppoe_discovery",
  "ppp",
  "mpls",
  "vxlan",
  "teredo",
  "geneve",
  "erspan",
  "nsh",
  "vntag",
  "ieee8021ah",
  "dce",
  "sll",
  "sll2",
  "null",
  "raw",
  "chdlc",
  "radiotap",
  "ieee80211",
];
