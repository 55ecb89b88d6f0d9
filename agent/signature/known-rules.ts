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
  /** Hash of what it says, whatever its revision and how many blanks stand beside each other. */
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
/** A rule has 64 Ki units at most (MAX_RULE_LENGTH), each of three bytes at most, and a word may be filled up. */
const scratch = new Uint8Array(3 * MAX_RULE_LENGTH + 4);
const scratchWords = new Int32Array(scratch.buffer);

/** 53 bits of what a rule says. */
function bodyHash(text: string): number {
  const written = writeBody(withOneBlank(text));
  scratch.fill(0, written, (written + 3) & ~3);
  let [high, low] = [0x811c9dc5 ^ written, 0x243f6a88];
  for (let i = 0; i < written; i += 4) {
    const word = scratchWords[i >> 2]!;
    high = Math.imul(high ^ word, MULTIPLIERS[0]);
    low = Math.imul(low ^ word, MULTIPLIERS[1]);
    high ^= high >>> 15;
    low ^= low >>> 15;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

/** Write a rule without its revision into the scratch; how many bytes it takes. */
function writeBody(text: string): number {
  // It stands near the end of nearly every rule, where it is found at once.
  const at = text.lastIndexOf(" rev:");
  const end = text.indexOf(";", at);
  if (at < 0 || end < 0 || !REVISION.test(text.slice(at, end + 1))) {
    return encoder.encodeInto(text.replace(REVISION, ""), scratch).written;
  }
  const { written } = encoder.encodeInto(text.slice(0, at), scratch);
  return written + encoder.encodeInto(text.slice(end + 1), scratch.subarray(written)).written;
}

/** Rules that differ in how many blanks stand beside each other say the same. */
function withOneBlank(text: string): string {
  return text.includes("  ") || text.includes("\t") ? text.replace(/\s+/g, " ") : text;
}
