import { IP_PROTOCOL_TCP } from "../sensor/wire/packet-view.js";
import { RuleKind } from "./image.js";
import {
  BOTH_DIRECTIONS,
  FlowFlag,
  PAYLOAD_FIELD,
  PacketValue,
  PseudoField,
  type Signature,
} from "./signature.js";

/** Packet tests that only one packet can answer, so that payload conditions look at the packet and not the stream. */
const PACKET_ONLY_TESTS: ReadonlySet<number> = new Set([
  PacketValue.DSIZE,
  PacketValue.TTL,
  PacketValue.TOS,
  PacketValue.IP_PROTO,
  PacketValue.IP_ID,
  PacketValue.IP_OPTION,
  PacketValue.SAME_IP,
  PacketValue.FRAGMENT_BITS,
  PacketValue.FRAGMENT_OFFSET,
  PacketValue.FLOW_AGE,
  PacketValue.ICMP_TYPE,
  PacketValue.ICMP_CODE,
  PacketValue.ICMP_ID,
  PacketValue.ICMPV6_MTU,
  PacketValue.TCP_FLAGS,
  PacketValue.TCP_SEQUENCE,
  PacketValue.TCP_ACKNOWLEDGEMENT,
  PacketValue.TCP_WINDOW,
  PacketValue.TCP_MSS,
  PacketValue.RPC_PROGRAM,
]);

/** With these payload conditions look at packets as well as at the stream. */
const PACKET_TOO_TESTS: ReadonlySet<number> = new Set([
  PacketValue.STREAM_SIZE_CLIENT,
  PacketValue.STREAM_SIZE_SERVER,
  PacketValue.STREAM_SIZE_EITHER,
  PacketValue.STREAM_SIZE_BOTH,
]);

/** Packet tests that say the same of each packet of a flow. */
const ADDRESS_TESTS: ReadonlySet<number> = new Set([PacketValue.IP_VERSION, PacketValue.IP_PROTO]);

/**
 * On what a rule is judged, the main kind first.
 *
 * As in Suricata a TCP payload rule is judged on the stream, on single packets where it asks for something only a packet
 * has (`dsize`, `flags` …), and on both where a content has an absolute position.
 */
export function ruleKindsOf(signature: Signature): readonly number[] {
  if (signature.judgedOn) return signature.judgedOn;
  if (signature.isMessageRule) return ON_MESSAGES;
  const payload = signature.sections.find((section) => section.field === PAYLOAD_FIELD);
  if (!payload) return isAddressRule(signature) ? ON_ADDRESSES : ON_PACKETS;
  const canBeTcp = signature.ipProtocols === undefined || signature.ipProtocols.includes(IP_PROTOCOL_TCP);
  if (!canBeTcp || signature.payloadMode === "packet") return ON_PACKETS;
  if (signature.payloadMode === "stream") return ON_STREAMS;
  const needsPacket =
    signature.sections.some(
      (section) => section.field !== PAYLOAD_FIELD && section.field !== PseudoField.BASE64_DATA,
    ) ||
    (signature.flowFlags & FlowFlag.NO_STREAM) !== 0 ||
    signature.packetTests.some((test) => PACKET_ONLY_TESTS.has(test.value));
  if (needsPacket) return ON_PACKETS;
  const isOnSegments = signature.ipProtocols === undefined || looksAtSegments(signature);
  return isOnSegments ? ON_BOTH : ON_STREAMS;
}

const ON_MESSAGES: readonly number[] = [RuleKind.MESSAGE];
const ON_ADDRESSES: readonly number[] = [RuleKind.ADDRESS];
const ON_PACKETS: readonly number[] = [RuleKind.PACKET];
const ON_STREAMS: readonly number[] = [RuleKind.STREAM];
const ON_BOTH: readonly number[] = [RuleKind.STREAM, RuleKind.PACKET];

/** Whether a rule on the stream looks at packets that are part of it as well. */
export function looksAtSegments(signature: Signature): boolean {
  if (signature.payloadMode === "stream" || (signature.flowFlags & FlowFlag.ONLY_STREAM) !== 0) return false;
  const payload = signature.sections.find((section) => section.field === PAYLOAD_FIELD);
  return (
    payload?.conditions.some(
      (condition) =>
        condition.kind === "content" && (condition.offset !== undefined || condition.depth !== undefined),
    ) === true || signature.packetTests.some((test) => PACKET_TOO_TESTS.has(test.value))
  );
}

/** Whether a pass or drop rule is about the whole flow wherever it holds: about addresses, an application protocol, or a message. */
export function isFlowWide(signature: Signature): boolean {
  if (signature.isMessageRule || asksForAddresses(signature)) return true;
  const isOnProtocol =
    signature.applicationProtocols !== undefined ||
    signature.packetTests.some(({ value }) => value === PacketValue.APPLICATION_PROTOCOL);
  return (
    isOnProtocol &&
    signature.sections.length === 0 &&
    signature.flowFlags === 0 &&
    signature.flowInts.length === 0 &&
    signature.packetTests.every(
      ({ value }) => value === PacketValue.APPLICATION_PROTOCOL || ADDRESS_TESTS.has(value),
    )
  );
}

/** Bits of hosts and of pairs of hosts say nothing about one flow. */
const PLAIN_BITS: ReadonlySet<string> = new Set(["xbits", "hostbits"]);

/**
 * A rule that asks for nothing that changes from packet to packet. As in Suricata ports and IP protocol may stand in it; one with
 * `flow`, or with addresses that are taken out of others, is judged on each packet.
 */
function isAddressRule(signature: Signature): boolean {
  return (
    signature.source.isNegated !== true &&
    signature.destination.isNegated !== true &&
    asksForAddresses(signature)
  );
}

function asksForAddresses(signature: Signature): boolean {
  return (
    signature.sections.length === 0 &&
    signature.applicationProtocols === undefined &&
    signature.flowFlags === 0 &&
    signature.directions === BOTH_DIRECTIONS &&
    signature.packetTests.every(({ value }) => ADDRESS_TESTS.has(value)) &&
    signature.flowInts.length === 0 &&
    signature.bits.every(
      ({ kind, operation }) => PLAIN_BITS.has(kind) || (kind === "flowbits" && operation === "set"),
    )
  );
}
