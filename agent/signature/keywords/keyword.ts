import type { DataSetCatalogue } from "../data-set.js";
import type { Reputation } from "../reputation.js";
import type { SignatureBuilder } from "../signature-builder.js";

/** What the rules of a set share besides each other. */
export interface RuleContext {
  /** Classtype → priority and text, from `classification.config`. */
  readonly classifications: ReadonlyMap<string, Classification>;
  /** Sets that rules before have named. */
  readonly dataSets: DataSetCatalogue;
  /** Reputations by the rule file beside whose folder they lie. */
  readonly reputations: Map<string, Reputation>;
  /**
   * Text of the data file `name` that a rule of `ruleFile` asks for, undefined where it is missing, too large or out of
   * bounds; without it no rule can load data.
   */
  readonly readData?: ((name: string, ruleFile: string) => string | undefined) | undefined;
}

export interface Classification {
  readonly description: string;
  readonly priority: number;
}

/** One keyword of the rule language. */
export interface Keyword {
  readonly names: readonly string[];
  /**
   * Put what the keyword says into the rule that is being built.
   *
   * @param value what stands behind the colon; undefined without one
   * @throws RuleError with the sentence the operator reads
   */
  apply(rule: SignatureBuilder, value: string | undefined, context: RuleContext, name: string): void;
}
