/**
 * Rules are filed as they come and numbered by the order in which they are judged, which is known when all have come: this
 * turns what was filed into what the image holds. A rule that was dropped meanwhile has no number.
 */
import type { LiteralIndex } from "./image.js";
import { buildLiteralIndex, type FiledLiteral } from "./literal-index.js";

export class Closing {
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

  /** Numbers of rules, rising. */
  rules(rules: readonly number[]): Int32Array {
    return Int32Array.from(rules, (rule) => this.#ranks[rule]!)
      .filter((rank) => rank >= 0)
      .sort();
  }

  /** Undefined where there are none. */
  literals(literals: readonly FiledLiteral[]): LiteralIndex | undefined {
    const ranked = literals
      .map((literal) => ({ ...literal, rule: this.#ranks[literal.rule]! }))
      .filter(({ rule }) => rule >= 0)
      .sort((a, b) => a.rule - b.rule);
    return buildLiteralIndex(ranked, this.#stored);
  }
}
