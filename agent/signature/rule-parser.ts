import { RuleError } from "./rule-error.js";

/** The seven words before the options, nothing interpreted yet. */
export interface HeaderWords {
  readonly action: string;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: string;
  readonly arrow: "->" | "<>";
  readonly destination: string;
  readonly destinationPort: string;
}

/** A rule cut into its parts. */
export interface RawRule extends HeaderWords {
  readonly options: readonly RawOption[];
}

/** Where the options of a rule begin and end: behind the first parenthesis, before the last. */
export interface RuleCut {
  readonly header: string;
  readonly start: number;
  readonly end: number;
}

export interface RawOption {
  readonly name: string;
  /** Undefined for a keyword without a colon. */
  readonly value: string | undefined;
}

/** More options than any real rule has: a bound for hostile files. */
const MAX_OPTIONS = 512;

/**
 * Cut the text of one rule into header and options: `action protocol source port arrow destination port (…)`.
 *
 * Blanks inside brackets belong to the group. As in Suricata an option ends at the next semicolon that has no
 * backslash before it, quotes or not.
 *
 * @throws RuleError naming what is missing
 */
export function parseRule(text: string): RawRule {
  const { header, start, end } = cutRule(text);
  const words = parseHeaderWords(header);
  const parts = splitOptions(text, start, end);
  const options = Array.from({ length: parts.length / 2 }, (_, i) => {
    return { name: parts[i * 2]!, value: parts[i * 2 + 1] };
  });
  return { ...words, options };
}

/** @throws RuleError where there are no options */
export function cutRule(text: string): RuleCut {
  if (text.startsWith("include") && /^include\s/.test(text)) {
    throw new RuleError("include: rule files do not include others; name the file among the rules");
  }
  const open = text.indexOf("(");
  if (open < 0) throw new RuleError("no options in parentheses");
  const close = text.lastIndexOf(")");
  if (close < open) throw new RuleError("the closing parenthesis is missing");
  return { header: text.slice(0, open), start: open + 1, end: close };
}

/** @throws RuleError where `header` is not made of seven words */
export function parseHeaderWords(header: string): HeaderWords {
  const words = headerWords(header);
  if (words.length !== 7) throw new RuleError(`the header has ${words.length} parts, not 7`);
  const [action, protocol, source, sourcePort, arrow, destination, destinationPort] = words as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (arrow !== "->" && arrow !== "<>") throw new RuleError(`direction "${arrow}" is neither -> nor <>`);
  return { action, protocol, source, sourcePort, arrow, destination, destinationPort };
}

function headerWords(header: string): string[] {
  const words: string[] = [];
  let word = "";
  let depth = 0;
  for (const part of header.split(/(\s+)/)) {
    if (depth <= 0 && BLANK.test(part)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    for (let at = part.search(BRACKET); at >= 0 && at < part.length; at++) {
      if (part[at] === "[") depth++;
      else if (part[at] === "]") depth--;
    }
    if (!BLANK.test(part)) word += part;
  }
  if (depth !== 0) throw new RuleError("unbalanced brackets in the header");
  if (word !== "") words.push(word);
  return words;
}

const BLANK = /^\s/;
const BRACKET = /[[\]]/;

/**
 * The options of `text` between `from` and `to`: name and value (see RawOption) in turn, since a rule set has half a million.
 *
 * @throws RuleError where the last one does not end, or there are too many
 */
export function splitOptions(text: string, from: number, to: number): (string | undefined)[] {
  const parts: (string | undefined)[] = [];
  let start = from;
  while (start <= to) {
    let end = text.indexOf(";", start);
    while (end > from && end < to && text.charCodeAt(end - 1) === BACKSLASH) end = text.indexOf(";", end + 1);
    const isEnd = end < 0 || end >= to;
    if (isEnd) end = to;
    const colon = text.indexOf(":", start);
    const hasValue = colon >= 0 && colon < end;
    const name = trimmed(text, start, hasValue ? colon : end);
    if (name !== "" || hasValue) {
      if (isEnd) {
        const part = text.slice(start, end).trim();
        throw new RuleError(`the semicolon after "${part.slice(0, 40)}" is missing`);
      }
      if (parts.length === MAX_OPTIONS * 2) throw new RuleError(`more than ${MAX_OPTIONS} options`);
      parts.push(name, hasValue ? trimmed(text, colon + 1, end) : undefined);
    }
    start = end + 1;
  }
  return parts;
}

/** What `text.slice(from, to).trim()` is; most rules have one blank before a name and none else. */
function trimmed(text: string, from: number, to: number): string {
  const start = text.charCodeAt(from) === BLANK_CODE ? from + 1 : from;
  if (start < to && isVisible(text.charCodeAt(start)) && isVisible(text.charCodeAt(to - 1)))
    return text.slice(start, to);
  return text.slice(from, to).trim();
}

function isVisible(code: number): boolean {
  return code > BLANK_CODE && code < 0x7f;
}

const BLANK_CODE = 0x20;
const BACKSLASH = 0x5c;
