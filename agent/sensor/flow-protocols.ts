/** Which packets belong to flows in Suricata's eyes, that is to say in those of rules; the flow room knows more flows. */
import type { Endpoints } from "./match/endpoints.js";
import { TO_SERVER } from "./proto/protocols.js";
import {
  IP_PROTOCOL_ESP,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  type PacketView,
} from "./wire/packet-view.js";

const ICMPV4_UNREACHABLE = 3;

/**
 * What other protocols carry (GRE, IGMP …) rules see packet by packet; so they do errors of ICMP, but for ICMPv4's "destination
 * unreachable", which belongs to the flow of the packet it quotes.
 */
export function hasFlowForRules(packet: PacketView, isIcmpError: boolean): boolean {
  switch (packet.ipProtocol) {
    case IP_PROTOCOL_TCP:
    case IP_PROTOCOL_UDP:
    case IP_PROTOCOL_SCTP:
      return true;
    case IP_PROTOCOL_ICMP:
      return !isIcmpError || packet.icmpType === ICMPV4_UNREACHABLE;
    case IP_PROTOCOL_ICMPV6:
      return !isIcmpError;
    default:
      return isAlwaysToServer(packet);
  }
}

/** Flows without a direction: every packet goes to the server, and nothing is established. */
export function isAlwaysToServer({ ipProtocol, ipVersion }: PacketView): boolean {
  return ipProtocol === IP_PROTOCOL_ESP || (ipProtocol === IP_PROTOCOL_IPV6 && ipVersion === 4);
}

/** Tell rules about a packet of such a flow; others stay as they are. */
export function fillForAlwaysToServer(endpoints: Endpoints, packet: PacketView): void {
  if (!isAlwaysToServer(packet)) return;
  endpoints.direction = TO_SERVER;
  endpoints.isEstablished = false;
}
