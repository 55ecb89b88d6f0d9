/**
 * Reads a line of `modify.conf`: `MATCHER "EXPRESSION" "REPLACEMENT"`, or Oinkmaster's
 * `modifysid MATCHER "EXPRESSION" | "REPLACEMENT"`. The replacement may name groups as `\1`, `\g<name>` and `${1}`.
 *
 * Words are split as in a POSIX shell. A rule that grows beyond MAX_RULE_LENGTH stays as it was.
 */
import { RuleError } from "../rule-error.js";
import { MAX_RULE_LENGTH } from "../rule-lines.js";
import { compileExpression, parseRuleMatcher, type RuleMatcher } from "./rule-matcher.js";

export interface ModifyFilter {
  readonly matches: RuleMatcher;
  /** The text with all places replaced. @throws RuleError where it grows too long */
  readonly apply: (text: string) => string;
}

/** @throws RuleError where the line cannot be read */
export function parseModifyFilter(text: string): ModifyFilter {
  const words = splitWords(text);
  const isOinkmaster = words[0] === "modifysid" && words.length > 4;
  const [matcher, pattern, replacement] = isOinkmaster ? [words[1], words[2], words[4]] : words;
  if (matcher === undefined || pattern === undefined || replacement === undefined) {
    throw new RuleError('a line has three parts: MATCHER "EXPRESSION" "REPLACEMENT"');
  }
  if (!isOinkmaster && words.length > 3) {
    throw new RuleError(`${words.length} parts instead of MATCHER "EXPRESSION" "REPLACEMENT"`);
  }
  const expression = compileExpression(pattern, "g");
  const parts = replacementParts(replacement);
  return {
    matches: parseRuleMatcher(matcher),
    apply: (rule) => replaceAll(rule, expression, parts),
  };
}

function replaceAll(
  text: string,
  expression: RegExp,
  parts: readonly (string | { group: string })[],
): string {
  let result = "";
  let at = 0;
  for (const match of text.matchAll(expression)) {
    result += text.slice(at, match.index);
    for (const part of parts) {
      if (typeof part === "string") result += part;
      else result += groupOf(match, part.group);
    }
    at = match.index + match[0].length;
    if (result.length > MAX_RULE_LENGTH) break;
  }
  result += text.slice(at);
  if (result.length > MAX_RULE_LENGTH) throw new RuleError("the modified rule would be too long");
  return result;
}

function groupOf(match: RegExpMatchArray, group: string): string {
  const isNumber = /^\d+$/.test(group);
  const isKnown = isNumber ? Number(group) < match.length : Object.hasOwn(match.groups ?? {}, group);
  if (!isKnown) throw new RuleError(`the expression has no group ${group}`);
  return (isNumber ? match[Number(group)] : match.groups![group]) ?? "";
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** Text and references to groups of a replacement in Python's syntax, with Oinkmaster's `${1}`. */
function replacementParts(replacement: string): (string | { group: string })[] {
  const parts: (string | { group: string })[] = [];
  const token = /\$\{(\d+)\}|\\(\d{1,2})|\\g<(\w+)>|\\([\s\S])|[^\\$]+|[\s\S]/g;
  for (const [whole, oinkmaster, numbered, named, escaped] of replacement.matchAll(token)) {
    const group = oinkmaster ?? numbered ?? named;
    if (group !== undefined) parts.push({ group });
    else if (escaped !== undefined) parts.push(ESCAPES[escaped] ?? `\\${escaped}`);
    else parts.push(whole);
  }
  return parts;
}

/** Words of a line as a POSIX shell reads them: quotes, and backslashes outside single quotes. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quote === "") {
      if (/\s/.test(character)) {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else if (character === '"' || character === "'") {
        quote = character;
        word ??= "";
      } else if (character === "\\" && i + 1 < text.length) word = (word ?? "") + text[++i];
      else word = (word ?? "") + character;
    } else if (character === quote) quote = "";
    else if (character === "\\" && quote === '"' && (text[i + 1] === '"' || text[i + 1] === "\\")) {
      word += text[++i]!;
    } else word += character;
  }
  if (quote !== "") throw new RuleError("a quotation mark is not closed");
  if (word !== undefined) words.push(word);
  return words;
}
