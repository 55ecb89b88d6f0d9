import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "./wire/packet-view.js";

const NAMES: Readonly<Record<number, string>> = {
  [IP_PROTOCOL_ICMP]: "ICMP",
  2: "IGMP",
  4: "IPv4",
  [IP_PROTOCOL_TCP]: "TCP",
  [IP_PROTOCOL_UDP]: "UDP",
  41: "IPv6",
  47: "GRE",
  50: "ESP",
  51: "AH",
  [IP_PROTOCOL_ICMPV6]: "IPv6-ICMP",
  [IP_PROTOCOL_SCTP]: "SCTP",
};

/** Name of an IP protocol as Suricata writes it in EVE `proto`; three digits where it has none. */
export function ipProtocolName(ipProtocol: number): string {
  return NAMES[ipProtocol] ?? String(ipProtocol).padStart(3, "0");
}
