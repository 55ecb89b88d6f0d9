/**
 * Owns what of a packet identifies its flow: addresses, ports, protocol, VLANs and tunnel depth; ICMP types instead
 * of ports; of an ICMP error the packet it quotes. Refuses packets that cannot belong to a flow: not IP, fragments,
 * and those whose transport header cannot be read.
 */

import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "../wire/packet-view.js";
import { FlowKey, THIRD_VLAN_BIT, VLAN_MASK } from "./flow-key.js";
import { icmpv4Counterpart, icmpv6Counterpart, isIcmpv4Error, isIcmpv6Error } from "./icmp-counterpart.js";

const IPV6_BIT = 8;
const TUNNEL_DEPTH_BIT = 9;

export class PacketKey {
  readonly flow = new FlowKey();
  /** The key is that of the packet an ICMP error quotes. */
  isIcmpError = false;
  readonly #vlanTracking: boolean;

  constructor(vlanTracking: boolean) {
    this.#vlanTracking = vlanTracking;
  }

  /** Set the key of `packet`; false: it has no flow. */
  read(packet: PacketView): boolean {
    const key = this.flow;
    this.isIcmpError = false;
    if (packet.ipVersion === 0 || packet.isFragment) return false;
    const protocol = packet.ipProtocol;
    key.isIpv6 = packet.ipVersion === 6;
    key.source = packet.source;
    key.destination = packet.destination;
    key.ipProtocol = protocol;
    key.icmpCode = packet.icmpCode;
    switch (protocol) {
      case IP_PROTOCOL_TCP:
      case IP_PROTOCOL_UDP:
      case IP_PROTOCOL_SCTP:
        if (packet.transportOffset === 0) return false;
        key.sourcePort = packet.sourcePort;
        key.destinationPort = packet.destinationPort;
        break;
      case IP_PROTOCOL_ICMP:
        if (packet.transportOffset === 0) return false;
        if (isIcmpv4Error(packet.icmpType)) return this.#readQuoted(packet);
        key.sourcePort = packet.icmpType;
        key.destinationPort = icmpv4Counterpart(packet.icmpType);
        break;
      case IP_PROTOCOL_ICMPV6:
        if (packet.transportOffset === 0) return false;
        if (isIcmpv6Error(packet.icmpType)) return this.#readQuoted(packet);
        key.sourcePort = packet.icmpType;
        key.destinationPort = icmpv6Counterpart(packet.icmpType);
        break;
      default:
        key.sourcePort = 0;
        key.destinationPort = 0;
    }
    this.#setKind(packet);
    return true;
  }

  /** Whether the packet was sent by the address at `offset`. */
  isFromSource(packet: PacketView, addresses: Uint32Array, offset: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (packet.source[i] !== addresses[offset + i]) return false;
    }
    return true;
  }

  #readQuoted(packet: PacketView): boolean {
    const key = this.flow;
    if (packet.embeddedOffset === 0) return false;
    const protocol = packet.embeddedProtocol;
    const isIcmp = protocol === IP_PROTOCOL_ICMP || protocol === IP_PROTOCOL_ICMPV6;
    if (isIcmp) {
      if (packet.embeddedTransportOffset === 0) return false;
      const type = packet.bytes[packet.embeddedTransportOffset]!;
      key.sourcePort = type;
      key.destinationPort = protocol === IP_PROTOCOL_ICMP ? icmpv4Counterpart(type) : icmpv6Counterpart(type);
    } else {
      key.sourcePort = packet.embeddedSourcePort;
      key.destinationPort = packet.embeddedDestinationPort;
    }
    key.source = packet.embeddedSource;
    key.destination = packet.embeddedDestination;
    key.isIpv6 = packet.embeddedIpVersion === 6;
    key.ipProtocol = protocol;
    this.isIcmpError = true;
    this.#setKind(packet);
    return true;
  }

  #setKind(packet: PacketView): void {
    const key = this.flow;
    const vlans = packet.vlanIds;
    const depth = this.#vlanTracking ? packet.vlanDepth : 0;
    const third = depth > 2 ? vlans[2]! & VLAN_MASK : 0;
    key.vlan = (depth > 0 ? vlans[0]! & VLAN_MASK : 0) | (depth > 1 ? (vlans[1]! & VLAN_MASK) << 12 : 0);
    key.kind =
      key.ipProtocol |
      (key.isIpv6 ? 1 << IPV6_BIT : 0) |
      ((packet.tunnelDepth & 15) << TUNNEL_DEPTH_BIT) |
      (third << THIRD_VLAN_BIT);
  }
}
