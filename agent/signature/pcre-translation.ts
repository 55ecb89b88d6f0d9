import { checkExpression } from "./expression/expression-program.js";
import { ExpressionError, parseExpression } from "./expression/expression-syntax.js";
import { RuleError } from "./rule-error.js";

/**
 * Perl-compatible expressions as JavaScript ones over Latin-1 text, one character a byte.
 *
 * What differs and is translated: `\A \z \Z \h \H \e \a \R \Q…\E`, POSIX classes, `(?i)` at the start, named
 * groups, comments, `$` before a last newline, possessive quantifiers and atomic groups (by a look-ahead and a back
 * reference), `x` mode. What JavaScript cannot say is refused: recursion, conditionals, callouts, `\K`, `\G`.
 */
export interface TranslatedPcre {
  readonly source: string;
  readonly flags: string;
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\t\\n\\v\\f\\r ",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9a-fA-F",
  word: "\\w",
  cntrl: "\\x00-\\x1f\\x7f",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
  ascii: "\\x00-\\x7f",
};
const SPACE_CLASS = "\\t\\n\\v\\f\\r ";
/** Longer expressions are refused before they are compiled. */
const MAX_SOURCE = 8192;

export function translatePcre(pattern: string, pcreFlags: ReadonlySet<string>): TranslatedPcre {
  if (pattern.length > MAX_SOURCE) throw new RuleError(`pcre: longer than ${MAX_SOURCE} characters`);
  const translator = new Translator(pattern, pcreFlags);
  const source = translator.run();
  const flags = `${translator.isCaseless ? "i" : ""}${translator.isMultiline ? "m" : ""}${translator.isDotAll ? "s" : ""}`;
  try {
    new RegExp(source, flags);
    checkExpression(parseExpression(source, flags));
  } catch (error) {
    if (error instanceof ExpressionError) throw new RuleError(`pcre: ${error.message}`);
    throw new RuleError("pcre: the expression cannot be compiled");
  }
  return { source, flags };
}

class Translator {
  isCaseless: boolean;
  isMultiline: boolean;
  isDotAll: boolean;
  readonly #isExtended: boolean;
  readonly #isDollarEndOnly: boolean;
  readonly #isUngreedy: boolean;
  readonly #pattern: string;
  #at = 0;
  #out: string[] = [];
  #groupCount = 0;
  /** Where the last complete atom began in #out; −1 where a quantifier cannot follow. */
  #atomStart = -1;
  readonly #groupStarts: number[] = [];
  readonly #atomicGroups = new Map<number, number>();

  constructor(pattern: string, flags: ReadonlySet<string>) {
    this.#pattern = pattern;
    this.isCaseless = flags.has("i");
    this.isMultiline = flags.has("m");
    this.isDotAll = flags.has("s");
    this.#isExtended = flags.has("x");
    this.#isDollarEndOnly = flags.has("E");
    this.#isUngreedy = flags.has("G");
  }

  run(): string {
    const inline = /^\(\?([imsx]+)\)/.exec(this.#pattern);
    if (inline) {
      this.#at = inline[0].length;
      if (inline[1]!.includes("x")) throw new RuleError("pcre: (?x) inside the expression is not supported");
      this.isCaseless ||= inline[1]!.includes("i");
      this.isMultiline ||= inline[1]!.includes("m");
      this.isDotAll ||= inline[1]!.includes("s");
    }
    while (this.#at < this.#pattern.length) this.#step();
    return this.#out.join("");
  }

  #step(): void {
    const character = this.#pattern[this.#at]!;
    if (character === "\\") this.#escape();
    else if (character === "[") this.#characterClass();
    else if (character === "(") this.#openGroup();
    else if (character === ")") this.#closeGroup();
    else if ("*+?".includes(character)) this.#quantifier(character, 1);
    else if (character === "{") this.#brace();
    else if (character === "$") this.#dollar();
    else if (this.#isExtended && /\s/.test(character)) this.#at++;
    else if (this.#isExtended && character === "#") {
      const end = this.#pattern.indexOf("\n", this.#at);
      this.#at = end < 0 ? this.#pattern.length : end + 1;
    } else if (character === "}" || character === "]") this.#atom(`\\${character}`, 1);
    else if (character === "^" || character === "|") this.#plain(character, 1);
    else if (character === ".") this.#atom(this.isDotAll ? "." : "[^\\n]", 1);
    else this.#atom(character === "/" ? "\\/" : character, 1);
  }

  #atom(text: string, length: number): void {
    this.#atomStart = this.#out.length;
    this.#out.push(text);
    this.#at += length;
  }

  #plain(text: string, length: number): void {
    this.#atomStart = -1;
    this.#out.push(text);
    this.#at += length;
  }

  #dollar(): void {
    if (this.isMultiline || this.#isDollarEndOnly) this.#plain("$", 1);
    else this.#plain("(?=\\n?$)", 1);
  }

  #escape(): void {
    const rest = this.#pattern.slice(this.#at);
    const next = rest[1];
    if (next === undefined) throw new RuleError("pcre: a backslash at the end");
    if (next === "Q") this.#quoted();
    else if (next === "E") this.#at += 2;
    else {
      const assertion = this.#assertion(next);
      if (assertion !== undefined) this.#plain(assertion, 2);
      else {
        const [text, length] = escapedAtom(rest, next);
        this.#atom(text, length);
      }
    }
  }

  #assertion(letter: string): string | undefined {
    if (letter === "A") return this.isMultiline ? "(?<![\\s\\S])" : "^";
    if (letter === "z") return "(?![\\s\\S])";
    if (letter === "Z") return "(?=\\n?(?![\\s\\S]))";
    return letter === "b" || letter === "B" ? `\\${letter}` : undefined;
  }

  #quoted(): void {
    const end = this.#pattern.indexOf("\\E", this.#at + 2);
    const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    for (const character of text) {
      this.#atomStart = this.#out.length;
      this.#out.push(escapeLiteral(character));
    }
  }

  #characterClass(): void {
    let at = this.#at + 1;
    let text = "[";
    if (this.#pattern[at] === "^") {
      text += "^";
      at++;
    }
    // A bracket right behind the opening one is a literal in Perl's syntax.
    if (this.#pattern[at] === "]") {
      text += "\\]";
      at++;
    }
    for (;;) {
      const character = this.#pattern[at];
      if (character === undefined) throw new RuleError("pcre: a character class is not closed");
      if (character === "]") break;
      if (character === "[") {
        const posix = /^\[:(\^?)(\w+):\]/.exec(this.#pattern.slice(at));
        if (posix) {
          const members = POSIX_CLASSES[posix[2]!];
          if (members === undefined || posix[1]) {
            throw new RuleError(`pcre: the class ${posix[0]} is not supported`);
          }
          text += members;
          at += posix[0].length;
          continue;
        }
        text += "\\[";
        at++;
      } else if (character === "\\") {
        const [escaped, length] = this.#escapeInClass(at);
        text += escaped;
        at += length;
      } else {
        text += character === "/" ? "\\/" : character;
        at++;
      }
    }
    this.#atom(`${text}]`, at + 1 - this.#at);
  }

  #escapeInClass(at: number): [text: string, length: number] {
    const rest = this.#pattern.slice(at);
    const next = rest[1];
    if (next === undefined) throw new RuleError("pcre: a backslash at the end");
    const hex = hexadecimalEscape(rest);
    if (hex) return hex;
    const octal = /^\\([0-7]{1,3})/.exec(rest);
    if (octal) return [hexEscape(Number.parseInt(octal[1]!, 8)), octal[0].length];
    if (next === "b") return ["\\x08", 2];
    return [classEscape(next, true), 2];
  }

  #openGroup(): void {
    const rest = this.#pattern.slice(this.#at);
    const comment = /^\(\?#[^)]*\)/.exec(rest);
    if (comment) {
      this.#at += comment[0].length;
      return;
    }
    const reference = /^\(\?P=(\w+)\)/.exec(rest);
    if (reference) {
      this.#atom(`\\k<${reference[1]}>`, reference[0].length);
      return;
    }
    this.#groupStarts.push(this.#out.length);
    const [opening, length] = this.#groupOpening(rest);
    this.#plain(opening, length);
  }

  #groupOpening(rest: string): [text: string, length: number] {
    const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest);
    if (plain) return [plain[0], plain[0].length];
    const scoped = /^\(\?([imsx]+):/.exec(rest);
    if (scoped && [...scoped[1]!].every((flag) => this.#hasFlag(flag))) return ["(?:", scoped[0].length];
    const named = /^\(\?(?:P?<(\w+)>|'(\w+)')/.exec(rest);
    const isAtomic = rest.startsWith("(?>");
    if (!named && !isAtomic && (rest.startsWith("(?") || rest.startsWith("(*"))) {
      throw new RuleError(`pcre: ${rest.slice(0, 6)} is not supported`);
    }
    this.#groupCount++;
    if (named) return [`(?<${named[1] ?? named[2]}>`, named[0].length];
    if (!isAtomic) return ["(", 1];
    this.#atomicGroups.set(this.#out.length, this.#groupCount);
    return ["(?=(", 3];
  }

  #hasFlag(flag: string): boolean {
    return flag === "i" ? this.isCaseless : flag === "m" ? this.isMultiline : flag === "s" && this.isDotAll;
  }

  #closeGroup(): void {
    const start = this.#groupStarts.pop();
    if (start === undefined) throw new RuleError("pcre: a closing parenthesis too many");
    const atomic = this.#atomicGroups.get(start);
    this.#out.push(atomic === undefined ? ")" : `))\\${atomic}`);
    this.#at++;
    if (atomic !== undefined) {
      this.#out.splice(start, 0, "(?:");
      this.#out.push(")");
    }
    this.#atomStart = start;
  }

  #brace(): void {
    const braces = /^\{(\d*)(?:,\d*)?\}/.exec(this.#pattern.slice(this.#at));
    // Since PCRE2 10.43 the lower bound may be left away.
    if (braces && /\d/.test(braces[0])) {
      this.#quantifier(braces[1] === "" ? braces[0].replace("{", "{0") : braces[0], braces[0].length);
    } else this.#atom("\\{", 1);
  }

  #quantifier(text: string, length: number): void {
    if (this.#atomStart < 0) {
      // A quantified assertion adds nothing that matters here and JavaScript refuses it.
      throw new RuleError(`pcre: nothing to repeat before ${text}`);
    }
    const following = this.#pattern[this.#at + length];
    const isPossessive = following === "+";
    const isLazy = following === "?";
    this.#at += length + (isPossessive || isLazy ? 1 : 0);
    const start = this.#atomStart;
    this.#atomStart = -1;
    if (isPossessive) {
      this.#groupCount++;
      this.#out.splice(start, 0, "(?:(?=(");
      this.#out.push(`${text}))\\${this.#groupCount})`);
      this.#renumberGuard(start);
    } else {
      this.#out.push(text + (isLazy !== this.#isUngreedy ? "?" : ""));
    }
  }

  /** A group made in front of others would shift their numbers: only allowed where nothing refers to them. */
  #renumberGuard(start: number): void {
    const behind = this.#out.slice(start + 1).join("");
    if (/\((?!\?)|\(\?</.test(behind.slice(0, -4)) || /\\[1-9]/.test(this.#pattern)) {
      throw new RuleError("pcre: a possessive group together with captures is not supported");
    }
  }
}

/** An escape outside a class that stands for something that can be repeated. */
function escapedAtom(rest: string, letter: string): [text: string, length: number] {
  if ("KGCXpP".includes(letter)) throw new RuleError(`pcre: \\${letter} is not supported`);
  if (letter === "R") return ["(?:\\r\\n|[\\n\\v\\f\\r\\x85])", 2];
  const hex = hexadecimalEscape(rest);
  if (hex) return hex;
  const octal = /^\\(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(rest);
  if (octal) return [hexEscape(Number.parseInt(octal[1]!, 8)), octal[0].length];
  const named = /^\\k(?:\{(\w+)\}|'(\w+)'|<(\w+)>)/.exec(rest);
  if (named) return [`\\k<${named[1] ?? named[2] ?? named[3]}>`, named[0].length];
  const numbered = /^\\g\{?(\d+)\}?/.exec(rest);
  if (numbered) return [`\\${numbered[1]}`, numbered[0].length];
  return [classEscape(letter, false), 2];
}

/** `\x2f`, `\x{2f}` and, as Perl reads them, `\x2` and a bare `\x` (a zero byte). */
function hexadecimalEscape(rest: string): [text: string, length: number] | undefined {
  const hex = /^\\x(?:\{([0-9a-f]{1,2})\}|([0-9a-f]{0,2}))/i.exec(rest);
  return hex ? [`\\x${(hex[1] ?? hex[2]!).padStart(2, "0")}`, hex[0].length] : undefined;
}

function hexEscape(byte: number): string {
  if (byte > 0xff) throw new RuleError("pcre: a character beyond one byte");
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function classEscape(letter: string, isInClass: boolean): string {
  if (letter === "s") return isInClass ? SPACE_CLASS : `[${SPACE_CLASS}]`;
  if (letter === "S") {
    if (isInClass) return "\\x00-\\x08\\x0e-\\x1f\\x21-\\xff";
    return `[^${SPACE_CLASS}]`;
  }
  if (letter === "h") return isInClass ? " \\t\\xa0" : "[ \\t\\xa0]";
  if (letter === "H" && !isInClass) return "[^ \\t\\xa0]";
  if (letter === "v") return isInClass ? "\\n\\v\\f\\r\\x85" : "[\\n\\v\\f\\r\\x85]";
  if (letter === "N" && !isInClass) return "[^\\n]";
  if (letter === "e") return "\\x1b";
  if (letter === "a") return "\\x07";
  if ("dDwWnrtf123456789".includes(letter)) return `\\${letter}`;
  if (/[A-Za-z0-9]/.test(letter)) throw new RuleError(`pcre: \\${letter} is not supported`);
  return escapeLiteral(letter);
}

function escapeLiteral(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}
