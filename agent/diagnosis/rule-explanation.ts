/** How the engine reads one rule, where it files it, what it costs, which other rules it needs, and what changed it. */
import { STAGE_BODY } from "../sensor/proto/message-view.js";
import type { ParsedRules } from "../sensor/rule-compiler.js";
import { fastPatternFor } from "../signature/fast-pattern.js";
import { RuleKind } from "../signature/image.js";
import type { RuleChange } from "../signature/policy/rule-policy.js";
import { parseReferences, referenceAddress } from "../signature/references.js";
import { ruleKindsOf } from "../signature/rule-kind.js";
import type { Signature } from "../signature/signature.js";
import {
  bitText,
  bufferWithTransforms,
  flowIntText,
  patternText,
  thresholdText,
} from "./condition-syntax.js";
import { indexMarks, markName, neededMarks } from "./mark-index.js";
import { type RuleStep, stepwise } from "./rule-steps.js";
import { findWarnings, type RuleWarning } from "./rule-warnings.js";

const JUDGED_ON = {
  [RuleKind.PACKET]: "packet",
  [RuleKind.ADDRESS]: "address",
  [RuleKind.STREAM]: "stream",
  [RuleKind.MESSAGE]: "message",
} as const;

export interface Filing {
  readonly judgedOn: (typeof JUDGED_ON)[keyof typeof JUDGED_ON];
  readonly directions: number;
  /** `head` or `body`, for rules on messages. */
  readonly stage: "head" | "body" | undefined;
  /** What the engine waits for; undefined: nothing, the rule is tried every time. */
  readonly literal: string | undefined;
  readonly buffer: string | undefined;
  /** Other rules in the same group. */
  readonly neighbours: number;
}

export interface RuleExplanation {
  readonly signature: Signature;
  readonly category: string;
  readonly steps: readonly RuleStep[];
  /** What the rule does to marks when it matches, in the syntax of rules. */
  readonly effects: readonly string[];
  readonly thresholds: readonly string[];
  readonly filings: readonly Filing[];
  readonly cost: "low" | "medium" | "high";
  readonly expressionCount: number;
  /** Sids that set, and that wait for, each mark of the rule. */
  readonly needs: readonly { readonly mark: string; readonly setters: readonly number[] }[];
  readonly offers: readonly { readonly mark: string; readonly readers: readonly number[] }[];
  readonly references: readonly string[];
  readonly changes: readonly RuleChange[];
  readonly warnings: readonly RuleWarning[];
}

/** What became of a rule that did not load. */
export type MissingRule =
  | { readonly kind: "refused"; readonly file: string; readonly line: number; readonly reason: string }
  | { readonly kind: "disabled"; readonly file: string; readonly line: number }
  | { readonly kind: "unknown" };

/** The rule `gid:sid` of a set, or why it is not there. */
export function findRule(rules: ParsedRules, gid: number, sid: number): Signature | MissingRule {
  const signature = rules.signatures.find((one) => one.gid === gid && one.sid === sid);
  if (signature) return signature;
  const refused = rules.refused.find((one) => one.sid === sid);
  if (refused) return { kind: "refused", ...refused };
  const change = rules.changes.find((one) => one.sid === sid && one.gid === gid && one.kind === "disabled");
  return change ? { kind: "disabled", file: change.file, line: change.line } : { kind: "unknown" };
}

/**
 * Explain a rule of the set.
 *
 * @param referenceConfig text of `reference.config`
 */
export function explainRule(
  rules: ParsedRules,
  signature: Signature,
  referenceConfig: string,
): RuleExplanation {
  const marks = indexMarks(rules.signatures);
  const prefixes = parseReferences(referenceConfig);
  const { gid, sid } = signature;
  const filings = filingsOf(signature, rules.signatures);
  const expressionCount = signature.sections
    .flatMap(({ conditions }) => conditions)
    .filter(({ kind }) => kind === "pcre").length;
  const set = [
    ...signature.bits.flatMap(({ kind, operation, names }) =>
      operation === "set" || operation === "toggle" ? names.map((name) => markName(kind, name)) : [],
    ),
    ...signature.flowInts.flatMap(({ name, operation }) =>
      ["=", "+", "-"].includes(operation) ? [markName("flowint", name)] : [],
    ),
  ];
  return {
    signature,
    category: rules.classifications.get(signature.classtype)?.description ?? signature.classtype,
    steps: stepwise(signature).steps,
    effects: effectsOf(signature),
    thresholds: signature.thresholds.map(thresholdText),
    filings,
    cost: costOf(filings, expressionCount),
    expressionCount,
    needs: [...new Set(neededMarks(signature).flat())].map((mark) => ({
      mark,
      setters: sidsOf(marks.get(mark)?.setters),
    })),
    offers: [...new Set(set)].map((mark) => ({ mark, readers: sidsOf(marks.get(mark)?.readers) })),
    references: signature.references.map((reference) => referenceAddress(reference, prefixes)),
    changes: rules.changes.filter((change) => meansRule(change, gid, sid)),
    warnings: findWarnings(rules.signatures).filter((warning) => warning.sid === sid),
  };
}

function meansRule(change: RuleChange, gid: number, sid: number): boolean {
  if (change.sid === 0) return change.gid === 0 || change.gid === gid;
  return change.sid === sid && change.gid === gid;
}

function effectsOf({ bits, flowInts }: Signature): string[] {
  return [
    ...bits.filter(({ operation }) => !["isset", "isnotset"].includes(operation)).map(bitText),
    ...flowInts.filter(({ operation }) => ["=", "+", "-"].includes(operation)).map(flowIntText),
  ];
}

function sidsOf(signatures: readonly Signature[] = []): number[] {
  return [...new Set(signatures.map(({ sid }) => sid))].sort((a, b) => a - b);
}

/** Where the rule is filed, once for each kind of thing it is judged on. */
function filingsOf(signature: Signature, all: readonly Signature[]): Filing[] {
  return ruleKindsOf(signature).map((kind) => {
    const fast = kind === RuleKind.ADDRESS ? undefined : fastPatternFor(signature, kind);
    const key = groupKey(signature, kind);
    return {
      judgedOn: JUDGED_ON[kind as keyof typeof JUDGED_ON],
      directions: signature.directions,
      stage: kind === RuleKind.MESSAGE ? (signature.stage === STAGE_BODY ? "body" : "head") : undefined,
      literal: fast && patternText(fast.content.pattern),
      buffer: fast && bufferWithTransforms(fast.section.field, fast.section.transforms),
      neighbours: all.filter(
        (other) => other !== signature && ruleKindsOf(other).includes(kind) && groupKey(other, kind) === key,
      ).length,
    };
  });
}

/** Rules with one key are tried together. */
function groupKey(signature: Signature, kind: number): string {
  const fast = kind === RuleKind.ADDRESS ? undefined : fastPatternFor(signature, kind);
  if (!fast) return "always";
  return bufferWithTransforms(fast.section.field, fast.section.transforms);
}

/** From what is certain without traffic: how rarely the rule is tried, and whether expressions run then. */
function costOf(filings: readonly Filing[], expressionCount: number): RuleExplanation["cost"] {
  const isAlways = filings.some(({ judgedOn, literal }) => judgedOn !== "address" && literal === undefined);
  // Quotes stand around the literal.
  const isShort = filings.some(({ literal }) => literal !== undefined && literal.length < 5);
  if (isAlways) return expressionCount > 0 ? "high" : "medium";
  return isShort || expressionCount > 1 ? "medium" : "low";
}
