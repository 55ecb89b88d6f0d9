/**
 * Puts the lines of `threshold.config` on the rules they mean, with Suricata's precedence: a `threshold` or `event_filter` for
 * one rule replaces the rule's own, one for many rules leaves rules alone that have their own, a `rate_filter` always does;
 * suppressions add up and go before all thresholds.
 */
import type { Signature, Suppression, Threshold } from "../signature.js";
import type { PolicyProblem, RuleChange } from "./rule-policy.js";
import type { ThresholdEntry } from "./threshold-config.js";

/** A rule while lines are put on it. */
interface Target {
  readonly signature: Signature;
  readonly suppressions: Suppression[];
  thresholds: Threshold[];
  isSuppressed: boolean;
}

/** The rules as the lines leave them, in the same order; each line that changed a rule, and each that could not. */
export function applyThresholdConfig(
  signatures: readonly Signature[],
  entries: readonly ThresholdEntry[],
): { signatures: readonly Signature[]; changes: RuleChange[]; problems: PolicyProblem[] } {
  const changes: RuleChange[] = [];
  const problems: PolicyProblem[] = [];
  if (entries.length === 0) return { signatures, changes, problems };
  const targets = signatures.map(
    (signature): Target => ({
      signature,
      suppressions: [],
      thresholds: [...signature.thresholds],
      isSuppressed: false,
    }),
  );
  const byId = new Map(targets.map((target) => [`${target.signature.gid}:${target.signature.sid}`, target]));
  const changed = new Set<Target>();
  for (const entry of entries) {
    const isOne = entry.sid > 0;
    const one = byId.get(`${entry.gid}:${entry.sid}`);
    const meant = !isOne
      ? targets.filter(({ signature }) => entry.gid === 0 || signature.gid === entry.gid)
      : one
        ? [one]
        : [];
    if (meant.length === 0) {
      problems.push({ ...placeOf(entry), reason: `no loaded rule is ${entry.gid}:${entry.sid}` });
    }
    let kept = 0;
    for (const target of meant) {
      if (!applyTo(target, entry, isOne)) kept++;
      else {
        changed.add(target);
        // A line for all rules is told once in the report, not once a rule.
        if (isOne) changes.push(changeOf(target.signature, entry));
      }
    }
    if (kept > 0) {
      const reason = isOne
        ? "the rule has a threshold of its own, which goes before a rate_filter"
        : `${kept} rules have a threshold of their own and keep it`;
      problems.push({ ...placeOf(entry), reason });
    }
    if (!isOne) changes.push({ ...changeOf({ gid: entry.gid, sid: 0 }, entry) });
  }
  const result = targets.map((target) => (changed.has(target) ? merged(target) : target.signature));
  return { signatures: result, changes, problems };
}

/** False where the rule keeps its own threshold. */
function applyTo(target: Target, { action }: ThresholdEntry, isOne: boolean): boolean {
  if (action.kind === "suppress") {
    if (action.suppression) target.suppressions.push(action.suppression);
    else target.isSuppressed = true;
    return true;
  }
  const isReplacing = isOne && action.threshold.type !== "rate_filter";
  if (target.thresholds.length > 0 && !isReplacing) return false;
  if (isReplacing) target.thresholds.pop();
  target.thresholds.push(action.threshold);
  return true;
}

function merged({ signature, suppressions, thresholds, isSuppressed }: Target): Signature {
  return { ...signature, suppressions, thresholds, isSuppressed };
}

function placeOf({ file, line }: ThresholdEntry): { file: string; line: number } {
  return { file, line };
}

function changeOf({ gid, sid }: { gid: number; sid: number }, entry: ThresholdEntry): RuleChange {
  const { action, text } = entry;
  const kind =
    action.kind === "suppress"
      ? "suppressed"
      : action.threshold.type === "rate_filter"
        ? "rate_filter"
        : "threshold";
  return { gid, sid, kind, ...placeOf(entry), detail: text };
}
