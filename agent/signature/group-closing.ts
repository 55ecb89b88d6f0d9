/**
 * Rules are filed as they come and numbered by the order in which they are judged, which is known when all have come: this
 * turns what was filed into what the image holds. A rule that was dropped meanwhile has no number.
 */
import { fileLiterals } from "./literal-filing.js";
import { buildLiteralIndex, type FiledLiteral } from "./literal-index.js";
import type { OpenGroup } from "./port-filing.js";
import { GATE_WORDS, GateWord, GROUP_WORDS, GroupWord, SearchBuilder } from "./search-words.js";

export class Closing {
  readonly search = new SearchBuilder();
  readonly #ranks: Int32Array;
  readonly #stored: Uint8Array;

  /**
   * @param ranks number in the image of each rule as it came; −1: dropped
   * @param stored the image's literals
   */
  constructor(ranks: Int32Array, stored: Uint8Array) {
    this.#ranks = ranks;
    this.#stored = stored;
  }

  /** Number of one rule; −1: dropped. */
  rank(rule: number): number {
    return this.#ranks[rule]!;
  }

  /** Numbers of rules, rising. */
  rules(rules: readonly number[]): Int32Array {
    return Int32Array.from(rules, (rule) => this.#ranks[rule]!)
      .filter((rank) => rank >= 0)
      .sort();
  }

  /** Write GroupWords of a group; where they stand. */
  group(group: OpenGroup): number {
    const at = this.search.words.grow(GROUP_WORDS);
    this.groupAt(at, group);
    return at;
  }

  /** The same where there is room for them at `at`. */
  groupAt(at: number, { always, literals }: OpenGroup): void {
    const { words } = this.search;
    const kept = literals.filter(({ rule }) => this.#ranks[rule]! >= 0);
    const { open, gates } = fileLiterals(kept, this.#stored);
    const numbers = this.rules(always);
    const gatesAt = gates.length === 0 ? 0 : words.grow(gates.length * GATE_WORDS);
    words.set(at + GroupWord.ALWAYS, this.search.array(numbers));
    words.set(at + GroupWord.ALWAYS_COUNT, numbers.length);
    words.set(at + GroupWord.INDEX, this.literals(open));
    words.set(at + GroupWord.GATES, gatesAt);
    words.set(at + GroupWord.GATE_COUNT, gates.length);
    gates.forEach(({ firstPlace, lastPlace, gram, mask, literals: behind }, i) => {
      const gate = gatesAt + i * GATE_WORDS;
      words.set(gate + GateWord.FIRST_PLACE, firstPlace);
      words.set(gate + GateWord.LAST_PLACE, lastPlace);
      words.set(gate + GateWord.GRAM, gram);
      words.set(gate + GateWord.MASK, mask);
      words.set(gate + GateWord.INDEX, this.literals(behind));
    });
  }

  /** Write a literal prefilter; where it stands, 0 where there are no literals. */
  literals(literals: readonly FiledLiteral[]): number {
    const ranked = literals
      .map((literal) => ({ ...literal, rule: this.#ranks[literal.rule]! }))
      .filter(({ rule }) => rule >= 0)
      .sort((a, b) => a.rule - b.rule);
    return buildLiteralIndex(ranked, this.#stored, this.search);
  }
}
