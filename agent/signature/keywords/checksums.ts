import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../../sensor/wire/packet-view.js";
import { Compare } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { PacketValue, type PacketValueId } from "../signature.js";
import { readText } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const NOTE =
  "checksums of packets the capturing host sends itself are often filled in by its network card only";

/** `valid` or `invalid`: the checksum of the header of one protocol; a packet without that header has none. */
function checksumKeyword(name: string, ipVersion: 4 | 6, ipProtocol: number | undefined): Keyword {
  return {
    names: [name],
    apply(rule, value) {
      const text = readText(value, name).toLowerCase();
      if (text !== "valid" && text !== "invalid") {
        throw new RuleError(`${name}: "${text}" is neither valid nor invalid`);
      }
      const require = (packetValue: PacketValueId, a: number) =>
        rule.packetTests.push({ value: packetValue, operator: Compare.EQUAL, a, b: 0 });
      require(PacketValue.IP_VERSION, ipVersion);
      if (ipProtocol !== undefined) require(PacketValue.IP_PROTO, ipProtocol);
      const checksum = ipProtocol === undefined ? PacketValue.IPV4_CHECKSUM : PacketValue.TRANSPORT_CHECKSUM;
      require(checksum, text === "valid" ? 1 : 0);
      rule.notes.push(`${name}: ${NOTE}`);
    },
  };
}

/** Keywords that verify a checksum of the packet. */
export const checksumKeywords: readonly Keyword[] = [
  checksumKeyword("ipv4-csum", 4, undefined),
  checksumKeyword("tcpv4-csum", 4, IP_PROTOCOL_TCP),
  checksumKeyword("tcpv6-csum", 6, IP_PROTOCOL_TCP),
  checksumKeyword("udpv4-csum", 4, IP_PROTOCOL_UDP),
  checksumKeyword("udpv6-csum", 6, IP_PROTOCOL_UDP),
  checksumKeyword("icmpv4-csum", 4, IP_PROTOCOL_ICMP),
  checksumKeyword("icmpv6-csum", 6, IP_PROTOCOL_ICMPV6),
];
