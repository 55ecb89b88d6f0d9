import { PseudoField } from "../../signature/signature.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "../wire/packet-view.js";
import type { Endpoints } from "./endpoints.js";

/** The bytes of one address of what is being judged, as `ip.src` and `ip.dst` see them: 4 of IPv4, 16 of IPv6. */
export class AddressBytes {
  readonly bytes = new Uint8Array(16);
  readonly #view = new DataView(this.bytes.buffer);

  /** Returns the length; 0 where there is no address. */
  fill(field: number, endpoints: Endpoints): number {
    const words = field === PseudoField.IP_SOURCE ? endpoints.source : endpoints.destination;
    if (endpoints.ipVersion === 4) {
      this.#view.setUint32(0, words[3]!);
      return 4;
    }
    if (endpoints.ipVersion !== 6) return 0;
    for (let i = 0; i < 4; i++) this.#view.setUint32(i * 4, words[i]!);
    return 16;
  }
}

const ICMPV6_HEADER_LENGTH = 8;
const UDP_HEADER_LENGTH = 8;
const IPV6_HEADER_LENGTH = 40;

/** Where the header a pseudo-field means begins in the packet's bytes. */
export function headerOffset(field: number, packet: PacketView): number {
  return field === PseudoField.IPV4_HEADER || field === PseudoField.IPV6_HEADER
    ? packet.ipOffset
    : packet.transportOffset;
}

/** Length of that header; 0 where the packet has none. Of ICMPv6 Suricata gives the first eight bytes. */
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
      return protocol === IP_PROTOCOL_ICMPV6
        ? Math.min(ICMPV6_HEADER_LENGTH, packet.ipEnd - packet.transportOffset)
        : 0;
  }
}
