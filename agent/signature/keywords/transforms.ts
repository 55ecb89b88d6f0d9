import { RuleError } from "../rule-error.js";
import { TRANSFORM_NAMES } from "../transform-names.js";
import type { Keyword } from "./keyword.js";

/** Keywords that change what a sticky buffer holds before the conditions look at it. */
export const transformKeywords: readonly Keyword[] = TRANSFORM_NAMES.map((name) => ({
  names: [name],
  apply(rule, value) {
    const argument = name === "xor" ? xorKey(value) : "";
    if (name !== "xor" && value !== undefined && value !== "") throw new RuleError(`${name}: takes no value`);
    rule.addTransform({ name, argument });
  },
}));

/** The key of `xor` in hexadecimal, at most 255 bytes. */
function xorKey(value: string | undefined): string {
  const key = (value ?? "").replaceAll('"', "").trim().toLowerCase();
  if (!/^([0-9a-f]{2}){1,255}$/.test(key)) throw new RuleError(`xor: the key "${key}" is not hexadecimal`);
  return key;
}
