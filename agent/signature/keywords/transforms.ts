import { RuleError } from "../rule-error.js";
import { TRANSFORM_NAMES } from "../transform-names.js";
import type { Keyword } from "./keyword.js";

/** Keywords that change what a sticky buffer holds before the conditions look at it. */
export const transformKeywords: readonly Keyword[] = TRANSFORM_NAMES.map((name) => ({
  names: [name],
  apply(rule, value) {
    if (value !== undefined && value !== "") throw new RuleError(`${name}: takes no value`);
    rule.addTransform({ name, argument: "" });
  },
}));
