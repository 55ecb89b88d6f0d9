/**
 * Applies `disable.conf`, `enable.conf`, `drop.conf` and `modify.conf` to the lines of rule files, in suricata-update's order:
 * disable, enable, drop rule by rule; then every line of modify over all rules. Rules that a file has commented out take part,
 * so that they can be enabled.
 */
import { ownText } from "../../base/own-text.js";
import { RuleError } from "../rule-error.js";
import type { RuleLine } from "../rule-lines.js";
import { FlowbitSetters } from "./flowbit-setters.js";
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

interface RuleEdits {
  readonly disable: readonly Placed<RuleMatcher>[];
  readonly enable: readonly Placed<RuleMatcher>[];
  readonly drop: readonly Placed<RuleMatcher>[];
  readonly modify: readonly Placed<ModifyFilter>[];
  readonly problems: readonly PolicyProblem[];
}

/** Read the policy files; lines that cannot be read stand in `problems`. */
function parseRuleEdits(policy: RulePolicy): RuleEdits {
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

/** Goes through rules one by one. */
export class RuleEditor {
  readonly #edits: RuleEdits;
  readonly #used = new Set<PolicyLine>();
  readonly #changes: RuleChange[] = [];
  readonly #setters = new FlowbitSetters();
  /** By place among the lines of modify: they are told in the order of the lines. */
  readonly #modified: RuleChange[][];
  readonly #failed: PolicyProblem[][];

  constructor(policy: RulePolicy) {
    this.#edits = parseRuleEdits(policy);
    this.#modified = this.#edits.modify.map(() => []);
    this.#failed = this.#edits.modify.map(() => []);
  }

  /** Whether there is anything to apply. */
  get hasEdits(): boolean {
    const { disable, enable, drop, modify } = this.#edits;
    return disable.length + enable.length + drop.length + modify.length > 0;
  }

  /**
   * The rule with its new text; undefined where it is disabled in the end.
   *
   * @param isEnabled false: it is commented out in its file
   */
  edit(line: RuleLine, isEnabled: boolean): RuleLine | undefined {
    if (!this.hasEdits) return isEnabled ? line : undefined;
    const rule = editedRule(line, isEnabled ? line.text : line.text.replace(/^#[\s#]*/, ""), isEnabled);
    this.#switch(rule);
    this.#modify(rule);
    this.#setters.note(rule);
    return rule.isEnabled ? { ...line, text: rule.text } : undefined;
  }

  /** Disabled rules that rules in force need for their flowbits, once all have been gone through. */
  *neededSetters(): Generator<RuleLine> {
    for (const { line, change } of this.#setters.needed()) {
      this.#changes.push(change);
      yield line;
    }
  }

  /** What was changed, and lines of the policy that cannot be read or met no rule. */
  report(): { readonly changes: readonly RuleChange[]; readonly problems: readonly PolicyProblem[] } {
    const { disable, enable, drop, modify, problems } = this.#edits;
    const unused = [...disable, ...enable, ...drop, ...modify].flatMap(({ place }) =>
      this.#used.has(place) ? [] : [{ file: place.file, line: place.line, reason: "no rule is meant" }],
    );
    return {
      changes: [...this.#changes, ...this.#modified.flat()],
      problems: [...problems, ...this.#failed.flat(), ...unused],
    };
  }

  #switch(rule: EditedRule): void {
    for (const { place, value: matches } of this.#edits.disable) {
      if (!matches(rule)) continue;
      this.#used.add(place);
      if (rule.isEnabled) this.#changes.push(changeOf(rule, place, "disabled"));
      rule.isEnabled = false;
    }
    for (const { place, value: matches } of this.#edits.enable) {
      if (!matches(rule)) continue;
      this.#used.add(place);
      if (!rule.isEnabled) this.#changes.push(changeOf(rule, place, "enabled"));
      rule.isEnabled = true;
    }
    for (const { place, value: matches } of this.#edits.drop) {
      if (!matches(rule) || /[;(]\s*noalert\s*;/.test(rule.text)) continue;
      this.#used.add(place);
      rule.text = rule.text.replace(/^\w+/, "drop");
      if (rule.isEnabled) this.#changes.push(changeOf(rule, place, "dropped"));
    }
  }

  #modify(rule: EditedRule): void {
    this.#edits.modify.forEach(({ place, value: filter }, index) => {
      if (!filter.matches(rule)) return;
      this.#used.add(place);
      try {
        if (!modify(rule, filter)) return;
        this.#modified[index]!.push(changeOf(rule, place, "modified", ownText(shortened(rule.text))));
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        const reason = `${error.message} (sid ${rule.sid})`;
        this.#failed[index]!.push({ file: place.file, line: place.line, reason });
      }
    });
  }
}

function changeOf(
  { gid, sid }: EditedRule,
  { file, line }: PolicyLine,
  kind: RuleChange["kind"],
  detail = "",
): RuleChange {
  return { gid, sid, kind, file, line, detail };
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
