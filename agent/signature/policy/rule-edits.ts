/**
 * Applies `disable.conf`, `enable.conf`, `drop.conf` and `modify.conf` to the lines of rule files, in suricata-update's order:
 * disable, enable, drop rule by rule; then every line of modify over all rules. Rules that a file has commented out take part,
 * so that they can be enabled.
 */
import { RuleError } from "../rule-error.js";
import type { RuleLine } from "../rule-lines.js";
import { type ModifyFilter, parseModifyFilter } from "./modify-filter.js";
import { parseRuleMatcher, type RuleMatcher } from "./rule-matcher.js";
import {
  MAX_POLICY_LINE_LENGTH,
  type PolicyLine,
  type PolicyProblem,
  policyLines,
  type RuleChange,
  type RulePolicy,
} from "./rule-policy.js";

/** A rule on its way from its file to the parser. */
export interface EditedRule {
  readonly line: RuleLine;
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  /** Without the mark of a disabled rule. */
  text: string;
  isEnabled: boolean;
}

interface Placed<T> {
  readonly place: PolicyLine;
  readonly value: T;
}

export interface RuleEdits {
  readonly disable: readonly Placed<RuleMatcher>[];
  readonly enable: readonly Placed<RuleMatcher>[];
  readonly drop: readonly Placed<RuleMatcher>[];
  readonly modify: readonly Placed<ModifyFilter>[];
  readonly problems: readonly PolicyProblem[];
}

/** Read the policy files; lines that cannot be read stand in `problems`. */
export function parseRuleEdits(policy: RulePolicy): RuleEdits {
  const problems: PolicyProblem[] = [];
  const read = <T>(files: RulePolicy["disable"], parse: (text: string) => T): Placed<T>[] =>
    files.flatMap(policyLines).flatMap((place) => {
      try {
        if (place.text.length > MAX_POLICY_LINE_LENGTH) throw new RuleError("the line is too long");
        // What stands behind " #" is a remark.
        return [{ place, value: parse(place.text.replace(/\s#.*$/, "").trim()) }];
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        problems.push({ file: place.file, line: place.line, reason: error.message });
        return [];
      }
    });
  return {
    disable: read(policy.disable, parseRuleMatcher),
    enable: read(policy.enable, parseRuleMatcher),
    drop: read(policy.drop, parseRuleMatcher),
    modify: read(policy.modify, parseModifyFilter),
    problems,
  };
}

/** Whether there is anything to apply. */
export function hasRuleEdits({ disable, enable, drop, modify }: RuleEdits): boolean {
  return disable.length + enable.length + drop.length + modify.length > 0;
}

/** The rules that are enabled in the end, with their new texts; what was changed, and lines of the policy that met no rule. */
export function editRules(
  enabled: readonly RuleLine[],
  disabled: readonly RuleLine[],
  edits: RuleEdits,
): { lines: RuleLine[]; changes: RuleChange[]; problems: PolicyProblem[] } {
  const rules = [
    ...enabled.map((line) => editedRule(line, line.text, true)),
    ...disabled.map((line) => editedRule(line, line.text.replace(/^#[\s#]*/, ""), false)),
  ];
  const changes: RuleChange[] = [];
  const problems: PolicyProblem[] = [];
  const used = new Set<PolicyLine>();
  const tell = (rule: EditedRule, place: PolicyLine, kind: RuleChange["kind"], detail = ""): void => {
    const { gid, sid } = rule;
    changes.push({ gid, sid, kind, file: place.file, line: place.line, detail });
  };
  for (const rule of rules) {
    for (const { place, value: matches } of edits.disable) {
      if (!matches(rule)) continue;
      used.add(place);
      if (rule.isEnabled) tell(rule, place, "disabled");
      rule.isEnabled = false;
    }
    for (const { place, value: matches } of edits.enable) {
      if (!matches(rule)) continue;
      used.add(place);
      if (!rule.isEnabled) tell(rule, place, "enabled");
      rule.isEnabled = true;
    }
    for (const { place, value: matches } of edits.drop) {
      if (!matches(rule) || /[;(]\s*noalert\s*;/.test(rule.text)) continue;
      used.add(place);
      rule.text = rule.text.replace(/^\w+/, "drop");
      if (rule.isEnabled) tell(rule, place, "dropped");
    }
  }
  for (const { place, value: filter } of edits.modify) {
    for (const rule of rules) {
      if (!filter.matches(rule)) continue;
      used.add(place);
      try {
        if (modify(rule, filter)) tell(rule, place, "modified", shortened(rule.text));
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        problems.push({ file: place.file, line: place.line, reason: `${error.message} (sid ${rule.sid})` });
      }
    }
  }
  const places = [...edits.disable, ...edits.enable, ...edits.drop, ...edits.modify].map(
    ({ place }) => place,
  );
  for (const place of places) {
    if (!used.has(place)) problems.push({ file: place.file, line: place.line, reason: "no rule is meant" });
  }
  const lines = rules.filter(({ isEnabled }) => isEnabled).map(({ line, text }) => ({ ...line, text }));
  return { lines, changes, problems };
}

/** Expressions see a disabled rule with its mark, so that they can take it off. */
function modify(rule: EditedRule, filter: ModifyFilter): boolean {
  const before = rule.isEnabled ? rule.text : `# ${rule.text}`;
  const after = filter.apply(before);
  if (after === before) return false;
  const isEnabled = !/^\s*#/.test(after);
  const text = after.replace(/^[\s#]+/, "");
  if (!/^\w+\s.*\(.*\)\s*$/s.test(text)) throw new RuleError("what is left is no rule");
  rule.isEnabled = isEnabled;
  rule.text = text;
  return true;
}

function editedRule(line: RuleLine, text: string, isEnabled: boolean): EditedRule {
  return {
    line,
    text,
    isEnabled,
    gid: numberOf(text, "gid") ?? 1,
    sid: numberOf(text, "sid") ?? 0,
    rev: numberOf(text, "rev") ?? 0,
  };
}

/** The last number option of that name. */
function numberOf(text: string, name: string): number | undefined {
  const found = [...text.matchAll(new RegExp(`[;(]\\s*${name}\\s*:\\s*(\\d+)\\s*;`, "g"))].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
