import { Asn1Check } from "../program.js";
import { RuleError } from "../rule-error.js";
import { splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const CHECKS: Readonly<Record<string, number>> = {
  bitstring_overflow: Asn1Check.BITSTRING_OVERFLOW,
  double_overflow: Asn1Check.DOUBLE_OVERFLOW,
};
const MAX_OFFSET = 65_535;

/** `asn1:bitstring_overflow, oversize_length 2048, relative_offset 27`: objects that are encoded to do harm. */
export const asn1Keyword: Keyword = {
  names: ["asn1"],
  apply(rule, value) {
    let checks = 0;
    let maxLength = 0;
    let offset = 0;
    let isRelative = false;
    for (const word of splitArguments(value, "asn1")) {
      const [name = "", text, ...rest] = word.split(/\s+/);
      const number = /^-?\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
      const isNumber = rest.length === 0 && Math.abs(number) <= MAX_OFFSET;
      if (CHECKS[name] !== undefined && text === undefined) checks |= CHECKS[name];
      else if (name === "oversize_length" && isNumber && number >= 0) {
        checks |= Asn1Check.OVERSIZE_LENGTH;
        maxLength = number;
      } else if ((name === "relative_offset" || name === "absolute_offset") && isNumber) {
        offset = number;
        isRelative = name === "relative_offset";
      } else throw new RuleError(`asn1: cannot read "${word}"`);
    }
    rule.addCondition({ kind: "asn1", checks, maxLength, offset, isRelative });
  },
};
