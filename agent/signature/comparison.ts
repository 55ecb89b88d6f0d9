import { RuleError } from "./rule-error.js";

/** How a number of the traffic is compared with one or two of the rule. The numbers stand in rule images. */
export const Compare = {
  EQUAL: 0,
  NOT_EQUAL: 1,
  LESS: 2,
  LESS_OR_EQUAL: 3,
  GREATER: 4,
  GREATER_OR_EQUAL: 5,
  /** Both ends excluded, as Suricata's `a<>b`. */
  BETWEEN: 6,
  /** (value & a) === b */
  MASKED: 7,
  /** (value & a) !== b */
  NOT_MASKED: 8,
  /** (value & a) !== 0 */
  ANY_BIT: 9,
  /** The bit of a TLS version number (tlsVersionBit) is in a. */
  TLS_VERSION: 10,
  /** a or b, and neither of them */
  EITHER: 11,
  NEITHER: 12,
} as const;
export type CompareOperator = (typeof Compare)[keyof typeof Compare];

/** One bit for each version of TLS; drafts of 1.3 (0x7fNN) count as 1.3, 0 is nothing known. */
export function tlsVersionBit(version: number): number {
  if (version === 0x0200) return 1;
  if (version >>> 8 === 0x7f) return 1 << 5;
  return version >= 0x0300 && version <= 0x0304 ? 2 << (version & 0xff) : 0;
}

export interface Comparison {
  readonly operator: CompareOperator;
  readonly a: number;
  readonly b: number;
}

const OPERATORS: Readonly<Record<string, CompareOperator>> = {
  "": Compare.EQUAL,
  "=": Compare.EQUAL,
  "==": Compare.EQUAL,
  "!": Compare.NOT_EQUAL,
  "!=": Compare.NOT_EQUAL,
  "<": Compare.LESS,
  "<=": Compare.LESS_OR_EQUAL,
  ">": Compare.GREATER,
  ">=": Compare.GREATER_OR_EQUAL,
};

/**
 * Parse `5`, `!5`, `<5`, `>=5`, `5<>9` or `5-9`.
 *
 * @param max the largest number that makes sense
 * @param names words that stand for numbers
 * @param smallestRange least distance of the ends of a range; below 2 nothing lies between them
 */
export function parseComparison(
  text: string | undefined,
  keyword: string,
  max: number,
  names: Readonly<Record<string, number>> = {},
  smallestRange = 2,
): Comparison {
  const value = (text ?? "").trim();
  const range = /^(\w+)\s*(?:<>|-)\s*(\w+)$/.exec(value);
  if (range) {
    const a = parseCount(range[1]!, keyword, max, names);
    const b = parseCount(range[2]!, keyword, max, names);
    if (b - a < smallestRange) throw new RuleError(`${keyword}: no number lies in the range "${value}"`);
    return { operator: Compare.BETWEEN, a, b };
  }
  const single = /^(==|=|!=|!|<=|<|>=|>)?\s*(\w+)$/.exec(value);
  if (!single) throw new RuleError(`${keyword}: cannot read "${value.slice(0, 40)}"`);
  return {
    operator: OPERATORS[single[1] ?? ""]!,
    a: parseCount(single[2]!, keyword, max, names),
    b: 0,
  };
}

/** A whole number in decimal or 0x form, or one of `names`. */
export function parseCount(
  text: string,
  keyword: string,
  max: number,
  names: Readonly<Record<string, number>> = {},
): number {
  const named = Object.hasOwn(names, text.toLowerCase()) ? names[text.toLowerCase()] : undefined;
  if (named !== undefined) return named;
  const number = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(number <= max)) throw new RuleError(`${keyword}: "${text}" is not a number up to ${max}`);
  return number;
}
