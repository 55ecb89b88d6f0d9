/**
 * Reads the JavaScript expressions that pcre-translation.ts writes into a tree, over bytes (one character a byte). What the
 * translation never writes (Unicode classes, named captures with other syntax) is not read.
 *
 * Specification: ECMAScript, section "RegExp (Regular Expression) Objects", without the `u` and `v` flags. Bounds: the length of
 * the source is bounded by the translation, brackets nest MAX_DEPTH deep.
 */

export type ExpressionNode =
  /** One byte out of a set: 256 flags. */
  | { readonly kind: "set"; readonly set: Uint8Array }
  | { readonly kind: "sequence"; readonly parts: readonly ExpressionNode[] }
  | { readonly kind: "choice"; readonly options: readonly ExpressionNode[] }
  | {
      readonly kind: "repeat";
      readonly body: ExpressionNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: "group"; readonly body: ExpressionNode; readonly index: number }
  | { readonly kind: "assert"; readonly what: Assertion }
  | {
      readonly kind: "look";
      readonly body: ExpressionNode;
      readonly isBehind: boolean;
      readonly isNegated: boolean;
    }
  | { readonly kind: "reference"; readonly index: number };

export type Assertion = "begin" | "end" | "line_begin" | "line_end" | "word_border" | "no_word_border";

export interface ExpressionTree {
  readonly root: ExpressionNode;
  readonly groupCount: number;
  readonly hasReferences: boolean;
  readonly isCaseless: boolean;
}

/** The expression is not of the kind that is read here. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

const MAX_DEPTH = 200;

/** @throws ExpressionError where something cannot be read */
export function parseExpression(source: string, flags: string): ExpressionTree {
  return new ExpressionParser(source, flags).parse();
}

class ExpressionParser {
  readonly #source: string;
  readonly #isCaseless: boolean;
  readonly #isMultiline: boolean;
  readonly #isDotAll: boolean;
  readonly #names: string[];
  readonly #classes = new Map<string, Uint8Array>();
  #at = 0;
  #groupCount = 0;
  #hasReferences = false;
  #depth = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#isCaseless = flags.includes("i");
    this.#isMultiline = flags.includes("m");
    this.#isDotAll = flags.includes("s");
    this.#names = groupNames(source);
  }

  parse(): ExpressionTree {
    const root = this.#choice();
    if (this.#at < this.#source.length) throw new ExpressionError("a closing bracket too many");
    const [groupCount, hasReferences] = [this.#groupCount, this.#hasReferences];
    return { root, groupCount, hasReferences, isCaseless: this.#isCaseless };
  }

  #choice(): ExpressionNode {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError("brackets nest too deep");
    const options = [this.#sequence()];
    while (this.#takes("|")) options.push(this.#sequence());
    this.#depth--;
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): ExpressionNode {
    const parts: ExpressionNode[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!)) {
      parts.push(this.#repeated(this.#term()));
    }
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #repeated(body: ExpressionNode): ExpressionNode {
    if (!QUANTIFIERS.includes(this.#source[this.#at] ?? " ")) return body;
    const match = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (!match) return body;
    this.#at += match[0].length;
    const isLazy = this.#takes("?");
    const [symbol] = match[0];
    const infinite = Number.POSITIVE_INFINITY;
    if (symbol !== "{") {
      return {
        kind: "repeat",
        body,
        min: symbol === "+" ? 1 : 0,
        max: symbol === "?" ? 1 : infinite,
        isLazy,
      };
    }
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? infinite : Number(match[3]);
    return { kind: "repeat", body, min, max, isLazy };
  }

  #term(): ExpressionNode {
    const character = this.#source[this.#at]!;
    switch (character) {
      case "^":
        this.#at++;
        return { kind: "assert", what: this.#isMultiline ? "line_begin" : "begin" };
      case "$":
        this.#at++;
        return { kind: "assert", what: this.#isMultiline ? "line_end" : "end" };
      case ".":
        this.#at++;
        return byteSet(this.#isDotAll ? ALL : NO_LINE_END);
      case "[":
        return byteSet(this.#class());
      case "(":
        return this.#group();
      case "\\":
        return this.#escape();
      default:
        this.#at++;
        return byteSet((this.#isCaseless ? FOLDED : SINGLE)[codeOf(character)]!);
    }
  }

  #group(): ExpressionNode {
    const rest = this.#source.slice(this.#at, this.#at + 80);
    const opening = /^\((?:\?(?::|=|!|<=|<!|<\w+>))?/.exec(rest)![0];
    if (opening === "(" && rest[1] === "?") throw new ExpressionError(`${rest.slice(0, 6)} is not read`);
    this.#at += opening.length;
    const isLook = /[=!]$/.test(opening);
    const isCapture = opening === "(" || opening.endsWith(">");
    const index = isCapture ? ++this.#groupCount : 0;
    const body = this.#choice();
    if (!this.#takes(")")) throw new ExpressionError("a bracket is not closed");
    if (isLook) {
      return { kind: "look", body, isBehind: opening.includes("<"), isNegated: opening.endsWith("!") };
    }
    return isCapture ? { kind: "group", body, index } : body;
  }

  #escape(): ExpressionNode {
    const next = this.#source[this.#at + 1];
    if (next === "b" || next === "B") {
      this.#at += 2;
      return { kind: "assert", what: next === "b" ? "word_border" : "no_word_border" };
    }
    const named = next === "k" ? /^\\k<(\w+)>/.exec(this.#source.slice(this.#at)) : null;
    const numbered = /^\\([1-9]\d*)/.exec(this.#source.slice(this.#at, this.#at + 6));
    if (!named && !numbered) {
      const escaped = this.#escaped(false);
      if (typeof escaped === "number") return byteSet((this.#isCaseless ? FOLDED : SINGLE)[escaped]!);
      return byteSet(this.#folded(escaped));
    }
    const [text] = (named ?? numbered)!;
    this.#at += text.length;
    this.#hasReferences = true;
    const index = named ? this.#names.indexOf(named[1]!) + 1 : Number(numbered![1]);
    if (index < 1 || index > this.#names.length) throw new ExpressionError("a reference to no group");
    return { kind: "reference", index };
  }

  /** Sets of classes seen before in this expression, by their text: equal ones are one object. */
  #class(): Uint8Array {
    const start = this.#at;
    const set = this.#readClass();
    const text = this.#source.slice(start, this.#at);
    const known = this.#classes.get(text);
    if (!known) this.#classes.set(text, set);
    return known ?? set;
  }

  #readClass(): Uint8Array {
    this.#at++;
    const isNegated = this.#takes("^");
    const set = new Uint8Array(256);
    for (;;) {
      const character = this.#source[this.#at];
      if (character === undefined) throw new ExpressionError("a class is not closed");
      if (character === "]") break;
      const first = this.#classAtom();
      const isRange = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (!isRange) {
        add(set, first);
        continue;
      }
      this.#at++;
      const last = this.#classAtom();
      if (typeof first === "number" && typeof last === "number") {
        if (first > last) throw new ExpressionError("a range is upside down");
        set.fill(1, first, last + 1);
      } else {
        // A class at the end of a range: the hyphen stands for itself.
        add(set, first);
        add(set, last);
        set[0x2d] = 1;
      }
    }
    this.#at++;
    const folded = this.#folded(set);
    return isNegated ? complement(folded) : folded;
  }

  #classAtom(): number | Uint8Array {
    const character = this.#source[this.#at]!;
    if (character === "\\") return this.#escaped(true);
    this.#at++;
    return codeOf(character);
  }

  /** The byte an escape stands for, or the bytes. */
  #escaped(isInClass: boolean): number | Uint8Array {
    const letter = this.#source[this.#at + 1];
    const digits = this.#source.slice(this.#at + 2, this.#at + 4);
    if (letter === "x" && /^[0-9a-fA-F]{2}$/.test(digits)) {
      this.#at += 4;
      return Number.parseInt(digits, 16);
    }
    if (letter === undefined) throw new ExpressionError("a backslash at the end");
    this.#at += 2;
    const shared = SHARED_CLASSES[letter.toLowerCase()];
    if (shared) return letter === letter.toLowerCase() ? shared : complement(shared);
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (letter === "b" && isInClass) return 8;
    if (letter === "0") return 0;
    if (/[A-Za-z1-9]/.test(letter)) throw new ExpressionError(`\\${letter} is not read`);
    return codeOf(letter);
  }

  #takes(character: string): boolean {
    if (this.#source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #folded(set: Uint8Array): Uint8Array {
    return this.#isCaseless ? folded(set) : set;
  }
}

const QUANTIFIERS = "*+?{";

function folded(set: Uint8Array): Uint8Array {
  const canonical = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) if (set[byte] === 1) canonical[CANONICAL[byte]!] = 1;
  const all = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) all[byte] = canonical[CANONICAL[byte]!]!;
  return all;
}

function complement(set: Uint8Array): Uint8Array {
  const others = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) others[byte] = set[byte]! ^ 1;
  return others;
}

const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
const SHARED_CLASSES: Readonly<Record<string, Uint8Array>> = {
  d: setOf((text) => /[0-9]/.test(text)),
  w: setOf((text) => /\w/.test(text)),
  s: setOf((text) => /\s/.test(text)),
};

/** What a byte is compared as without case: ECMAScript's Canonicalize, restricted to bytes. */
const CANONICAL = Uint8Array.from({ length: 256 }, (_, byte) => {
  const upper = String.fromCharCode(byte).toUpperCase();
  const code = upper.charCodeAt(0);
  return upper.length !== 1 || code > 0xff || (byte >= 128 && code < 128) ? byte : code;
});

/** Sets that many expressions use; nobody changes them. */
const ALL = new Uint8Array(256).fill(1);
const NO_LINE_END = ALL.map((_, byte) => (byte === 0x0a || byte === 0x0d ? 0 : 1));
const SINGLE: readonly Uint8Array[] = Array.from({ length: 256 }, (_, byte) => single(byte));
const FOLDED: readonly Uint8Array[] = SINGLE.map(folded);

function setOf(accepts: (text: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (accepts(String.fromCharCode(byte)) ? 1 : 0));
}

function byteSet(set: Uint8Array): ExpressionNode {
  return { kind: "set", set };
}

function single(code: number): Uint8Array {
  const set = new Uint8Array(256);
  set[code] = 1;
  return set;
}

function codeOf(character: string): number {
  const code = character.charCodeAt(0);
  if (code > 0xff) throw new ExpressionError("a character beyond one byte");
  return code;
}

function add(set: Uint8Array, other: number | Uint8Array): void {
  if (typeof other === "number") set[other] = 1;
  else for (let byte = 0; byte < 256; byte++) set[byte]! |= other[byte]!;
}

/** Names of the capturing groups in their order, "" for one without. Brackets behind a backslash or in a class are none. */
function groupNames(source: string): string[] {
  if (!source.includes("(")) return [];
  const pieces = source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<(\w+)>/gs);
  return [...pieces].filter(([text]) => text.startsWith("(")).map((match) => match[1] ?? "");
}
