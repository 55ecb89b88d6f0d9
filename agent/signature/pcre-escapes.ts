/** Escapes of Perl-compatible expressions as JavaScript writes them, over bytes (one character a byte). */
import { RuleError } from "./rule-error.js";

const SPACE_CLASS = "\\t\\n\\v\\f\\r ";

/** An escape outside a class that stands for something that can be repeated. */
export function escapedAtom(rest: string, letter: string): [text: string, length: number] {
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
export function hexadecimalEscape(rest: string): [text: string, length: number] | undefined {
  const hex = /^\\x(?:\{([0-9a-f]{1,2})\}|([0-9a-f]{0,2}))/i.exec(rest);
  return hex ? [`\\x${(hex[1] ?? hex[2]!).padStart(2, "0")}`, hex[0].length] : undefined;
}

export function hexEscape(byte: number): string {
  if (byte > 0xff) throw new RuleError("pcre: a character beyond one byte");
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

export function classEscape(letter: string, isInClass: boolean): string {
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

export function escapeLiteral(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}
