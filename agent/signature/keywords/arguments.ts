import { RuleError } from "../rule-error.js";

/** The value of a keyword that must have one. */
export function requireValue(value: string | undefined, keyword: string): string {
  if (value === undefined || value === "") throw new RuleError(`${keyword}: a value is missing`);
  return value;
}

/** Refuse a value where a keyword takes none. */
export function refuseValue(value: string | undefined, keyword: string): void {
  if (value !== undefined && value !== "") throw new RuleError(`${keyword}: takes no value`);
}

/** Comma-separated parts, trimmed. */
export function splitArguments(value: string | undefined, keyword: string): string[] {
  return requireValue(value, keyword)
    .split(",")
    .map((part) => part.trim());
}

/** Text in double quotes with backslash escapes taken out, or bare text. */
export function readText(value: string | undefined, keyword: string): string {
  const text = requireValue(value, keyword);
  const body = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  return body.includes("\\") ? body.replace(/\\(.)/g, "$1") : body;
}

/** A whole number from 0 to `max`. */
export function readNumber(value: string | undefined, keyword: string, max: number): number {
  const text = requireValue(value, keyword);
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= max)) throw new RuleError(`${keyword}: "${text}" is not a number from 0 to ${max}`);
  return number;
}
