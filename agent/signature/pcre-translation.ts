import { checkExpression } from "./expression/expression-program.js";
import { ExpressionError, parseExpression } from "./expression/expression-syntax.js";
import { classEscape, escapedAtom, escapeLiteral, hexadecimalEscape, hexEscape } from "./pcre-escapes.js";
import { RuleError } from "./rule-error.js";

/**
 * Perl-compatible expressions as JavaScript ones over Latin-1 text, one character a byte.
 *
 * What differs and is translated: `\A \z \Z \h \H \e \a \R \Q…\E`, POSIX classes, options inside the expression (`(?i)`,
 * `(?s-i:…)`), named groups, comments, `$` before a last newline, lines that end in a newline alone, possessive quantifiers and
 * atomic groups (by a look-ahead and a back reference), `x` mode. What JavaScript cannot say is refused: recursion,
 * conditionals, callouts, `\K`, `\G`.
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
/** Longer expressions are refused before they are compiled. */
const MAX_SOURCE = 8192;

export function translatePcre(pattern: string, pcreFlags: ReadonlySet<string>): TranslatedPcre {
  if (pattern.length > MAX_SOURCE) throw new RuleError(`pcre: longer than ${MAX_SOURCE} characters`);
  const translator = new Translator(pattern, pcreFlags);
  const source = translator.run();
  const { flags } = translator;
  try {
    new RegExp(source, flags);
    checkExpression(parseExpression(source, flags));
  } catch (error) {
    if (error instanceof ExpressionError) throw new RuleError(`pcre: ${error.message}`);
    throw new RuleError("pcre: the expression cannot be compiled");
  }
  return { source, flags };
}

/** What an option of the language holds for, up to the end of the group it stands in. */
interface Options {
  readonly isCaseless: boolean;
  readonly isMultiline: boolean;
  readonly isDotAll: boolean;
  readonly isExtended: boolean;
}

const NOT_AFTER_TEXT = "(?<![^\\n])";
/** A line also begins at the very start, but not behind a newline that ends the subject. */
const LINE_BEGIN = `${NOT_AFTER_TEXT}(?:(?=[\\s\\S])|(?<![\\s\\S]))`;
const LINE_END = "(?![^\\n])";

class Translator {
  /** JavaScript's flags: of options that hold for the expression as a whole. */
  readonly flags: string;
  readonly #isDollarEndOnly: boolean;
  readonly #isUngreedy: boolean;
  readonly #pattern: string;
  /** Case is written out, since it is not the same everywhere. */
  readonly #writesCase: boolean;
  #options: Options;
  readonly #outerOptions: Options[] = [];
  #at = 0;
  #out: string[] = [];
  #groupCount = 0;
  /** Where the last complete atom began in #out; −1 where a quantifier cannot follow. */
  #atomStart = -1;
  readonly #groupStarts: number[] = [];
  readonly #atomicGroups = new Map<number, number>();

  constructor(pattern: string, flags: ReadonlySet<string>) {
    this.#pattern = pattern;
    this.#isDollarEndOnly = flags.has("E");
    this.#isUngreedy = flags.has("G");
    const inline = /^(?:\(\?[imsx]+\))*/.exec(pattern)![0];
    const has = (flag: string) => flags.has(flag) || inline.includes(flag);
    this.#options = {
      isCaseless: has("i"),
      isMultiline: has("m"),
      isDotAll: has("s"),
      isExtended: has("x"),
    };
    this.#at = inline.length;
    this.#writesCase = /\(\?[a-z]*(?:-[a-z]*)?i/.test(pattern.slice(inline.length));
    this.flags = `${this.#options.isCaseless && !this.#writesCase ? "i" : ""}${this.#options.isDotAll ? "s" : ""}`;
  }

  run(): string {
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
    else if (this.#options.isExtended && /\s/.test(character)) this.#at++;
    else if (this.#options.isExtended && character === "#") {
      const end = this.#pattern.indexOf("\n", this.#at);
      this.#at = end < 0 ? this.#pattern.length : end + 1;
    } else if (character === "}" || character === "]") this.#atom(`\\${character}`, 1);
    else if (character === "^") this.#plain(this.#options.isMultiline ? this.#lineBegin() : "^", 1);
    else if (character === "|") this.#plain(character, 1);
    else if (character === ".") this.#atom(this.#dot(), 1);
    else this.#atom(character === "/" ? "\\/" : character, 1);
  }

  #atom(text: string, length: number): void {
    this.#atomStart = this.#out.length;
    this.#out.push(this.#inBothCases(text));
    this.#at += length;
  }

  /** An atom as the set of bytes it stands for without case, where no flag can say so. */
  #inBothCases(text: string): string {
    if (!this.#writesCase || !this.#options.isCaseless) return text;
    const [{ root }, { root: asWritten }] = [parseExpression(text, "is"), parseExpression(text, "s")];
    if (root.kind === "reference")
      throw new RuleError("pcre: a back-reference within (?i…) is not supported");
    if (root.kind !== "set" || asWritten.kind !== "set") return text;
    if (root.set.every((flag, byte) => flag === asWritten.set[byte])) return text;
    const bytes = [...root.set].flatMap((flag, byte) => (flag === 1 ? [hexEscape(byte)] : []));
    return `[${bytes.join("")}]`;
  }

  #plain(text: string, length: number): void {
    this.#atomStart = -1;
    this.#out.push(text);
    this.#at += length;
  }

  #dollar(): void {
    if (this.#options.isMultiline) this.#plain(LINE_END, 1);
    else this.#plain(this.#isDollarEndOnly ? "$" : "(?=\\n?$)", 1);
  }

  /** A byte that must follow is behind no last newline, so that this need not be looked for. */
  #lineBegin(): string {
    return /^\^(?:\w|\\[^\w])(?![*?{])/.test(this.#pattern.slice(this.#at)) ? NOT_AFTER_TEXT : LINE_BEGIN;
  }

  #dot(): string {
    if (!this.#options.isDotAll) return "[^\\n]";
    return this.flags.includes("s") ? "." : "[\\s\\S]";
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
    if (letter === "A") return "^";
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
      this.#out.push(this.#inBothCases(escapeLiteral(character)));
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
    const options = /^\(\?([imsx]*)(?:-([imsx]+))?(\)|:)/.exec(rest);
    if (options?.[3] === ")") {
      this.#setOptions(options[1]!, options[2] ?? "");
      this.#at += options[0].length;
      return;
    }
    this.#groupStarts.push(this.#out.length);
    this.#outerOptions.push(this.#options);
    if (options) {
      this.#setOptions(options[1]!, options[2] ?? "");
      this.#plain("(?:", options[0].length);
    } else {
      const [opening, length] = this.#groupOpening(rest);
      this.#plain(opening, length);
    }
  }

  #setOptions(on: string, off: string): void {
    const value = (flag: string, before: boolean) => (before || on.includes(flag)) && !off.includes(flag);
    this.#options = {
      isCaseless: value("i", this.#options.isCaseless),
      isMultiline: value("m", this.#options.isMultiline),
      isDotAll: value("s", this.#options.isDotAll),
      isExtended: value("x", this.#options.isExtended),
    };
  }

  #groupOpening(rest: string): [text: string, length: number] {
    const plain = /^\(\?(?:=|!|<=|<!)/.exec(rest);
    if (plain) return [plain[0], plain[0].length];
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

  #closeGroup(): void {
    const start = this.#groupStarts.pop();
    if (start === undefined) throw new RuleError("pcre: a closing parenthesis too many");
    this.#options = this.#outerOptions.pop()!;
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
