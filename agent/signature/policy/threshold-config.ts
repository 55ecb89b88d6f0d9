/**
 * Reads `threshold.config` as Suricata 7 does: `suppress`, `threshold`, `event_filter` and `rate_filter` lines for one rule,
 * for all rules of a generator (`sig_id 0`) or for all rules (both 0). A line that cannot be read is a problem with its place
 * and the others count.
 *
 * Bounds: MAX_POLICY_LINES a file, MAX_ENTRIES in all.
 */
import type { AddressBudget } from "../address-budget.js";
import { parseAddressGroup } from "../address-group.js";
import { RuleError } from "../rule-error.js";
import type { RuleFile } from "../rule-set.js";
import type { Suppression, Threshold } from "../signature.js";
import { MAX_POLICY_LINE_LENGTH, type PolicyLine, type PolicyProblem, policyLines } from "./rule-policy.js";

export interface ThresholdEntry {
  readonly file: string;
  readonly line: number;
  /** 0: every generator. */
  readonly gid: number;
  /** 0: every rule. */
  readonly sid: number;
  readonly action:
    | { readonly kind: "suppress"; readonly suppression: Suppression | undefined }
    | { readonly kind: "threshold"; readonly threshold: Threshold };
  /** The line as written, blanks joined. */
  readonly text: string;
}

const MAX_ENTRIES = 100_000;
const MAX_NUMBER = 0xffff_ffff;

const BASE =
  /^\s*(event_filter|threshold|rate_filter|suppress)\s*gen_id\s*(\d+)\s*,\s*sig_id\s*(\d+)\s*(.*)$/;
const THRESHOLD =
  /^,\s*type\s*(limit|both|threshold)\s*,\s*track\s*(by_dst|by_src|by_both|by_rule)\s*,\s*count\s*(\d+)\s*,\s*seconds\s*(\d+)$/;
const RATE =
  /^,\s*track\s*(by_dst|by_src|by_both|by_rule)\s*,\s*count\s*(\d+)\s*,\s*seconds\s*(\d+)\s*,\s*new_action\s*(alert|drop|pass|log|sdrop|reject)\s*,\s*timeout\s*(\d+)$/;
/** As in Suricata an exclamation mark stands in a variable only, never in the line itself. */
const SUPPRESS = /^,\s*track\s*(by_dst|by_src|by_either)\s*,\s*ip\s*([[\],$\s\da-zA-Z.:/_]+)$/;

/** Read all lines of `files`; `groups` are the address variables that `ip` may name, `addresses` what room they have. */
export function parseThresholdConfig(
  files: readonly RuleFile[],
  groups: Readonly<Record<string, string>>,
  addresses: AddressBudget,
): { entries: ThresholdEntry[]; problems: PolicyProblem[] } {
  const entries: ThresholdEntry[] = [];
  const problems: PolicyProblem[] = [];
  for (const line of files.flatMap(policyLines)) {
    try {
      if (entries.length >= MAX_ENTRIES) throw new RuleError(`more than ${MAX_ENTRIES} lines`);
      const entry = parseEntry(line, groups);
      if (entry.action.kind === "suppress" && entry.action.suppression !== undefined)
        addresses.admit(entry.action.suppression.addresses, 1);
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      problems.push({ file: line.file, line: line.line, reason: error.message });
    }
  }
  return { entries, problems };
}

function parseEntry(line: PolicyLine, groups: Readonly<Record<string, string>>): ThresholdEntry {
  if (line.text.length > MAX_POLICY_LINE_LENGTH) throw new RuleError("the line is too long");
  const base = BASE.exec(line.text);
  if (!base) {
    throw new RuleError('a line begins "suppress|threshold|event_filter|rate_filter gen_id N, sig_id N"');
  }
  const [, kind, gidText, sidText, rest] = base as unknown as [string, string, string, string, string];
  const options = rest.trimEnd();
  const gid = number(gidText, "gen_id");
  const sid = number(sidText, "sig_id");
  if (sid > 0 && gid === 0) throw new RuleError("gen_id 0 goes with sig_id 0 only");
  const { file, line: at } = line;
  const text = line.text.trim().replace(/\s+/g, " ");
  const entry = { file, line: at, gid, sid, text };
  if (kind === "suppress") {
    return { ...entry, action: { kind, suppression: parseSuppression(rest, groups) } };
  }
  const threshold = kind === "rate_filter" ? parseRate(options) : parseThresholdPart(options, kind);
  return { ...entry, action: { kind: "threshold", threshold } };
}

function parseSuppression(rest: string, groups: Readonly<Record<string, string>>): Suppression | undefined {
  if (rest.trim() === "") return undefined;
  const match = SUPPRESS.exec(rest);
  if (!match) {
    throw new RuleError(
      "suppress: behind sig_id stands nothing, or track by_src|by_dst|by_either, ip ADDRESSES",
    );
  }
  // Suricata's reader of addresses stumbles over it, and the line is lost there too.
  if (/[^,\s]\s+(?:[\],]|$)/.test(match[2]!))
    throw new RuleError("suppress: a blank stands behind an address");
  const addresses = parseAddressGroup(`[${match[2]!.replace(/\s+/g, "")}]`, groups);
  return { track: match[1] as Suppression["track"], addresses };
}

function parseThresholdPart(rest: string, kind: string): Threshold {
  const match = THRESHOLD.exec(rest);
  if (!match) {
    throw new RuleError(
      `${kind}: behind sig_id stand type limit|threshold|both, track by_src|by_dst|by_both|by_rule, count N, seconds N`,
    );
  }
  return {
    type: match[1] as Threshold["type"],
    track: match[2] as Threshold["track"],
    count: count(match[3]!),
    seconds: number(match[4]!, "seconds"),
  };
}

function parseRate(rest: string): Threshold {
  const match = RATE.exec(rest);
  if (!match) {
    throw new RuleError(
      "rate_filter: behind sig_id stand track, count N, seconds N, new_action alert|drop|pass|reject, timeout N",
    );
  }
  return {
    type: "rate_filter",
    track: match[1] as Threshold["track"],
    count: count(match[2]!),
    seconds: number(match[3]!, "seconds"),
    newAction: match[4] as NonNullable<Threshold["newAction"]>,
    timeoutSeconds: number(match[5]!, "timeout"),
  };
}

function count(text: string): number {
  const value = number(text, "count");
  if (value === 0) throw new RuleError("count is at least 1");
  return value;
}

function number(text: string, name: string): number {
  const value = Number(text);
  if (value > MAX_NUMBER) throw new RuleError(`${name} is larger than ${MAX_NUMBER}`);
  return value;
}
