import { unquote } from "../content-pattern.js";
import { translatePcre } from "../pcre-translation.js";
import { RuleError } from "../rule-error.js";
import { TRANSFORM_NAMES, type TransformName } from "../transform-names.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Keywords that change what a sticky buffer holds before the conditions look at it. */
export const transformKeywords: readonly Keyword[] = TRANSFORM_NAMES.map((name) => ({
  names: [name],
  apply(rule, value) {
    rule.addTransform({ name, argument: argumentOf(name, value) });
  },
}));

function argumentOf(name: TransformName, value: string | undefined): string {
  if (name === "xor") return xorKey(value);
  if (name === "pcrexform") return captureExpression(value);
  refuseValue(value, name);
  return "";
}

/** The expression of `pcrexform` (without slashes) as JSON of `source` and `flags`; it captures exactly one part. */
function captureExpression(value: string | undefined): string {
  const { isNegated, text } = unquote(requireValue(value, "pcrexform"), "pcrexform");
  if (isNegated) throw new RuleError("pcrexform: cannot be negated");
  const { source, flags } = translatePcre(text, new Set());
  const captures = new RegExp(`${source}|`, flags).exec("")!.length - 1;
  if (captures !== 1) throw new RuleError(`pcrexform: captures ${captures} parts, not one`);
  return JSON.stringify({ source, flags });
}

/** The key of `xor` in hexadecimal, at most 255 bytes. */
function xorKey(value: string | undefined): string {
  const { isNegated, text } = unquote(requireValue(value, "xor"), "xor");
  if (isNegated) throw new RuleError("xor: cannot be negated");
  const key = text.toLowerCase();
  if (!/^([0-9a-f]{2}){1,255}$/.test(key)) throw new RuleError(`xor: the key "${key}" is not hexadecimal`);
  return key;
}
