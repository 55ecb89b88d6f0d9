import { PROTOCOL_NAMES, Protocol, type ProtocolId } from "../sensor/proto/protocols.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../sensor/wire/packet-view.js";
import { RuleError } from "./rule-error.js";

/** Numbers of the transport protocols that rules name (IANA protocol numbers). */
export const IP_PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  icmp: IP_PROTOCOL_ICMP,
  igmp: 2,
  ipip: 4,
  tcp: IP_PROTOCOL_TCP,
  udp: IP_PROTOCOL_UDP,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: IP_PROTOCOL_ICMPV6,
  "ipv6-icmp": IP_PROTOCOL_ICMPV6,
  sctp: IP_PROTOCOL_SCTP,
};

export interface RuleProtocol {
  readonly ipProtocols: readonly number[] | undefined;
  readonly ipVersion: 0 | 4 | 6;
  readonly applicationProtocols: readonly ProtocolId[] | undefined;
  readonly payloadMode: "auto" | "packet" | "stream";
}

const ANY: RuleProtocol = {
  ipProtocols: undefined,
  ipVersion: 0,
  applicationProtocols: undefined,
  payloadMode: "auto",
};
const TRANSPORTS: Readonly<Record<string, RuleProtocol>> = {
  ip: ANY,
  any: ANY,
  pkthdr: { ...ANY, payloadMode: "packet" },
  ip4: { ...ANY, ipVersion: 4 },
  ipv4: { ...ANY, ipVersion: 4 },
  ip6: { ...ANY, ipVersion: 6 },
  ipv6: { ...ANY, ipVersion: 6 },
  tcp: { ...ANY, ipProtocols: [IP_PROTOCOL_TCP] },
  "tcp-pkt": { ...ANY, ipProtocols: [IP_PROTOCOL_TCP], payloadMode: "packet" },
  "tcp-stream": { ...ANY, ipProtocols: [IP_PROTOCOL_TCP], payloadMode: "stream" },
  udp: { ...ANY, ipProtocols: [IP_PROTOCOL_UDP] },
  icmp: { ...ANY, ipProtocols: [IP_PROTOCOL_ICMP, IP_PROTOCOL_ICMPV6] },
  icmpv4: { ...ANY, ipProtocols: [IP_PROTOCOL_ICMP] },
  icmpv6: { ...ANY, ipProtocols: [IP_PROTOCOL_ICMPV6] },
  sctp: { ...ANY, ipProtocols: [IP_PROTOCOL_SCTP] },
};
/** Names of the rule language that differ from those of EVE. */
const ALIASES: Readonly<Record<string, readonly ProtocolId[]>> = {
  http: [Protocol.HTTP1, Protocol.HTTP2],
  http1: [Protocol.HTTP1],
  ssl: [Protocol.TLS],
  ikev2: [Protocol.IKE],
  // Calls of DCERPC go through pipes of SMB as well.
  dcerpc: [Protocol.DCERPC, Protocol.SMB],
};

/**
 * What the protocol word of a rule header means.
 *
 * @throws RuleError for a word nobody knows
 */
export function parseRuleProtocol(word: string): RuleProtocol {
  const name = word.toLowerCase();
  const transport = TRANSPORTS[name];
  if (transport) return transport;
  const alias = ALIASES[name];
  const protocol = PROTOCOL_NAMES.indexOf(name);
  const isKnown = protocol > Protocol.UNKNOWN && protocol !== Protocol.FAILED;
  if (!alias && !isKnown) throw new RuleError(`protocol "${word}" is not known`);
  return { ...ANY, applicationProtocols: alias ?? [protocol as ProtocolId] };
}
