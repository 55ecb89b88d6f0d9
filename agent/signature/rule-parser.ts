import { RuleError } from "./rule-error.js";

/** A rule cut into its parts, nothing interpreted yet. */
export interface RawRule {
  readonly action: string;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: string;
  readonly arrow: "->" | "<>";
  readonly destination: string;
  readonly destinationPort: string;
  readonly options: readonly RawOption[];
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
  if (/^include\s/.test(text)) {
    throw new RuleError("include: rule files do not include others; name the file among the rules");
  }
  const open = text.indexOf("(");
  if (open < 0) throw new RuleError("no options in parentheses");
  const close = text.lastIndexOf(")");
  if (close < open) throw new RuleError("the closing parenthesis is missing");
  const words = headerWords(text.slice(0, open));
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
  const options = splitOptions(text.slice(open + 1, close));
  return { action, protocol, source, sourcePort, arrow, destination, destinationPort, options };
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

function splitOptions(body: string): RawOption[] {
  const options: RawOption[] = [];
  let start = 0;
  while (start <= body.length) {
    let end = body.indexOf(";", start);
    while (end > 0 && body[end - 1] === "\\") end = body.indexOf(";", end + 1);
    const isEnd = end < 0;
    if (isEnd) end = body.length;
    const part = body.slice(start, end).trim();
    start = end + 1;
    if (part === "") continue;
    if (isEnd) throw new RuleError(`the semicolon after "${part.slice(0, 40)}" is missing`);
    if (options.length === MAX_OPTIONS) throw new RuleError(`more than ${MAX_OPTIONS} options`);
    const colon = part.indexOf(":");
    options.push(
      colon < 0
        ? { name: part, value: undefined }
        : { name: part.slice(0, colon).trim(), value: part.slice(colon + 1).trim() },
    );
  }
  return options;
}
