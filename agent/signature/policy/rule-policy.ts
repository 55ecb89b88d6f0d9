import type { RuleFile } from "../rule-set.js";

/**
 * What an operator says about rules that come from elsewhere, as texts: `threshold.config` of Suricata, and the `disable.conf`,
 * `enable.conf`, `drop.conf` and `modify.conf` of suricata-update. Later files add to earlier ones.
 */
export interface RulePolicy {
  readonly thresholds: readonly RuleFile[];
  readonly disable: readonly RuleFile[];
  readonly enable: readonly RuleFile[];
  readonly drop: readonly RuleFile[];
  readonly modify: readonly RuleFile[];
}

export const NO_POLICY: RulePolicy = { thresholds: [], disable: [], enable: [], drop: [], modify: [] };

/** A line of a policy file that has no effect, and why. */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What became of a rule through a line of a policy file. */
export interface RuleChange {
  readonly gid: number;
  readonly sid: number;
  readonly kind: "disabled" | "enabled" | "dropped" | "modified" | "suppressed" | "threshold" | "rate_filter";
  /** File and line of the policy that did it. */
  readonly file: string;
  readonly line: number;
  /** What exactly, for people; empty where the kind says it. */
  readonly detail: string;
}

export interface PolicyLine {
  readonly file: string;
  /** Number of the first physical line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** More lines in one policy file are not read: a bound for hostile files. */
export const MAX_POLICY_LINES = 100_000;
/** Longer lines are refused. */
export const MAX_POLICY_LINE_LENGTH = 16 * 1024;

/** Lines that say something: no comments and blanks; a backslash at the end goes on in the next line. */
export function policyLines({ path, text }: RuleFile): PolicyLine[] {
  const lines: PolicyLine[] = [];
  let collected = "";
  let start = 0;
  const physical = text.split("\n", MAX_POLICY_LINES);
  for (let i = 0; i < physical.length; i++) {
    const line = physical[i]!.replace(/\r$/, "");
    if (collected === "") {
      if (/^\s*(?:#|$)/.test(line)) continue;
      start = i + 1;
    }
    const isContinued = line.endsWith("\\") && i + 1 < physical.length;
    collected += isContinued ? line.slice(0, -1) : line;
    if (isContinued && collected.length <= MAX_POLICY_LINE_LENGTH) continue;
    lines.push({ file: path, line: start, text: collected.slice(0, MAX_POLICY_LINE_LENGTH + 1) });
    collected = "";
  }
  return lines;
}
