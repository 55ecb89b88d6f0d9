/**
 * What an operator should know about rules that load: that they can never alert, do nothing, or cost much. Only what is certain
 * is said; a rule without a warning may still never match.
 */
import { Compare, type Comparison } from "../signature/comparison.js";
import type { ContentCondition } from "../signature/condition.js";
import { fastPatternFor } from "../signature/fast-pattern.js";
import { RuleKind } from "../signature/image.js";
import { ruleKindsOf } from "../signature/rule-kind.js";
import { PacketValue, type Section, type Signature } from "../signature/signature.js";
import {
  bufferName,
  comparisonText,
  conditionText,
  numberFieldName,
  packetValueName,
  patternText,
} from "./condition-syntax.js";
import { indexMarks, neededMarks } from "./mark-index.js";
import type { Phrase } from "./rule-steps.js";

export interface RuleWarning {
  readonly sid: number;
  readonly file: string;
  readonly line: number;
  readonly kind: "never" | "useless" | "slow";
  readonly phrase: Phrase;
}

const ALWAYS_TRIED = {
  [RuleKind.PACKET]: "rule.warning.slow_packet",
  [RuleKind.STREAM]: "rule.warning.slow_stream",
  [RuleKind.MESSAGE]: "rule.warning.slow_message",
} as const;

/** Warnings about all rules of a set, in the order of the rules. */
export function findWarnings(signatures: readonly Signature[]): RuleWarning[] {
  const marks = indexMarks(signatures);
  const isSet = (name: string): boolean => (marks.get(name)?.setters.length ?? 0) > 0;
  return signatures.flatMap((signature) => {
    const { sid, file, line } = signature;
    const warn = (kind: RuleWarning["kind"], phrase: Phrase): RuleWarning => ({
      sid,
      file,
      line,
      kind,
      phrase,
    });
    const never = neverAlerts(signature, isSet);
    const found = never ? [warn("never", never)] : [];
    if (isUseless(signature)) found.push(warn("useless", { key: "rule.warning.no_effect" }));
    const slow = slowness(signature);
    if (slow) found.push(warn("slow", slow));
    return found;
  });
}

function neverAlerts(signature: Signature, isSet: (name: string) => boolean): Phrase | undefined {
  const unset = neededMarks(signature).find((names) => !names.some(isSet));
  if (unset) return { key: "rule.warning.no_setter", params: { name: unset.join(" | ") } };
  const { source, destination } = signature;
  const canBeV4 = source.v4.length > 0 && destination.v4.length > 0;
  const canBeV6 = source.v6.length > 0 && destination.v6.length > 0;
  if (!canBeV4 && !canBeV6) return { key: "rule.warning.versions" };
  return contradictionOfNumbers(signature) ?? contradictionOfContents(signature);
}

/** Two tests of one number that leave no number. */
function contradictionOfNumbers({ packetTests, messageTests, sections }: Signature): Phrase | undefined {
  const groups = new Map<string, Comparison[]>();
  const add = (name: string, test: Comparison): void =>
    void groups.set(name, [...(groups.get(name) ?? []), test]);
  for (const test of packetTests) {
    // A packet may have several events and options, and either direction its size.
    if (ONE_VALUE.has(test.value)) add(packetValueName(test.value), test);
  }
  for (const test of messageTests) add(numberFieldName(test.field), test);
  for (const section of sections) {
    for (const condition of section.conditions) {
      if (condition.kind !== "bsize" || section.transforms.length > 0) continue;
      add(`${bufferName(section.field)} bsize`, condition as Comparison);
    }
  }
  for (const [name, tests] of groups) {
    for (const [index, first] of tests.entries()) {
      for (const second of tests.slice(index + 1)) {
        if (!excludes(first, second)) continue;
        const params = {
          first: `${name} ${comparisonText(first)}`,
          second: `${name} ${comparisonText(second)}`,
        };
        return { key: "rule.warning.contradiction", params };
      }
    }
  }
  return undefined;
}

const ONE_VALUE: ReadonlySet<number> = new Set([
  PacketValue.DSIZE,
  PacketValue.TTL,
  PacketValue.TOS,
  PacketValue.IP_PROTO,
  PacketValue.IP_ID,
  PacketValue.ICMP_TYPE,
  PacketValue.ICMP_CODE,
  PacketValue.ICMP_ID,
  PacketValue.ICMP_SEQUENCE,
  PacketValue.TCP_SEQUENCE,
  PacketValue.TCP_ACKNOWLEDGEMENT,
  PacketValue.TCP_WINDOW,
  PacketValue.IP_VERSION,
]);

function excludes(first: Comparison, second: Comparison): boolean {
  const [a, b] = [rangeOf(first), rangeOf(second)];
  return a !== undefined && b !== undefined && (a.low > b.high || b.low > a.high);
}

/** Whole numbers that a comparison allows; undefined where they are no single range. */
function rangeOf({ operator, a, b }: Comparison): { low: number; high: number } | undefined {
  const all = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  switch (operator) {
    case Compare.EQUAL:
      return { low: a, high: a };
    case Compare.LESS:
      return { ...all, high: a - 1 };
    case Compare.LESS_OR_EQUAL:
      return { ...all, high: a };
    case Compare.GREATER:
      return { ...all, low: a + 1 };
    case Compare.GREATER_OR_EQUAL:
      return { ...all, low: a };
    case Compare.BETWEEN:
      return { low: a + 1, high: b - 1 };
    default:
      return undefined;
  }
}

function contradictionOfContents({ sections, packetTests }: Signature): Phrase | undefined {
  const dsize = packetTests.find(({ value }) => value === PacketValue.DSIZE);
  for (const section of sections) {
    const contents = section.conditions.filter(
      (condition): condition is ContentCondition => condition.kind === "content",
    );
    const size = largestSize(section, section.field === 0 ? dsize : undefined);
    for (const content of contents) {
      if (content.isNegated) continue;
      const { offset, depth, within, pattern } = content;
      const text = conditionText(content);
      const start = typeof offset === "number" ? offset : 0;
      if (size && start + pattern.length > size.bytes) {
        return { key: "rule.warning.too_long", params: { content: text, size: size.text } };
      }
      for (const [name, room] of Object.entries({ depth, within })) {
        if (typeof room !== "number" || room >= pattern.length) continue;
        return { key: "rule.warning.too_long", params: { content: text, size: `${name}:${room}` } };
      }
      const opposite = contents.find((other) => other.isNegated && forbids(other, content));
      if (opposite) {
        return {
          key: "rule.warning.contradiction",
          params: { first: text, second: conditionText(opposite) },
        };
      }
    }
  }
  return undefined;
}

/** A negated content without any position, the bytes of which the other one brings. */
function forbids(negated: ContentCondition, content: ContentCondition): boolean {
  const hasPlace = [negated.offset, negated.depth, negated.distance, negated.within].some(
    (operand) => operand !== undefined && operand !== 0,
  );
  if (hasPlace || negated.distance !== undefined || negated.isEndsWith) return false;
  if (content.isNocase && !negated.isNocase) return false;
  const [needle, bytes] = [negated.pattern, content.pattern].map((pattern) =>
    negated.isNocase ? lowered(pattern) : textOf(pattern),
  );
  return bytes!.includes(needle!);
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function lowered(bytes: Uint8Array): string {
  return textOf(bytes).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The largest size that the section may have. */
function largestSize(
  section: Section,
  dsize: Comparison | undefined,
): { bytes: number; text: string } | undefined {
  // Transforms change sizes; those of the buffer itself say nothing about what a content looks at.
  const bsize = section.conditions.find(({ kind }) => kind === "bsize") as Comparison | undefined;
  const test = section.transforms.length > 0 ? undefined : (bsize ?? dsize);
  const range = test && rangeOf(test);
  if (!test || !range || range.high === Number.POSITIVE_INFINITY) return undefined;
  return { bytes: range.high, text: `${bsize ? "bsize" : "dsize"} ${comparisonText(test)}` };
}

/** Nothing is told and nothing is marked. */
function isUseless({ isNoAlert, isSuppressed, action, bits, flowInts, sections }: Signature): boolean {
  if (action !== "alert" || !(isNoAlert || isSuppressed)) return false;
  const marks = bits.some(({ operation }) => operation !== "isset" && operation !== "isnotset");
  const counts = flowInts.some(({ operation }) => ["=", "+", "-"].includes(operation));
  const fills = sections.some(({ conditions }) =>
    conditions.some((condition) => condition.kind === "dataset" && /^(?:un)?set$/.test(condition.command)),
  );
  return !marks && !counts && !fills;
}

function slowness(signature: Signature): Phrase | undefined {
  const [kind] = ruleKindsOf(signature);
  if (kind === RuleKind.ADDRESS || kind === undefined) return undefined;
  const fast = fastPatternFor(signature, kind);
  if (fast) {
    if (fast.content.pattern.length > 1) return undefined;
    return { key: "rule.warning.slow_short", params: { literal: patternText(fast.content.pattern) } };
  }
  // A rule without any bytes to look at costs a few comparisons, however often it is tried.
  const isCheap = signature.sections.every(({ conditions }) =>
    conditions.every(({ kind: of }) => of === "bsize"),
  );
  if (isCheap) return undefined;
  return { key: ALWAYS_TRIED[kind as keyof typeof ALWAYS_TRIED] };
}
