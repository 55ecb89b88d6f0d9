import { PseudoField } from "../../signature/signature.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "../wire/packet-view.js";

const UDP_HEADER_LENGTH = 8;
const IPV6_HEADER_LENGTH = 40;

/** Where the header a pseudo-field means begins in the packet's bytes. */
export function headerOffset(field: number, packet: PacketView): number {
  return field === PseudoField.IPV4_HEADER || field === PseudoField.IPV6_HEADER
    ? packet.ipOffset
    : packet.transportOffset;
}

/** Length of that header; 0 where the packet has none. ICMPv6 is given whole, as Suricata does. */
export function headerLength(field: number, packet: PacketView): number {
  const protocol = packet.transportOffset > 0 ? packet.ipProtocol : -1;
  switch (field) {
    case PseudoField.IPV4_HEADER:
      return packet.ipVersion === 4 ? packet.ipHeaderLength : 0;
    case PseudoField.IPV6_HEADER:
      return packet.ipVersion === 6 ? Math.max(packet.ipHeaderLength, IPV6_HEADER_LENGTH) : 0;
    case PseudoField.TCP_HEADER:
      return protocol === IP_PROTOCOL_TCP ? packet.tcpHeaderLength : 0;
    case PseudoField.UDP_HEADER:
      return protocol === IP_PROTOCOL_UDP ? UDP_HEADER_LENGTH : 0;
    case PseudoField.ICMPV4_HEADER:
      return protocol === IP_PROTOCOL_ICMP ? packet.payloadOffset - packet.transportOffset : 0;
    default:
      return protocol === IP_PROTOCOL_ICMPV6 ? packet.ipEnd - packet.transportOffset : 0;
  }
}
