/**
 * Rules whose parts Suricata 7 does not let stand together: each is refused with what is wrong and what to write instead.
 * What a rule asks of one buffer by itself is checked in section-consistency.ts.
 */

import { Field, NumberField } from "../sensor/proto/fields.js";
import { Protocol } from "../sensor/proto/protocols.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../sensor/wire/packet-view.js";
import { RuleError } from "./rule-error.js";
import type { RuleProtocol } from "./rule-protocol.js";
import { checkSections } from "./section-consistency.js";
import {
  BOTH_DIRECTIONS,
  FlowFlag,
  isMessageField,
  PAYLOAD_FIELD,
  PacketValue,
  PseudoField,
  TO_CLIENT_BIT,
} from "./signature.js";
import type { SignatureBuilder } from "./signature-builder.js";

/** Numbers of one packet; those of its connection, and what was found odd about it, are none. */
const OF_ONE_PACKET: ReadonlySet<number> = new Set([
  PacketValue.DSIZE,
  PacketValue.TTL,
  PacketValue.TOS,
  PacketValue.IP_ID,
  PacketValue.FRAGMENT_BITS,
  PacketValue.FRAGMENT_OFFSET,
  PacketValue.ICMP_TYPE,
  PacketValue.ICMP_CODE,
  PacketValue.ICMP_ID,
  PacketValue.ICMP_SEQUENCE,
  PacketValue.ICMPV6_MTU,
  PacketValue.TCP_FLAGS,
  PacketValue.TCP_SEQUENCE,
  PacketValue.TCP_ACKNOWLEDGEMENT,
  PacketValue.TCP_WINDOW,
  PacketValue.TCP_MSS,
  PacketValue.IP_OPTION,
  PacketValue.SAME_IP,
  PacketValue.FLOW_AGE,
  PacketValue.RPC_PROGRAM,
  PacketValue.RPC_VERSION,
  PacketValue.RPC_PROCEDURE,
]);

/** Which transport protocol has the header that a buffer holds. */
const TRANSPORTS: ReadonlyMap<number, number> = new Map([
  [PseudoField.TCP_HEADER, IP_PROTOCOL_TCP],
  [PseudoField.UDP_HEADER, IP_PROTOCOL_UDP],
  [PseudoField.ICMPV4_HEADER, IP_PROTOCOL_ICMP],
  [PseudoField.ICMPV6_HEADER, IP_PROTOCOL_ICMPV6],
]);

/** @throws RuleError for a rule whose parts cannot hold together */
export function checkMixture(rule: SignatureBuilder, protocol: RuleProtocol): void {
  rule.requireUsedBuffer();
  checkDirections(rule);
  checkPacketParts(rule, protocol);
  checkHeaders(rule, protocol);
  checkFrames(rule);
  checkDecoding(rule);
  checkFileTransport(rule, protocol);
  if (
    rule.flowDirections === BOTH_DIRECTIONS &&
    rule.sections.some(({ field }) => field === Field.HTTP_HEADER_RAW)
  ) {
    throw new RuleError("http.header.raw: the rule needs flow:to_server or flow:to_client");
  }
  checkSections(rule.sections, rule.packetTests);
}

function checkDirections(rule: SignatureBuilder): void {
  if (rule.directions === 0) {
    // As in Suricata, where this buffer says itself which way it goes, whatever the rule says.
    if (rule.sections.some(({ field }) => field === Field.HTTP_RESPONSE_BODY)) {
      rule.addFlowDirections(BOTH_DIRECTIONS);
      return;
    }
    throw new RuleError("the direction of flow and that of the buffers exclude each other");
  }
  const isMail = rule.headerProtocols?.length === 1 && rule.headerProtocols[0] === Protocol.SMTP;
  if (isMail && rule.directions === TO_CLIENT_BIT && asksForFiles(rule)) {
    throw new RuleError("files of mails go to the server only");
  }
}

/** As in Suricata 7 `base64_decode` is no condition by itself: where nothing looks at what was decoded the rule does not hold. */
function checkDecoding(rule: SignatureBuilder): void {
  if (rule.sections.some(({ field }) => field === PseudoField.BASE64_DATA)) return;
  const decodes = rule.sections.some(({ conditions }) =>
    conditions.some(({ kind }) => kind === "base64_decode"),
  );
  if (decodes) rule.neverFires("base64_decode without base64_data holds of nothing");
}

function checkPacketParts(rule: SignatureBuilder, protocol: RuleProtocol): void {
  const needsPacket =
    protocol.payloadMode === "packet" ||
    rule.asksForIpProtocol ||
    (rule.flowFlags & FlowFlag.NO_STREAM) !== 0 ||
    rule.sections.some(({ field }) => isHeaderField(field)) ||
    rule.packetTests.some(({ value }) => OF_ONE_PACKET.has(value));
  if (!needsPacket) return;
  if (rule.isMessageRule) {
    throw new RuleError(
      "it mixes tests of one packet (dsize, flags, ttl, tcp-pkt …) with fields of an application protocol",
    );
  }
  if (protocol.payloadMode === "stream" || (rule.flowFlags & FlowFlag.ONLY_STREAM) !== 0) {
    throw new RuleError("it mixes tests of one packet with tcp-stream or flow:only_stream");
  }
}

function checkHeaders({ sections }: SignatureBuilder, { ipProtocols }: RuleProtocol): void {
  if (ipProtocols === undefined) return;
  for (const { field } of sections) {
    const transport = TRANSPORTS.get(field);
    if (transport !== undefined && !ipProtocols.includes(transport))
      throw new RuleError("the header that the rule looks at belongs to another protocol");
  }
}

function checkFrames({ sections, messageTests, messageEvents, recordTests }: SignatureBuilder): void {
  if (!sections.some(({ field }) => isFrame(field))) return;
  const others = sections.some(({ field }) => !isFrame(field));
  const tests = messageTests.filter(({ field }) => field !== NumberField.FRAME_KIND);
  if (others || tests.length + messageEvents.length + recordTests.length > 0) {
    throw new RuleError("frame: cannot be mixed with other buffers, contents of the payload or fields");
  }
}

function checkFileTransport(rule: SignatureBuilder, { ipProtocols }: RuleProtocol): void {
  const isHttp2 = rule.headerProtocols?.length === 1 && rule.headerProtocols[0] === Protocol.HTTP2;
  if (isHttp2 && rule.sections.some(({ field }) => field === Field.FILE_NAME)) {
    throw new RuleError("HTTP/2 tells no names of files");
  }
  if (ipProtocols === undefined || ipProtocols.includes(IP_PROTOCOL_TCP)) return;
  if (rule.sections.some(({ field }) => field === Field.FILE_DATA)) {
    throw new RuleError("file.data: files are looked at on TCP only");
  }
}

function asksForFiles({ sections, recordTests }: SignatureBuilder): boolean {
  return (
    sections.some(({ field }) => field === Field.FILE_DATA || field === Field.FILE_NAME) ||
    recordTests.some(({ field }) => field === Field.FILE_SIZE)
  );
}

function isFrame(field: number): boolean {
  return field >= PseudoField.SIP_PDU || field === Field.HTTP_FRAME || field === Field.FRAME;
}

/** A header of the packet, but for its addresses. */
function isHeaderField(field: number): boolean {
  return !isMessageField(field) && field !== PAYLOAD_FIELD && field <= PseudoField.ICMPV6_HEADER;
}
