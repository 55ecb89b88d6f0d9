/** Files a rule under what it waits for: its literals, else its ports, protocols or addresses (see group-builder.ts). */
import { STAGE_BODY, STAGE_EVENTS, STAGE_HEAD } from "../sensor/proto/message-view.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../sensor/wire/packet-view.js";
import { Compare } from "./comparison.js";
import { type FastPattern, type FastPatterns, fastPatternsFor } from "./fast-pattern.js";
import type { GroupBuilder } from "./group-builder.js";
import { RuleKind, TransportBit, TransportClass } from "./image.js";
import type { FiledRule } from "./literal-filing.js";
import { hasFillAlone, type PlacedLiteral } from "./literal-index.js";
import type { ProgramEncoder } from "./program-encoder.js";
import { looksAtSegments, ruleKindsOf } from "./rule-kind.js";
import { PacketValue, type Signature, TO_CLIENT_BIT, TO_SERVER_BIT } from "./signature.js";

/** TransportBit of each of some IP protocols; 0 where all are meant. */
export function transportBits(ipProtocols: readonly number[] | undefined): number {
  let bits = 0;
  for (const protocol of ipProtocols ?? []) {
    if (protocol === IP_PROTOCOL_TCP) bits |= TransportBit.TCP;
    else if (protocol === IP_PROTOCOL_UDP) bits |= TransportBit.UDP;
    else if (protocol === IP_PROTOCOL_ICMP) bits |= TransportBit.ICMP;
    else if (protocol === IP_PROTOCOL_ICMPV6) bits |= TransportBit.ICMPV6;
    else if (protocol === IP_PROTOCOL_SCTP) bits |= TransportBit.SCTP;
    else bits |= TransportBit.OTHER;
  }
  return bits;
}

/** Transport classes of packets a rule may match. */
function transportClasses(signature: Signature): number[] {
  const asked = signature.packetTests.find(
    ({ value, operator }) => value === PacketValue.IP_PROTO && operator === Compare.EQUAL,
  );
  const bits = transportBits(signature.ipProtocols ?? (asked && [asked.a]));
  const isApplication = signature.applicationProtocols !== undefined;
  const all = bits === 0;
  const classes: number[] = [];
  if (all || (bits & TransportBit.TCP) !== 0) classes.push(TransportClass.TCP);
  if (all || (bits & TransportBit.UDP) !== 0) classes.push(TransportClass.UDP);
  if (isApplication) return classes;
  if (all || (bits & (TransportBit.ICMP | TransportBit.ICMPV6)) !== 0) classes.push(TransportClass.ICMP);
  if (all || (bits & (TransportBit.SCTP | TransportBit.OTHER)) !== 0) classes.push(TransportClass.OTHER);
  return classes;
}

/** Numbers of the directions, by their bits. */
const DIRECTIONS_OF_BITS: readonly (readonly number[])[] = [0, 1, 2, 3].map((bits) =>
  [TO_SERVER_BIT, TO_CLIENT_BIT].flatMap((bit, direction) => ((bits & bit) !== 0 ? [direction] : [])),
);

function directionsOf({ directions }: Signature): readonly number[] {
  return DIRECTIONS_OF_BITS[directions & (TO_SERVER_BIT | TO_CLIENT_BIT)]!;
}

/** File rule number `rule` as one of its kinds (a RuleKind other than ADDRESS). */
export function fileRule(
  groups: GroupBuilder,
  encoder: ProgramEncoder,
  signature: Signature,
  rule: number,
  kind: number,
): void {
  const patterns = fastPatternsFor(signature, kind);
  if (kind === RuleKind.MESSAGE) {
    fileOnMessages(groups, encoder, signature, rule, patterns?.best);
    return;
  }
  const literals = patterns && filedRule(encoder, patterns, rule, kind);
  for (const direction of directionsOf(signature)) {
    if (kind === RuleKind.STREAM) {
      groups.addToStream(direction, signature, literals, rule);
      continue;
    }
    for (const transport of transportClasses(signature)) {
      if (transport === TransportClass.TCP && isOnWholeStreams(signature))
        groups.addToOutside(direction, signature, literals, rule);
      else groups.addToPackets(transport, direction, signature, literals, rule);
    }
  }
}

/** A rule on streams that looks at no packet which is part of one. */
function isOnWholeStreams(signature: Signature): boolean {
  return ruleKindsOf(signature).includes(RuleKind.STREAM) && !looksAtSegments(signature);
}

function fileOnMessages(
  groups: GroupBuilder,
  encoder: ProgramEncoder,
  signature: Signature,
  rule: number,
  pattern: FastPattern | undefined,
): void {
  const literal = pattern && { rule, ...placedLiteral(encoder, pattern) };
  const stages = stagesOf(signature);
  for (const direction of directionsOf(signature)) {
    for (const stage of stages) {
      if (pattern && literal) {
        const { field, transforms } = pattern.section;
        groups.addToBuffer(direction, stage, field, encoder.chainOf(transforms), literal);
      } else {
        groups.addToMessages(direction, stage, signature.applicationProtocols ?? [], rule);
      }
    }
  }
}

/** Events may be news with the body of what was asked of the head. */
function stagesOf({ messageEvents, sections, stage }: Signature): readonly number[] {
  if (messageEvents.length === 0 || stage === STAGE_BODY) return [stage];
  return sections.length === 0 ? [STAGE_EVENTS] : [STAGE_HEAD, STAGE_BODY];
}

function placedLiteral(encoder: ProgramEncoder, { content, positions }: FastPattern): PlacedLiteral {
  return {
    offset: encoder.literal(content),
    length: content.pattern.length,
    isNocase: content.isNocase,
    minPosition: positions.min,
    maxPosition: positions.max,
    isOfFill: hasFillAlone(content.pattern),
  };
}

function filedRule(
  encoder: ProgramEncoder,
  { best, placed, free }: FastPatterns,
  rule: number,
  kind: number,
): FiledRule {
  const first = placedLiteral(encoder, best);
  const literal = (pattern: FastPattern | undefined): PlacedLiteral | undefined =>
    pattern === best ? first : pattern && placedLiteral(encoder, pattern);
  return {
    rule,
    best: first,
    placed: literal(placed),
    free: literal(free),
    isOnPackets: kind === RuleKind.PACKET,
  };
}
