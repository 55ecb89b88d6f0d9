import {
  RULE_STRIDE,
  RuleColumn,
  RuleFlag,
  type RuleImage,
  TransportBit,
  TransportClass,
} from "../../signature/image.js";
import { ReputationSides } from "../../signature/program.js";
import { GroupWord, PortedWord } from "../../signature/search-words.js";
import { FlowFlag } from "../../signature/signature.js";
import { TO_CLIENT, TO_SERVER } from "../proto/protocols.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../wire/packet-view.js";
import type { Endpoints } from "./endpoints.js";
import { isInRanges, isInWideRanges } from "./range-lookup.js";

/**
 * Judges the headers of rules: protocol, addresses, ports, direction and state of the flow. What one address or port
 * says about one set is remembered while the same packet or message is judged, since rules share few sets.
 */
export class HeaderTest {
  /** Rules that are tried without a literal may hold of frames that are not of IP. */
  readonly mayHoldWithoutIp: boolean;
  readonly #image: RuleImage;
  /** For each set: 2 × serial + answer, by side. */
  readonly #addressMemo: Float64Array;
  readonly #portMemo: Float64Array;
  #serial = 0;
  #transport = 0;
  #protocolLow = 0;
  #protocolHigh = 0;

  constructor(image: RuleImage) {
    this.#image = image;
    this.mayHoldWithoutIp = hasRulesWithoutIp(image);
    const sets = Math.max(image.addressV4.starts.length, image.addressV6.starts.length);
    this.#addressMemo = new Float64Array(sets * 2);
    this.#portMemo = new Float64Array(image.ports.starts.length * 2);
  }

  /** Another packet or message: forget what was remembered. */
  begin(endpoints: Endpoints): void {
    this.#serial++;
    this.#transport = transportBit(endpoints.ipProtocol);
    const protocol = endpoints.applicationProtocol;
    this.#protocolLow = protocol < 32 ? 1 << protocol : 0;
    this.#protocolHigh = protocol < 32 ? 0 : 1 << (protocol & 31);
  }

  /** Whether the header of `rule` allows the endpoints. */
  holds(rule: number, endpoints: Endpoints): boolean {
    const rules = this.#image.rules;
    const row = rule * RULE_STRIDE;
    const transports = rules[row + RuleColumn.TRANSPORTS]!;
    if (transports !== 0 && (transports & this.#transport) === 0) return false;
    const low = rules[row + RuleColumn.PROTOCOLS_LOW]!;
    const high = rules[row + RuleColumn.PROTOCOLS_HIGH]!;
    if ((low | high) !== 0 && (low & this.#protocolLow) === 0 && (high & this.#protocolHigh) === 0)
      return false;
    const flags = rules[row + RuleColumn.FLAGS]!;
    if (!this.#flowHolds(flags, rules[row + RuleColumn.FLOW_FLAGS]!, endpoints)) return false;
    if (this.#endsHold(row, endpoints, 0)) return true;
    return (flags & RuleFlag.BIDIRECTIONAL) !== 0 && this.#endsHold(row, endpoints, 1);
  }

  /** `only_stream` and `no_stream` of the flow keyword: they ask where the payload was found. */
  placeHolds(rule: number, isOnStream: boolean): boolean {
    const flowFlags = this.#image.rules[rule * RULE_STRIDE + RuleColumn.FLOW_FLAGS]!;
    return (flowFlags & (isOnStream ? FlowFlag.NO_STREAM : FlowFlag.ONLY_STREAM)) === 0;
  }

  /** Whether the ends that `side` (ReputationSides) names are among addresses. */
  areKnown(side: number, sets: number, endpoints: Endpoints): boolean {
    if (endpoints.ipVersion === 0) return false;
    const { any, both, dst } = ReputationSides;
    const isDestination = side !== ReputationSides.src && this.#addressHolds(sets, endpoints, 1);
    if (side === dst || (side === any && isDestination) || (side === both && !isDestination))
      return isDestination;
    return this.#addressHolds(sets, endpoints, 0);
  }

  #flowHolds(flags: number, flowFlags: number, endpoints: Endpoints): boolean {
    const directions = flags & (RuleFlag.TO_SERVER | RuleFlag.TO_CLIENT);
    if (directions !== (RuleFlag.TO_SERVER | RuleFlag.TO_CLIENT)) {
      // As in Suricata a packet of IP without a flow goes to the server.
      if (endpoints.flow < 0 && endpoints.ipVersion === 0) return false;
      if ((directions & (endpoints.direction === 0 ? RuleFlag.TO_SERVER : RuleFlag.TO_CLIENT)) === 0)
        return false;
    }
    if ((flowFlags & ~FlowFlag.NO_STREAM) !== 0 && endpoints.flow < 0) return false;
    if ((flowFlags & FlowFlag.ESTABLISHED) !== 0 && !endpoints.isEstablished) return false;
    if ((flowFlags & FlowFlag.NOT_ESTABLISHED) !== 0 && endpoints.isEstablished) return false;
    if ((flowFlags & FlowFlag.ONLY_FRAGMENT) !== 0 && !endpoints.isReassembled) return false;
    return (flowFlags & FlowFlag.NO_FRAGMENT) === 0 || !endpoints.isReassembled;
  }

  /** @param swap 1 to look at the packet the other way round (`<>`) */
  #endsHold(row: number, endpoints: Endpoints, swap: 0 | 1): boolean {
    const rules = this.#image.rules;
    return (
      this.#portHolds(rules[row + RuleColumn.DESTINATION_PORTS]!, endpoints, swap ^ 1) &&
      this.#portHolds(rules[row + RuleColumn.SOURCE_PORTS]!, endpoints, swap) &&
      this.#addressHolds(rules[row + RuleColumn.DESTINATION_SET]!, endpoints, swap ^ 1) &&
      this.#addressHolds(rules[row + RuleColumn.SOURCE_SET]!, endpoints, swap)
    );
  }

  /** @param side 0: the source of the packet, 1: its destination */
  #addressHolds(sets: number, endpoints: Endpoints, side: number): boolean {
    const isV4 = endpoints.ipVersion === 4;
    const set = isV4 ? sets & 0xffff : sets >>> 16;
    if (set === 0) return true;
    const memo = this.#addressMemo[set * 2 + side]!;
    if (memo >= this.#serial * 2) return memo === this.#serial * 2 + 1;
    const words = side === 0 ? endpoints.source : endpoints.destination;
    const isInside = isV4
      ? isInRanges(this.#image.addressV4, set, words[3]!)
      : endpoints.ipVersion === 6 && isInWideRanges(this.#image.addressV6, set, words);
    this.#addressMemo[set * 2 + side] = this.#serial * 2 + (isInside ? 1 : 0);
    return isInside;
  }

  #portHolds(set: number, endpoints: Endpoints, side: number): boolean {
    if (set === 0) return true;
    const memo = this.#portMemo[set * 2 + side]!;
    if (memo >= this.#serial * 2) return memo === this.#serial * 2 + 1;
    const port = side === 0 ? endpoints.sourcePort : endpoints.destinationPort;
    const isInside = endpoints.hasPorts && isInRanges(this.#image.ports, set, port);
    this.#portMemo[set * 2 + side] = this.#serial * 2 + (isInside ? 1 : 0);
    return isInside;
  }
}

/**
 * Whether any rule that is tried without a literal may hold of a frame that is not of IP, which has no transport, ports, addresses,
 * protocol or direction.
 */
function hasRulesWithoutIp({ rules, packetGroups, search }: RuleImage): boolean {
  const both = RuleFlag.TO_SERVER | RuleFlag.TO_CLIENT;
  const mayHold = (rule: number): boolean => {
    const row = rule * RULE_STRIDE;
    const asked =
      (rules[row + RuleColumn.TRANSPORTS]! & ~TransportBit.OTHER) |
      rules[row + RuleColumn.SOURCE_SET]! |
      rules[row + RuleColumn.DESTINATION_SET]! |
      rules[row + RuleColumn.SOURCE_PORTS]! |
      rules[row + RuleColumn.DESTINATION_PORTS]!;
    return asked === 0 && (rules[row + RuleColumn.FLAGS]! & both) === both;
  };
  return [TO_SERVER, TO_CLIENT].some((direction) => {
    const group = packetGroups[TransportClass.OTHER * 2 + direction]! + PortedWord.ANY;
    const first = search[group + GroupWord.ALWAYS]!;
    return search.subarray(first, first + search[group + GroupWord.ALWAYS_COUNT]!).some(mayHold);
  });
}

/** The bit of a transport protocol in a rule's row. */
export function transportBit(ipProtocol: number): number {
  switch (ipProtocol) {
    case IP_PROTOCOL_TCP:
      return TransportBit.TCP;
    case IP_PROTOCOL_UDP:
      return TransportBit.UDP;
    case IP_PROTOCOL_ICMP:
      return TransportBit.ICMP;
    case IP_PROTOCOL_ICMPV6:
      return TransportBit.ICMPV6;
    case IP_PROTOCOL_SCTP:
      return TransportBit.SCTP;
    default:
      return TransportBit.OTHER;
  }
}

/** TransportClass of an IP protocol. */
export function transportClass(ipProtocol: number): number {
  if (ipProtocol === IP_PROTOCOL_TCP) return TransportClass.TCP;
  if (ipProtocol === IP_PROTOCOL_UDP) return TransportClass.UDP;
  if (ipProtocol === IP_PROTOCOL_ICMP || ipProtocol === IP_PROTOCOL_ICMPV6) return TransportClass.ICMP;
  return TransportClass.OTHER;
}
