/** Gathers the differences of two engines and tells them by rule. */
import { basename, dirname } from "node:path";
import { sidOf } from "./alerts.js";

const SHOWN_RULES = 60;
const SHOWN_CAPTURES = 3;

interface Difference {
  readonly rules: string;
  readonly capture: string;
  readonly key: string;
  /** Alerts of Suricata and of the agent. */
  readonly wanted: number;
  readonly found: number;
}

interface LoadDifference {
  readonly rules: string;
  readonly sid: number;
  /** Who refuses it, with the agent's reason. */
  readonly refusal: string;
}

export class Report {
  readonly #captures: { readonly capture: string; readonly both: number }[] = [];
  #both = 0;
  #sameCount = 0;
  readonly #differences: Difference[] = [];
  readonly #loads: LoadDifference[] = [];
  /** Rules that only one engine runs are told once, not at every alert. */
  readonly #unequal = new Set<string>();

  /** The rules of a file that either engine refused. */
  addRules(
    rules: string,
    bySuricata: ReadonlyMap<number, string>,
    byAgent: ReadonlyMap<number, string>,
  ): void {
    for (const [sid, reason] of byAgent) {
      if (!bySuricata.has(sid)) this.#addLoad(rules, sid, `refused here: ${reason}`);
    }
    for (const [sid, reason] of bySuricata) {
      if (!byAgent.has(sid)) this.#addLoad(rules, sid, `refused by Suricata alone: ${reason}`);
    }
  }

  /** The alerts on one capture. */
  addCapture(
    rules: string,
    capture: string,
    wanted: ReadonlyMap<string, number>,
    found: ReadonlyMap<string, number>,
  ): void {
    const bothBefore = this.#both;
    for (const key of new Set([...wanted.keys(), ...found.keys()])) {
      if (this.#unequal.has(`${rules} ${sidOf(key)}`)) continue;
      const counts = { wanted: wanted.get(key) ?? 0, found: found.get(key) ?? 0 };
      if (counts.wanted > 0 && counts.found > 0) this.#both++;
      if (counts.wanted === counts.found) this.#sameCount++;
      else this.#differences.push({ rules, capture, key, ...counts });
    }
    this.#captures.push({ capture, both: this.#both - bothBefore });
  }

  get isEqual(): boolean {
    return this.#differences.length === 0 && this.#loads.length === 0;
  }

  json(): string {
    return JSON.stringify(
      { loads: this.#loads, captures: this.#captures, differences: this.#differences },
      undefined,
      1,
    );
  }

  text(): string {
    const missed = this.#differences.filter(({ found }) => found === 0);
    const surplus = this.#differences.filter(({ wanted }) => wanted === 0);
    const lines = [
      `${this.#captures.length} captures: precision ${share(this.#both, surplus.length)}, recall ${share(this.#both, missed.length)}, same count ${share(this.#sameCount, this.#both - this.#sameCount)}`,
      ...this.#loads.map(({ rules, sid, refusal }) => `  ${nameOf(rules)} ${sid}: ${refusal}`),
    ];
    const byRule = new Map<string, Difference[]>();
    for (const difference of this.#differences) {
      const rule = `${nameOf(difference.rules)} ${sidOf(difference.key)}`;
      byRule.set(rule, [...(byRule.get(rule) ?? []), difference]);
    }
    const worst = [...byRule].sort((a, b) => weight(b[1]) - weight(a[1]));
    for (const [rule, all] of worst.slice(0, SHOWN_RULES)) {
      const count = (test: (difference: Difference) => boolean) => all.filter(test).length;
      const [fn, fp] = [count(({ found }) => found === 0), count(({ wanted }) => wanted === 0)];
      lines.push(`  ${rule}: FN ${fn} FP ${fp} N ${all.length - fn - fp}`);
      const shown = [...all].sort((a, b) => weight([b]) - weight([a])).slice(0, SHOWN_CAPTURES);
      for (const { capture, key, wanted, found } of shown)
        lines.push(`      ${capture}: ${key.replace(/^\d+ /, "")}: ${wanted} there, ${found} here`);
    }
    if (worst.length > SHOWN_RULES) lines.push(`  and ${worst.length - SHOWN_RULES} rules more`);
    return `${lines.join("\n")}\n`;
  }

  #addLoad(rules: string, sid: number, refusal: string): void {
    this.#unequal.add(`${rules} ${sid}`);
    this.#loads.push({ rules, sid, refusal });
  }
}

/** Missed and surplus alerts weigh more than other counts. */
function weight(differences: readonly Difference[]): number {
  return differences.reduce((sum, { wanted, found }) => sum + (wanted === 0 || found === 0 ? 1000 : 1), 0);
}

function share(right: number, wrong: number): string {
  const all = right + wrong;
  return all === 0 ? "n/a" : `${((100 * right) / all).toFixed(2)} % (${right}/${all})`;
}

function nameOf(rules: string): string {
  return `${basename(dirname(rules))}/${basename(rules)}`;
}
