/**
 * Owns text on a terminal: how wide it is, where it may be broken, and what of it is safe to print.
 *
 * Width as terminals count it: East Asian wide and full-width characters take two columns, combining marks none
 * (Unicode Standard Annex #11; ambiguous ones count one). Lines are broken at spaces, and between Japanese
 * characters where the rules of line breaking (禁則) allow it.
 */

/** What a technician's terminal has at the least. */
export const SCREEN_COLUMNS = 80;

/** Columns that `text` takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character.codePointAt(0)!);
  return width;
}

function characterWidth(code: number): number {
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  if (isCombining(code)) return 0;
  return isWide(code) ? 2 : 1;
}

function isCombining(code: number): boolean {
  return (
    code < 0x370 ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x20d0 && code <= 0x20ff) ||
    code === 0x3099 ||
    code === 0x309a ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    (code >= 0xfe20 && code <= 0xfe2f)
  );
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** Characters that may not begin a line: closing marks, small kana, the long vowel mark. */
const NOT_FIRST = new Set(
  "、。，．・：；？！）］｝」』】〉》〕ー～々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%",
);
/** Characters that may not end a line: opening marks. */
const NOT_LAST = new Set("（［｛「『【〈《〔([{");

/**
 * `text` in lines of at most `columns`, the first after `first`, the others after `indent`.
 *
 * A word that is longer than a line is cut.
 */
export function wrapText(text: string, columns: number, first = "", indent = first): string {
  const lines: string[] = [];
  let line = first;
  let hasContent = false;
  for (const piece of piecesOf(text)) {
    let rest = piece;
    if (hasContent && displayWidth(line) + displayWidth(rest.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = indent;
      hasContent = false;
    }
    while (!hasContent && displayWidth(line) + displayWidth(rest.trimEnd()) > columns) {
      const cut = clipText(rest, Math.max(2, columns - displayWidth(line)));
      lines.push(line + cut);
      line = indent;
      rest = rest.slice(cut.length);
    }
    line += rest;
    hasContent ||= rest.trim() !== "";
  }
  if (hasContent || lines.length === 0) lines.push(line.trimEnd());
  return lines.join("\n");
}

/** The beginning of `text` that fits into `columns`. */
export function clipText(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += characterWidth(character.codePointAt(0)!);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The pieces between which a line may be broken; spaces stay at the end of a piece. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  let last = "";
  for (const character of text) {
    const isBreak =
      last === " "
        ? character !== " "
        : last !== "" &&
          character !== " " &&
          (isJapanese(last) || isJapanese(character)) &&
          !NOT_FIRST.has(character) &&
          !NOT_LAST.has(last);
    if (isBreak) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
    last = character;
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}

function isJapanese(character: string): boolean {
  return isWide(character.codePointAt(0)!);
}

/**
 * Text from the network made safe for a terminal: what moves the cursor, changes colours or turns the direction of
 * writing becomes `·`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, "·");
}
