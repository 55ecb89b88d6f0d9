import type { RuleImage } from "../signature/image.js";
import { describeRule, type RuleDescription } from "../signature/rule-description.js";

const MAX_KEPT = 512;

/**
 * What is said about the rules that alerted lately: few rules make most alerts, and their texts and lists are the dearest part of
 * an alert. Memory: MAX_KEPT descriptions, of the rules in force only.
 */
export class DescribedRules {
  #image: RuleImage | undefined;
  readonly #kept = new Map<number, RuleDescription>();

  /** The description of a rule of `image`; it is shared, and must not be changed. */
  of(image: RuleImage, rule: number): RuleDescription {
    if (image !== this.#image) {
      this.#image = image;
      this.#kept.clear();
    }
    const known = this.#kept.get(rule);
    if (known !== undefined) return known;
    const description = describeRule(image, rule);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(rule, description);
    return description;
  }
}
