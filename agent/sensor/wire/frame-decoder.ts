import { decodeArp } from "./arp.js";
import { decodeChdlc } from "./chdlc.js";
import { DecodeCursor, MAX_LAYERS } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import { decodeErspanTypeII } from "./erspan.js";
import { decodeEsp } from "./esp.js";
import { decodeDce, decodeEthernet } from "./ethernet.js";
import { decodeGeneve } from "./geneve.js";
import { decodeGre } from "./gre.js";
import { decodeIcmpv4 } from "./icmpv4.js";
import { decodeIcmpv6 } from "./icmpv6.js";
import { decodeIeee80211, decodeRadiotap } from "./ieee80211.js";
import { decodeIpv4 } from "./ipv4.js";
import { decodeIpv6 } from "./ipv6.js";
import {
  GUESSED,
  LAYER_ARP,
  LAYER_C_HDLC,
  LAYER_DCE,
  LAYER_END,
  LAYER_ERSPAN_II,
  LAYER_ESP,
  LAYER_ETHERNET,
  LAYER_FAILED,
  LAYER_GENEVE,
  LAYER_GRE,
  LAYER_ICMPV4,
  LAYER_ICMPV6,
  LAYER_IEEE8021AH,
  LAYER_IEEE80211,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_LINUX_SLL,
  LAYER_LINUX_SLL2,
  LAYER_MASK,
  LAYER_MPLS,
  LAYER_NAMES,
  LAYER_NSH,
  LAYER_NULL,
  LAYER_PPP,
  LAYER_PPPOE_DISCOVERY,
  LAYER_PPPOE_SESSION,
  LAYER_RADIOTAP,
  LAYER_RAW_IP,
  LAYER_SCTP,
  LAYER_TCP,
  LAYER_TEREDO,
  LAYER_UDP,
  LAYER_VLAN,
  LAYER_VNTAG,
  LAYER_VXLAN,
  TUNNEL,
} from "./layer.js";
import { layerOfLinkType } from "./link-type.js";
import { decodeLinuxSll, decodeLinuxSll2 } from "./linux-sll.js";
import { decodeMpls } from "./mpls.js";
import { decodeNsh } from "./nsh.js";
import { decodeNull } from "./null-loopback.js";
import { PacketView } from "./packet-view.js";
import { decodePpp } from "./ppp.js";
import { decodePppoeDiscovery, decodePppoeSession } from "./pppoe.js";
import { decodeRawIp } from "./raw-ip.js";
import { decodeSctp } from "./sctp.js";
import { decodeTcp } from "./tcp.js";
import { decodeTeredo } from "./teredo.js";
import { decodeUdp } from "./udp.js";
import { decodeIeee8021Ah, decodeVlan, decodeVnTag } from "./vlan.js";
import { decodeVxlan } from "./vxlan.js";

/**
 * Every tunnel costs a header and counts as one itself, and fewer than `MAX_LAYERS` may be decoded: raw IP with
 * seven tunnels of bare IP is the deepest frame there is.
 */
export const MAX_TUNNEL_DEPTH = (MAX_LAYERS - 2) / 2;

export interface FrameDecoderOptions {
  /**
   * Open IPv4 in IPv4, and IPv6 or GRE in IPv6 behind extension headers, which Suricata 7.0 passes over (default).
   * False decodes exactly as it does, to compare with it.
   */
  readonly opensMoreTunnels?: boolean;
}

type LayerDecoder = (cursor: DecodeCursor, packet: PacketView) => number;

/**
 * From a captured frame to the packets in it: the outer one, then those tunnelled inside, decoded as Suricata 7.0
 * decodes them. Memory is fixed at construction, nothing is allocated per frame, no input makes it throw or read
 * outside the given range. Checksums are not verified (`checksum.ts`), fragments not reassembled
 * (`Defragmenter`, then `decodeDatagram`).
 */
export class FrameDecoder {
  /** Outermost first; only [0, count) are valid, until the next call. */
  readonly packets: readonly PacketView[] = Array.from(
    { length: MAX_TUNNEL_DEPTH + 1 },
    () => new PacketView(),
  );
  /** How often a header of each layer (`LAYER_NAMES`) was come upon, sound or not. */
  readonly layerCounts = new Float64Array(LAYER_NAMES.length);
  readonly #cursor: DecodeCursor;
  readonly #decoders: readonly LayerDecoder[] = layerDecoders();

  constructor(options: FrameDecoderOptions = {}) {
    this.#cursor = new DecodeCursor(options.opensMoreTunnels ?? true);
  }

  /** How often each `DecodeReason` happened, those of refused inner packets included. */
  get reasonCounts(): Float64Array {
    return this.#cursor.reasonCounts;
  }

  /**
   * Decode one frame.
   *
   * @param capturedLength bytes at `offset` that were captured.
   * @param wireLength bytes the frame had.
   * @param timeUs microseconds since the Unix epoch.
   * @returns how many packets it holds, 0 for a link type without a decoder.
   */
  decodeFrame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): number {
    const first = layerOfLinkType(linkType);
    if (first === LAYER_FAILED) {
      const { reasonCounts } = this.#cursor;
      reasonCounts[DecodeReason.LINK_UNSUPPORTED_TYPE] =
        reasonCounts[DecodeReason.LINK_UNSUPPORTED_TYPE]! + 1;
      return 0;
    }
    const end = offset + capturedLength;
    const packet = this.packets[0]!;
    packet.reset(bytes, offset, end, wireLength, timeUs, 0);
    this.#cursor.layerCount = 0;
    return this.#decodeFrom(first, bytes, offset, end);
  }

  /**
   * Decode a reassembled IP datagram, `bytes[offset, end)` beginning with its IP header.
   *
   * @param tunnelDepth of the fragments it was made from: deeper ones have less room for further tunnels.
   * @param outer the fragment whose VLAN tags and EtherType it takes over; may be one of this decoder's own views.
   * @returns how many packets it holds, 0 if `tunnelDepth` leaves room for none.
   */
  decodeDatagram(
    bytes: Uint8Array,
    offset: number,
    end: number,
    timeUs: number,
    tunnelDepth: number,
    outer?: PacketView,
  ): number {
    if (tunnelDepth > MAX_TUNNEL_DEPTH) return 0;
    const packet = this.packets[0]!;
    const etherType = outer === undefined ? 0 : outer.etherType;
    const vlanDepth = outer === undefined ? 0 : outer.vlanDepth;
    packet.reset(bytes, offset, end, end - offset, timeUs, tunnelDepth);
    packet.etherType = etherType;
    packet.vlanDepth = vlanDepth;
    for (let i = 0; i < vlanDepth; i++) packet.vlanIds[i] = outer!.vlanIds[i]!;
    this.#cursor.layerCount = 2 * tunnelDepth;
    return this.#decodeFrom(LAYER_RAW_IP, bytes, offset, end);
  }

  /** Walk from layer to layer, and from packet to tunnelled packet. The layer limit bounds the walk. */
  #decodeFrom(first: number, bytes: Uint8Array, offset: number, end: number): number {
    const cursor = this.#cursor;
    const { layerCounts } = this;
    cursor.bytes = bytes;
    cursor.offset = offset;
    cursor.end = end;
    cursor.isVanJacobson = false;
    let layer = first;
    let packet = this.packets[0]!;
    let count = 1;
    /** Whether this packet is a tunnelled one that is no packet at all unless its first header is sound. */
    let isPending = false;
    /** Whether only this packet's being sound shows that there is a tunnel. */
    let isGuess = false;
    for (;;) {
      layerCounts[layer] = layerCounts[layer]! + 1;
      const next = this.#decodeLayer(layer, packet);
      if (next <= LAYER_FAILED || (next & TUNNEL) !== 0) {
        const isRefused =
          (isPending && next === LAYER_FAILED) || (isGuess && packet.reason !== DecodeReason.OK);
        if (isRefused) {
          this.packets[count - 2]!.hasTunnelledPacket = false;
          return count - 1;
        }
        if (next <= LAYER_FAILED) return count;
        if (cursor.layerCount + 1 >= MAX_LAYERS || packet.tunnelDepth === MAX_TUNNEL_DEPTH) {
          cursor.stop(packet, DecodeReason.TOO_MANY_LAYERS);
          return count;
        }
        cursor.layerCount++;
        cursor.isVanJacobson = false;
        packet.hasTunnelledPacket = true;
        const inner = this.packets[count++]!;
        inner.reset(
          bytes,
          cursor.offset,
          cursor.end,
          cursor.end - cursor.offset,
          packet.timeUs,
          packet.tunnelDepth + 1,
        );
        packet = inner;
        isPending = true;
        isGuess = (next & GUESSED) !== 0;
        layer = next & LAYER_MASK;
        continue;
      }
      // What PPP and ERSPAN carry decides for them.
      if (layer !== LAYER_PPP && layer !== LAYER_ERSPAN_II) isPending = false;
      layer = next;
    }
  }

  /** The few layers of nearly all packets by name, so that they can be inlined; the others by table. */
  #decodeLayer(layer: number, packet: PacketView): number {
    const cursor = this.#cursor;
    if (layer === LAYER_IPV4) return decodeIpv4(cursor, packet);
    if (layer === LAYER_TCP) return decodeTcp(cursor, packet);
    if (layer === LAYER_ETHERNET) return decodeEthernet(cursor, packet);
    if (layer === LAYER_UDP) return decodeUdp(cursor, packet);
    if (layer === LAYER_IPV6) return decodeIpv6(cursor, packet);
    return this.#decoders[layer]!(cursor, packet);
  }
}

function layerDecoders(): LayerDecoder[] {
  const table = new Array<LayerDecoder>(LAYER_MASK + 1).fill(() => LAYER_END);
  table[LAYER_VLAN] = decodeVlan;
  table[LAYER_ICMPV4] = decodeIcmpv4;
  table[LAYER_ICMPV6] = decodeIcmpv6;
  table[LAYER_SCTP] = decodeSctp;
  table[LAYER_ESP] = decodeEsp;
  table[LAYER_ARP] = decodeArp;
  table[LAYER_GRE] = decodeGre;
  table[LAYER_PPPOE_SESSION] = decodePppoeSession;
  table[LAYER_PPPOE_DISCOVERY] = decodePppoeDiscovery;
  table[LAYER_PPP] = decodePpp;
  table[LAYER_MPLS] = decodeMpls;
  table[LAYER_VXLAN] = decodeVxlan;
  table[LAYER_TEREDO] = decodeTeredo;
  table[LAYER_GENEVE] = decodeGeneve;
  table[LAYER_ERSPAN_II] = decodeErspanTypeII;
  table[LAYER_NSH] = decodeNsh;
  table[LAYER_VNTAG] = decodeVnTag;
  table[LAYER_IEEE8021AH] = decodeIeee8021Ah;
  table[LAYER_DCE] = decodeDce;
  table[LAYER_LINUX_SLL] = decodeLinuxSll;
  table[LAYER_LINUX_SLL2] = decodeLinuxSll2;
  table[LAYER_NULL] = decodeNull;
  table[LAYER_RAW_IP] = decodeRawIp;
  table[LAYER_C_HDLC] = decodeChdlc;
  table[LAYER_RADIOTAP] = decodeRadiotap;
  table[LAYER_IEEE80211] = decodeIeee80211;
  return table;
}
