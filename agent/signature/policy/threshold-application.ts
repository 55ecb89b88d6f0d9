/**
 * Puts the lines of `threshold.config` on the rules they mean, with Suricata's precedence: a `threshold` or `event_filter` for
 * one rule replaces the rule's own, one for many rules leaves rules alone that have their own, a `rate_filter` always does;
 * suppressions add up and go before all thresholds.
 */
import type { Signature, Suppression, Threshold } from "../signature.js";
import type { PolicyProblem, RuleChange } from "./rule-policy.js";
import type { ThresholdEntry } from "./threshold-config.js";

/** What has to be known of a rule to say what the lines do to it. */
type Ruled = Pick<Signature, "gid" | "sid" | "thresholds">;

/** A rule while lines are put on it. */
interface Target {
  readonly suppressions: Suppression[];
  thresholds: Threshold[];
  isSuppressed: boolean;
}

export class ThresholdApplication {
  readonly #entries: readonly ThresholdEntry[];
  /** Places of entries for one rule, by its id; and of those for many. */
  readonly #byId = new Map<string, number[]>();
  readonly #forMany: number[] = [];

  constructor(entries: readonly ThresholdEntry[]) {
    this.#entries = entries;
    entries.forEach(({ gid, sid }, index) => {
      if (sid === 0) this.#forMany.push(index);
      else this.#byId.set(`${gid}:${sid}`, [...(this.#byId.get(`${gid}:${sid}`) ?? []), index]);
    });
  }

  /** The rule as the lines leave it. */
  apply(signature: Signature): Signature {
    if (this.#entries.length === 0) return signature;
    const meant = this.#meant(signature);
    if (meant.length === 0) return signature;
    const target = targetOf(signature);
    const changes = meant.filter((index) => applyTo(target, this.#entries[index]!));
    return changes.length === 0 ? signature : { ...signature, ...target };
  }

  /** Each line that changed a rule, and each that could not; a line for all rules is told once. */
  report(rules: Iterable<Ruled>): { changes: RuleChange[]; problems: PolicyProblem[] } {
    if (this.#entries.length === 0) return { changes: [], problems: [] };
    const tallies = this.#entries.map(() => ({ meant: 0, kept: 0 }));
    for (const rule of rules) {
      const target = targetOf(rule);
      for (const index of this.#meant(rule)) {
        tallies[index]!.meant++;
        if (!applyTo(target, this.#entries[index]!)) tallies[index]!.kept++;
      }
    }
    const changes: RuleChange[] = [];
    const problems: PolicyProblem[] = [];
    this.#entries.forEach((entry, index) => {
      const { meant, kept } = tallies[index]!;
      const isOne = entry.sid > 0;
      if (meant === 0)
        problems.push({ ...placeOf(entry), reason: `no loaded rule is ${entry.gid}:${entry.sid}` });
      if (kept > 0) {
        const reason = isOne
          ? "the rule has a threshold of its own, which goes before a rate_filter"
          : `${kept} rules have a threshold of their own and keep it`;
        problems.push({ ...placeOf(entry), reason });
      }
      if (!isOne || meant > kept) changes.push(changeOf(entry));
    });
    return { changes, problems };
  }

  /** Places of the entries that mean a rule, rising. */
  #meant({ gid, sid }: Pick<Ruled, "gid" | "sid">): readonly number[] {
    const one = this.#byId.get(`${gid}:${sid}`) ?? [];
    const many = this.#forMany.filter((index) => {
      const { gid: meant } = this.#entries[index]!;
      return meant === 0 || meant === gid;
    });
    if (many.length === 0) return one;
    return [...one, ...many].sort((a, b) => a - b);
  }
}

function targetOf({ thresholds }: Pick<Ruled, "thresholds">): Target {
  return { suppressions: [], thresholds: [...thresholds], isSuppressed: false };
}

/** False where the rule keeps its own threshold. */
function applyTo(target: Target, { action, sid }: ThresholdEntry): boolean {
  if (action.kind === "suppress") {
    if (action.suppression) target.suppressions.push(action.suppression);
    else target.isSuppressed = true;
    return true;
  }
  const isReplacing = sid > 0 && action.threshold.type !== "rate_filter";
  if (target.thresholds.length > 0 && !isReplacing) return false;
  if (isReplacing) target.thresholds.pop();
  target.thresholds.push(action.threshold);
  return true;
}

function placeOf({ file, line }: ThresholdEntry): { file: string; line: number } {
  return { file, line };
}

function changeOf(entry: ThresholdEntry): RuleChange {
  const { action, text, gid, sid } = entry;
  const kind =
    action.kind === "suppress"
      ? "suppressed"
      : action.threshold.type === "rate_filter"
        ? "rate_filter"
        : "threshold";
  return { gid, sid, kind, ...placeOf(entry), detail: text };
}
