import { GrowingWords } from "../base/growing-words.js";
import { TextTableBuilder } from "../base/text-table.js";
import { type AddressGroup, ANY_ADDRESS } from "./address-group.js";
import { AddressIndexBuilder } from "./address-index.js";
import { GroupBuilder } from "./group-builder.js";
import { Closing } from "./group-closing.js";
import { RULE_STRIDE, RuleColumn, RuleFlag, type RuleImage, RuleKind } from "./image.js";
import { type IndicatorImage, NO_INDICATORS } from "./indicators/indicator-set.js";
import { InternTable } from "./intern-table.js";
import { judgingKey } from "./judging-order.js";
import type { Classification } from "./keywords/keyword.js";
import { ANY_PORT } from "./port-group.js";
import { prefilterGuardOf } from "./prefilter-guard.js";
import { ProgramEncoder } from "./program-encoder.js";
import { RangeSetBuilder } from "./range-sets.js";
import { DescriptionBuilder } from "./rule-description.js";
import { fileRule, transportBits } from "./rule-filing.js";
import { isFlowWide, looksAtSegments, ruleKindsOf } from "./rule-kind.js";
import { PAYLOAD_FIELD, PacketValue, type Signature, TO_CLIENT_BIT, TO_SERVER_BIT } from "./signature.js";
import { packThresholds } from "./threshold-row.js";
import { ThresholdTable } from "./threshold-table.js";

/** Compile signatures into the image a sensor runs. */
export function compileRules(
  signatures: readonly Signature[],
  classifications: ReadonlyMap<string, Classification>,
  indicators: IndicatorImage = NO_INDICATORS,
): RuleImage {
  const builder = new ImageBuilder(classifications);
  for (const signature of signatures) builder.add(signature);
  return builder.build(indicators);
}

/** Compiles signatures as they come; no signature is needed any more when it is in. */
export class ImageBuilder {
  readonly #transformChains = new InternTable();
  readonly #encoder: ProgramEncoder;
  readonly #addressV4 = new RangeSetBuilder(1, ANY_ADDRESS.v4);
  readonly #addressV6 = new RangeSetBuilder(4, ANY_ADDRESS.v6);
  readonly #ports = new RangeSetBuilder(1, ANY_PORT);
  readonly #rows = new GrowingWords();
  readonly #keys: number[] = [];
  readonly #dropped = new Set<number>();
  readonly #thresholds = new ThresholdTable((group) => this.#setsOf(group));
  readonly #groups = new GroupBuilder();
  readonly #addresses = new AddressIndexBuilder();
  readonly #descriptions: DescriptionBuilder;

  constructor(classifications: ReadonlyMap<string, Classification>) {
    this.#descriptions = new DescriptionBuilder(classifications);
    this.#transformChains.indexOf("[]");
    const tables = {
      expressions: new TextTableBuilder(),
      transformChains: this.#transformChains,
      flowbits: new InternTable(),
      hostbits: new InternTable(),
      flowints: new InternTable(),
    };
    this.#encoder = new ProgramEncoder(tables, (group) => this.#setsOf(group));
  }

  /** Returns the number by which it can be dropped again. */
  add(signature: Signature): number {
    const rule = this.#keys.push(judgingKey(signature)) - 1;
    const kinds = ruleKindsOf(signature);
    const row = this.#rows.grow(RULE_STRIDE);
    const set = (column: number, value: number): void => this.#rows.set(row + column, value);
    const streamFlags = kinds.includes(RuleKind.STREAM) ? streamFlagsOf(signature) : 0;
    const guard = prefilterGuardOf(signature);
    const guardFlag = guard?.field === PAYLOAD_FIELD ? RuleFlag.GUARDED : 0;
    set(RuleColumn.FLAGS, flagsOf(signature) | streamFlags | guardFlag);
    set(RuleColumn.TRANSPORTS, transportBits(signature.ipProtocols));
    for (const protocol of signature.applicationProtocols ?? []) {
      const column = protocol < 32 ? RuleColumn.PROTOCOLS_LOW : RuleColumn.PROTOCOLS_HIGH;
      set(column, this.#rows.at(row + column) | (1 << (protocol & 31)));
    }
    set(RuleColumn.SOURCE_SET, this.#setsOf(signature.source));
    set(RuleColumn.DESTINATION_SET, this.#setsOf(signature.destination));
    set(RuleColumn.SOURCE_PORTS, this.#ports.indexOf(signature.sourcePorts));
    set(RuleColumn.DESTINATION_PORTS, this.#ports.indexOf(signature.destinationPorts));
    set(RuleColumn.PROGRAM, this.#encoder.encode(signature, guard));
    set(RuleColumn.THRESHOLD, this.#thresholds.add(signature));
    set(RuleColumn.FLOW_FLAGS, signature.flowFlags);
    set(RuleColumn.KIND, kinds[0]!);
    for (const kind of kinds) {
      if (kind === RuleKind.ADDRESS) this.#addresses.add(rule, signature);
      else fileRule(this.#groups, this.#encoder, signature, rule, kind);
    }
    this.#descriptions.add(signature);
    return rule;
  }

  /** Leave a rule out; what only it used stays behind. */
  drop(rule: number): void {
    this.#dropped.add(rule);
  }

  /** The image; parts of it are the builder's own memory, so nothing is added any more. */
  build(indicators: IndicatorImage = NO_INDICATORS): RuleImage {
    const order = this.#order();
    const ranks = new Int32Array(this.#keys.length).fill(-1);
    order.forEach((rule, rank) => {
      ranks[rule] = rank;
    });
    const { tables, words, numbers, dataSets, changedSets, savedSets } = this.#encoder;
    const literals = this.#encoder.literals.bytes();
    const closing = new Closing(ranks, literals);
    return {
      ruleCount: order.length,
      rules: this.#orderedRows(order),
      program: words.view(),
      numbers: Float64Array.from(numbers),
      literals,
      addressV4: this.#addressV4.build(),
      addressV6: this.#addressV6.build(),
      ports: this.#ports.build(),
      expressions: tables.expressions.build(),
      transformChains: tables.transformChains.texts().map((text) => JSON.parse(text)),
      thresholds: packThresholds(this.#thresholds.rows),
      flowbitNames: tables.flowbits.texts(),
      hostbitNames: tables.hostbits.texts(),
      flowintNames: tables.flowints.texts(),
      dataSets: dataSets.map((set) => ({
        name: set.name,
        type: set.type,
        table: set.table,
        isChanged: changedSets.has(set),
        isSaved: savedSets.has(set),
      })),
      variableCount: 8,
      fields: this.#encoder.fields,
      ...this.#groups.build(closing),
      addressRules: this.#addresses.build(closing),
      indicators,
      descriptions: this.#descriptions.build(order),
    };
  }

  /** The rules as they came, in the order in which they are judged. */
  #order(): Uint32Array {
    const keys = this.#keys;
    const kept = Uint32Array.from(keys.keys()).filter((rule) => !this.#dropped.has(rule));
    return kept.sort((a, b) => keys[a]! - keys[b]! || a - b);
  }

  #orderedRows(order: Uint32Array): Int32Array {
    const rows = new Int32Array(order.length * RULE_STRIDE);
    const all = this.#rows.view();
    order.forEach((rule, rank) => {
      const start = rule * RULE_STRIDE;
      rows.set(all.subarray(start, start + RULE_STRIDE), rank * RULE_STRIDE);
    });
    return rows;
  }

  #setsOf(group: AddressGroup): number {
    return packSets(this.#addressV4.indexOf(group.v4), this.#addressV6.indexOf(group.v6));
  }
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
  if (isFlowWide(signature)) {
    flags |= RuleFlag.FLOW_WIDE;
    const asks = signature.packetTests.some(({ value }) => value === PacketValue.APPLICATION_PROTOCOL);
    if (asks && signature.applicationProtocols === undefined) flags |= RuleFlag.ON_RECOGNITION;
  }
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
