/**
 * Owns what is remembered of each rule while a set is read: enough to tell which of two rules with one sid stays and to report,
 * but not the rule itself, of which there are tens of thousands.
 */
import { MAX_RULE_LENGTH } from "./rule-lines.js";
import type { RuleNote } from "./rule-set.js";
import type { Signature, Threshold } from "./signature.js";

/** A rule that was read and stays. */
export interface KnownRule {
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly file: string;
  readonly line: number;
  /** Its own, before those of threshold.config. */
  readonly thresholds: readonly Threshold[];
  readonly notes: readonly string[];
  /** Hash of what it says, whatever its revision and its blanks. */
  readonly body: number;
  /** Its number where the signatures go. */
  rule: number;
}

/** Of two rules the one that does not stay. */
export interface Rivalry {
  readonly loser: KnownRule;
  readonly winner: KnownRule;
}

const NONE: readonly never[] = [];

export class KnownRules {
  readonly #byId = new Map<number | string, KnownRule>();

  get size(): number {
    return this.#byId.size;
  }

  /** Of two rules with one sid the higher revision stays; of equal ones the first. */
  add(signature: Signature): { readonly known: KnownRule; readonly rivalry: Rivalry | undefined } {
    const { gid, sid, rev, file, line, thresholds, notes, text } = signature;
    // Without a spread: V8 would give each of these a shape of its own, 400 bytes a rule.
    const known: KnownRule = {
      gid,
      sid,
      rev,
      file,
      line,
      thresholds: thresholds.length > 0 ? thresholds : NONE,
      notes: notes.length > 0 ? notes : NONE,
      body: bodyHash(text),
      rule: -1,
    };
    const key = gid < 2 ** 20 ? gid * 2 ** 32 + sid : `${gid}:${sid}`;
    const before = this.#byId.get(key);
    if (before && rev <= before.rev) return { known, rivalry: { loser: known, winner: before } };
    // The newer one stands where it was read.
    if (before) this.#byId.delete(key);
    this.#byId.set(key, known);
    return { known, rivalry: before && { loser: before, winner: known } };
  }

  all(): IterableIterator<KnownRule> {
    return this.#byId.values();
  }

  notes(): RuleNote[] {
    return [...this.all()].flatMap(({ sid, file, line, notes }) =>
      notes.map((note) => ({ sid, file, line, note })),
    );
  }
}

const MULTIPLIERS = [0x01000193, 0x85ebca6b] as const;
const REVISION = /\brev\s*:\s*\d+\s*;/;
const encoder = new TextEncoder();
/** A rule has 64 Ki units at most (MAX_RULE_LENGTH), each of three bytes at most. */
const scratch = new Uint8Array(3 * MAX_RULE_LENGTH);

/** 53 bits of what a rule says. */
function bodyHash(text: string): number {
  const { written } = encoder.encodeInto(withoutRevision(text), scratch);
  let [high, low] = [0x811c9dc5, 0x243f6a88];
  for (let i = 0; i < written; i++) {
    const byte = scratch[i]!;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    high = Math.imul(high ^ byte, MULTIPLIERS[0]);
    low = Math.imul(low ^ byte, MULTIPLIERS[1]);
    low ^= low >>> 15;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function withoutRevision(text: string): string {
  // It stands near the end of nearly every rule, where it is found at once.
  const at = text.lastIndexOf(" rev:");
  const end = text.indexOf(";", at);
  if (at >= 0 && end >= 0 && REVISION.test(text.slice(at, end + 1))) {
    return text.slice(0, at) + text.slice(end + 1);
  }
  return text.replace(REVISION, "");
}
