/**
 * A rule as the steps that traffic has to take until it alerts, and for each step a rule that asks for the steps so far. A sensor
 * that runs those beside the rule itself shows how far each flow came, by the engine's own judgement: the last of them asks for
 * exactly what the rule asks for.
 */
import type { MessageKey, MessageParams } from "../base/language.js";
import { PROTOCOL_NAMES } from "../sensor/proto/protocols.js";
import { ANY_ADDRESS } from "../signature/address-group.js";
import type { Condition, ContentCondition } from "../signature/condition.js";
import { ANY_PORT } from "../signature/port-group.js";
import { ruleKindsOf } from "../signature/rule-kind.js";
import { parseRule } from "../signature/rule-parser.js";
import { BOTH_DIRECTIONS, FlowFlag, type Section, type Signature } from "../signature/signature.js";
import {
  bitText,
  bufferName,
  bufferWithTransforms,
  comparisonText,
  conditionText,
  eventName,
  flowIntText,
  numberFieldName,
  operandText,
  packetValueName,
  patternText,
} from "./condition-syntax.js";

export interface Phrase {
  readonly key: MessageKey;
  readonly params?: MessageParams;
}

/** Where the value that a step asks for can be seen. */
export type StepPlace =
  | { readonly kind: "none" }
  | {
      readonly kind: "endpoint";
      readonly part: "source" | "source_port" | "destination" | "destination_port";
    }
  | { readonly kind: "flow" }
  | { readonly kind: "field"; readonly field: number }
  | { readonly kind: "packet"; readonly value: number }
  | { readonly kind: "number"; readonly field: number }
  | { readonly kind: "events" }
  | { readonly kind: "mark"; readonly text: string };

export interface RuleStep {
  /** In the syntax of rules. */
  readonly syntax: string;
  /** In plain words; joined with commas. */
  readonly phrases: readonly Phrase[];
  readonly place: StepPlace;
}

export interface StepwiseRule {
  readonly steps: readonly RuleStep[];
  /** Variant n asks for steps 0 to n. */
  readonly variants: readonly Signature[];
}

type Growing = { -readonly [Key in keyof Signature]: Signature[Key] };

/** Cut a rule into steps. */
export function stepwise(signature: Signature): StepwiseRule {
  const steps: RuleStep[] = [];
  const variants: Signature[] = [];
  const grown: Growing = {
    ...signature,
    judgedOn: ruleKindsOf(signature),
    action: "alert",
    source: ANY_ADDRESS,
    sourcePorts: ANY_PORT,
    destination: ANY_ADDRESS,
    destinationPorts: ANY_PORT,
    flowFlags: 0,
    sections: [],
    packetTests: [],
    reputationTests: [],
    messageTests: [],
    numberListTests: [],
    recordTests: [],
    messageEvents: [],
    bits: [],
    flowInts: [],
    thresholds: [],
    suppressions: [],
    isSuppressed: false,
    isNoAlert: false,
    isAlerting: false,
  };
  const take = (step: RuleStep, change: Partial<Growing> = {}): void => {
    Object.assign(grown, change);
    steps.push(step);
    variants.push({ ...grown });
  };
  takeHeader(signature, take);
  for (const test of signature.packetTests) {
    const params = { name: packetValueName(test.value), comparison: comparisonText(test) };
    take(numberStep(params, { kind: "packet", value: test.value }), {
      packetTests: [...grown.packetTests, test],
    });
  }
  for (const test of signature.reputationTests) {
    const phrases = [{ key: "rule.step.reputation", params: { text: test.text } }] as const;
    take(
      { syntax: test.text, phrases, place: { kind: "none" } },
      { reputationTests: [...grown.reputationTests, test] },
    );
  }
  for (const test of signature.messageTests) {
    const params = { name: numberFieldName(test.field), comparison: comparisonText(test) };
    take(numberStep(params, { kind: "number", field: test.field }), {
      messageTests: [...grown.messageTests, test],
    });
  }
  for (const test of signature.numberListTests) {
    const comparison = `${test.isNegated ? "not " : ""}in ${test.values.join(", ")}`;
    const params = { name: numberFieldName(test.field), comparison };
    take(numberStep(params, { kind: "number", field: test.field }), {
      numberListTests: [...grown.numberListTests, test],
    });
  }
  for (const test of signature.recordTests) {
    const params = { name: bufferName(test.field), comparison: comparisonText(test) };
    take(numberStep(params, { kind: "field", field: test.field }), {
      recordTests: [...grown.recordTests, test],
    });
  }
  if (signature.messageEvents.length > 0) {
    const name = signature.messageEvents.map(eventName).join(", ");
    const step = {
      phrases: [{ key: "rule.step.event", params: { name } }],
      place: { kind: "events" },
    } as const;
    take({ syntax: `app-layer-event:${name}`, ...step }, { messageEvents: signature.messageEvents });
  }
  takeSections(signature.sections, grown, take);
  for (const bit of signature.bits) {
    if (bit.operation !== "isset" && bit.operation !== "isnotset") continue;
    const syntax = bitText(bit);
    const key = bit.operation === "isset" ? "rule.step.bit_set" : "rule.step.bit_not_set";
    const params = { name: bit.names.join(" | "), kind: bit.kind };
    const place = { kind: "mark", text: syntax } as const;
    take({ syntax, phrases: [{ key, params }], place }, { bits: [...grown.bits, bit] });
  }
  for (const flowInt of signature.flowInts) {
    if (["=", "+", "-"].includes(flowInt.operation)) continue;
    const syntax = flowIntText(flowInt);
    const place = { kind: "mark", text: syntax } as const;
    const phrases = [{ key: "rule.step.flowint", params: { text: syntax } }] as const;
    take({ syntax, phrases, place }, { flowInts: [...grown.flowInts, flowInt] });
  }
  return { steps, variants };
}

function takeHeader(signature: Signature, take: (step: RuleStep, change?: Partial<Growing>) => void): void {
  const raw = parseRule(signature.text);
  const protocols = signature.applicationProtocols?.map((protocol) => PROTOCOL_NAMES[protocol]!);
  const protocol = protocols?.join(", ") ?? raw.protocol;
  take({
    syntax: `${raw.protocol}${protocols ? ` (${protocol})` : ""}`,
    phrases: [{ key: "rule.step.protocol", params: { protocol } }, ...directionPhrases(signature.directions)],
    place: { kind: "none" },
  });
  const ends = [
    ["source", raw.source, { source: signature.source }],
    ["source_port", raw.sourcePort, { sourcePorts: signature.sourcePorts }],
    ["destination", raw.destination, { destination: signature.destination }],
    ["destination_port", raw.destinationPort, { destinationPorts: signature.destinationPorts }],
  ] as const;
  for (const [part, text, change] of ends) {
    if (/^any$/i.test(text)) continue;
    const phrases = [{ key: `rule.step.${part}`, params: { text } }] as const;
    take({ syntax: `${part} ${text}`, phrases, place: { kind: "endpoint", part } }, change);
  }
  if (signature.flowFlags === 0) return;
  const names = Object.entries(FlowFlag).flatMap(([name, flag]) =>
    (signature.flowFlags & flag) === 0 ? [] : [name.toLowerCase()],
  );
  const phrases = names.map((name) => ({ key: "rule.step.flow", params: { name } }) as const);
  take(
    { syntax: `flow:${names.join(",")}`, phrases, place: { kind: "flow" } },
    { flowFlags: signature.flowFlags },
  );
}

function directionPhrases(directions: number): Phrase[] {
  if (directions === BOTH_DIRECTIONS) return [];
  return [{ key: directions === 1 ? "rule.step.to_server" : "rule.step.to_client" }];
}

function takeSections(
  sections: readonly Section[],
  grown: Growing,
  take: (step: RuleStep, change?: Partial<Growing>) => void,
): void {
  for (const section of sections) {
    const before = grown.sections;
    section.conditions.forEach((condition, index) => {
      const buffer = bufferWithTransforms(section.field, section.transforms);
      const step: RuleStep = {
        syntax: `${buffer}: ${conditionText(condition)}`,
        phrases: conditionPhrases(buffer, condition),
        place: { kind: "field", field: section.field },
      };
      const part: Section = { ...section, conditions: section.conditions.slice(0, index + 1) };
      take(step, { sections: [...before, part] });
    });
  }
}

function numberStep(params: { name: string; comparison: string }, place: StepPlace): RuleStep {
  const phrases = [{ key: "rule.step.number", params }] as const;
  return { syntax: `${params.name} ${params.comparison}`, phrases, place };
}

function conditionPhrases(buffer: string, condition: Condition): Phrase[] {
  if (condition.kind === "content") return contentPhrases(buffer, condition);
  const text = conditionText(condition);
  if (condition.kind === "pcre") {
    const key = condition.isNegated ? "rule.step.not_pcre" : "rule.step.pcre";
    return [{ key, params: { buffer, text } }];
  }
  if (condition.kind === "bsize") return [{ key: "rule.step.size", params: { buffer, text: text.slice(6) } }];
  return [{ key: "rule.step.bytes", params: { buffer, text } }];
}

function contentPhrases(buffer: string, content: ContentCondition): Phrase[] {
  const { offset, depth, distance, within, pattern, isEndsWith, isNegated } = content;
  const isStart = (offset ?? 0) === 0 && depth === pattern.length;
  const isWhole = isStart && isEndsWith;
  const key = isWhole
    ? "rule.step.is"
    : isStart
      ? "rule.step.begins"
      : isEndsWith
        ? "rule.step.ends"
        : "rule.step.contains";
  const phrases: Phrase[] = [
    { key: isNegated ? `${key}_not` : key, params: { buffer, pattern: patternText(pattern) } },
  ];
  if (content.isNocase) phrases.push({ key: "rule.step.nocase" });
  if (!isStart && offset !== undefined && offset !== 0) {
    phrases.push({ key: "rule.step.offset", params: { count: operandText(offset) } });
  }
  if (!isStart && depth !== undefined) {
    phrases.push({ key: "rule.step.depth", params: { count: operandText(depth) } });
  }
  if (distance === 0) phrases.push({ key: "rule.step.behind" });
  else if (distance !== undefined)
    phrases.push({ key: "rule.step.distance", params: { count: operandText(distance) } });
  if (within !== undefined) phrases.push({ key: "rule.step.within", params: { count: operandText(within) } });
  return phrases;
}
