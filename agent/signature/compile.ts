import { buildTextTable } from "../base/text-table.js";
import { STAGE_BODY, STAGE_HEAD } from "../sensor/proto/message-view.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "../sensor/wire/packet-view.js";
import { type AddressGroup, ANY_ADDRESS } from "./address-group.js";
import { AddressIndexBuilder } from "./address-index.js";
import { Compare } from "./comparison.js";
import { fastPatternFor } from "./fast-pattern.js";
import { GroupBuilder } from "./group-builder.js";
import {
  RULE_STRIDE,
  RuleColumn,
  RuleFlag,
  type RuleImage,
  RuleKind,
  TransportBit,
  TransportClass,
} from "./image.js";
import { type IndicatorImage, NO_INDICATORS } from "./indicators/indicator-set.js";
import { InternTable } from "./intern-table.js";
import { judgingOrder } from "./judging-order.js";
import type { Classification } from "./keywords/keyword.js";
import { ANY_PORT } from "./port-group.js";
import { ProgramEncoder } from "./program-encoder.js";
import { RangeSetBuilder } from "./range-sets.js";
import { buildDescriptions } from "./rule-description.js";
import { looksAtSegments, ruleKindsOf } from "./rule-kind.js";
import { PacketValue, type Signature, TO_CLIENT_BIT, TO_SERVER_BIT } from "./signature.js";
import { packThresholds } from "./threshold-row.js";
import { ThresholdTable } from "./threshold-table.js";

/** Compile signatures into the image a sensor runs. */
export function compileRules(
  signatures: readonly Signature[],
  classifications: ReadonlyMap<string, Classification>,
  indicators: IndicatorImage = NO_INDICATORS,
): RuleImage {
  const ordered = judgingOrder(signatures);
  const expressions = new InternTable();
  const transformChains = new InternTable();
  transformChains.indexOf("[]");
  const flowbits = new InternTable();
  const hostbits = new InternTable();
  const flowints = new InternTable();
  const addressV4 = new RangeSetBuilder(1, ANY_ADDRESS.v4);
  const addressV6 = new RangeSetBuilder(4, ANY_ADDRESS.v6);
  const ports = new RangeSetBuilder(1, ANY_PORT);
  const rules = new Int32Array(ordered.length * RULE_STRIDE);
  const setsOf = (group: AddressGroup) => packSets(addressV4.indexOf(group.v4), addressV6.indexOf(group.v6));
  const encoder = new ProgramEncoder({ expressions, transformChains, flowbits, hostbits, flowints }, setsOf);
  const thresholds = new ThresholdTable(setsOf);
  const groups = new GroupBuilder();
  const addresses = new AddressIndexBuilder();

  ordered.forEach((signature, rule) => {
    const row = rule * RULE_STRIDE;
    const kinds = ruleKindsOf(signature);
    rules[row + RuleColumn.FLAGS] = flagsOf(signature);
    if (kinds.includes(RuleKind.STREAM)) rules[row + RuleColumn.FLAGS]! |= streamFlagsOf(signature);
    rules[row + RuleColumn.TRANSPORTS] = transportBits(signature.ipProtocols);
    for (const protocol of signature.applicationProtocols ?? []) {
      rules[row + (protocol < 32 ? RuleColumn.PROTOCOLS_LOW : RuleColumn.PROTOCOLS_HIGH)]! |=
        1 << (protocol & 31);
    }
    rules[row + RuleColumn.SOURCE_SET] = setsOf(signature.source);
    rules[row + RuleColumn.DESTINATION_SET] = setsOf(signature.destination);
    rules[row + RuleColumn.SOURCE_PORTS] = ports.indexOf(signature.sourcePorts);
    rules[row + RuleColumn.DESTINATION_PORTS] = ports.indexOf(signature.destinationPorts);
    rules[row + RuleColumn.PROGRAM] = encoder.encode(signature);
    rules[row + RuleColumn.THRESHOLD] = thresholds.add(signature);
    rules[row + RuleColumn.FLOW_FLAGS] = signature.flowFlags;
    rules[row + RuleColumn.KIND] = kinds[0]!;
    for (const kind of kinds) {
      if (kind === RuleKind.ADDRESS) addresses.add(rule, signature);
      else file(groups, encoder, transformChains, signature, rule, kind);
    }
  });

  return {
    ruleCount: ordered.length,
    rules,
    program: Int32Array.from(encoder.words),
    numbers: Float64Array.from(encoder.numbers),
    literals: Uint8Array.from(encoder.literalBytes),
    addressV4: addressV4.build(),
    addressV6: addressV6.build(),
    ports: ports.build(),
    expressions: buildTextTable(expressions.texts()),
    transformChains: transformChains.texts().map((text) => JSON.parse(text)),
    thresholds: packThresholds(thresholds.rows),
    flowbitNames: flowbits.texts(),
    hostbitNames: hostbits.texts(),
    flowintNames: flowints.texts(),
    dataSets: encoder.dataSets.map((set) => ({
      name: set.name,
      type: set.type,
      table: set.table,
      isChanged: encoder.changedSets.has(set),
    })),
    variableCount: 8,
    ...groups.build(),
    addressRules: addresses.build(),
    indicators,
    descriptions: buildDescriptions(ordered, classifications),
  };
}

/** IPv4 and IPv6 sets of one side in a word. AddressBudget refuses rules that would need larger numbers. */
function packSets(v4: number, v6: number): number {
  if (v4 > 0xffff || v6 > 0x7fff) throw new RangeError("too many distinct address groups");
  return (v6 << 16) | v4;
}

function flagsOf(signature: Signature): number {
  let flags = 0;
  if ((signature.directions & TO_SERVER_BIT) !== 0) flags |= RuleFlag.TO_SERVER;
  if ((signature.directions & TO_CLIENT_BIT) !== 0) flags |= RuleFlag.TO_CLIENT;
  if (signature.isBidirectional) flags |= RuleFlag.BIDIRECTIONAL;
  if (signature.isNoAlert || signature.isSuppressed) flags |= RuleFlag.NOALERT;
  if (signature.isSuppressed) flags |= RuleFlag.SUPPRESSED;
  if (signature.isAlerting) flags |= RuleFlag.ALERTING;
  if (signature.isBypassing) flags |= RuleFlag.BYPASSING;
  if (signature.action === "drop") flags |= RuleFlag.DROP;
  if (signature.action === "reject") flags |= RuleFlag.REJECT;
  if (signature.action === "pass") flags |= RuleFlag.PASS;
  if (signature.bits.length > 0 || signature.flowInts.length > 0) flags |= RuleFlag.HAS_EFFECTS;
  return flags;
}

function streamFlagsOf(signature: Signature): number {
  return looksAtSegments(signature) ? RuleFlag.ON_STREAM | RuleFlag.ON_SEGMENT : RuleFlag.ON_STREAM;
}

function transportBits(ipProtocols: readonly number[] | undefined): number {
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

function directionsOf(signature: Signature): number[] {
  return [TO_SERVER_BIT, TO_CLIENT_BIT].flatMap((bit, direction) =>
    (signature.directions & bit) !== 0 ? [direction] : [],
  );
}

function file(
  groups: GroupBuilder,
  encoder: ProgramEncoder,
  transformChains: InternTable,
  signature: Signature,
  rule: number,
  kind: number,
): void {
  const isMessage = kind === RuleKind.MESSAGE;
  const fast = fastPatternFor(signature, kind);
  const literal = fast && {
    rule,
    offset: encoder.literal(fast.content),
    bytes: fast.content.pattern,
    isNocase: fast.content.isNocase,
    minPosition: fast.positions.min,
    maxPosition: fast.positions.max,
  };
  for (const direction of directionsOf(signature)) {
    if (isMessage) {
      const stages = signature.messageEvents.length > 0 ? [STAGE_HEAD, STAGE_BODY] : [signature.stage];
      for (const stage of stages) {
        if (fast && literal) {
          const chain = transformChains.indexOf(JSON.stringify(fast.section.transforms));
          groups.addToBuffer(direction, stage, fast.section.field, chain, literal);
        } else {
          groups.addToMessages(direction, stage, signature.applicationProtocols ?? [], rule);
        }
      }
    } else if (kind === RuleKind.STREAM) {
      groups.addToStream(direction, signature, literal, rule);
    } else {
      for (const transport of transportClasses(signature)) {
        groups.addToPackets(transport, direction, signature, literal, rule);
      }
    }
  }
}
