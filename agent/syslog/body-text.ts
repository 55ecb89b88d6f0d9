/**
 * Owns the way from the octets of a line to text. Japanese devices write UTF-8, Shift_JIS or EUC-JP and do not say
 * which; UTF-8 is recognised by its form, the other two by how their letters are distributed. Nothing is refused: octets
 * of no known encoding are read as ISO 8859-1, so that each has its character. Linear.
 */
import { isUtf8 } from "node:buffer";

export type TextEncoding = "utf-8" | "shift_jis" | "euc-jp" | "latin1";

const SHIFT_JIS = new TextDecoder("shift_jis");
const EUC_JP = new TextDecoder("euc-jp");

export function decodeText(bytes: Buffer, encoding: TextEncoding): string {
  switch (encoding) {
    case "utf-8":
      return bytes.toString("utf8");
    case "shift_jis":
      return SHIFT_JIS.decode(bytes);
    case "euc-jp":
      return EUC_JP.decode(bytes);
    default:
      return bytes.toString("latin1");
  }
}

/** The encoding in which `bytes` is a text. */
export function encodingOf(bytes: Buffer): TextEncoding {
  if (isUtf8(bytes)) return "utf-8";
  const euc = eucLetters(bytes);
  const shiftJis = shiftJisLetters(bytes);
  if (euc < 0 && shiftJis < 0) return "latin1";
  return euc >= shiftJis ? "euc-jp" : "shift_jis";
}

/** Kana and kanji of the first level read as EUC-JP; −1 where it is none. */
function eucLetters(bytes: Buffer): number {
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!;
    if (lead < 0x80) continue;
    const trail = bytes[++i];
    if (trail === undefined) return -1;
    if (lead === 0x8e) {
      // Half-width kana: rare in EUC-JP.
      if (trail < 0xa1 || trail > 0xdf) return -1;
    } else if (lead === 0x8f) {
      const third = bytes[++i];
      if (trail < 0xa1 || third === undefined || third < 0xa1) return -1;
    } else {
      if (lead < 0xa1 || lead > 0xf4 || trail < 0xa1 || trail > 0xfe) return -1;
      if (lead === 0xa4 || lead === 0xa5 || (lead >= 0xb0 && lead <= 0xcf)) letters++;
    }
  }
  return letters;
}

/** The same read as Shift_JIS. */
function shiftJisLetters(bytes: Buffer): number {
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!;
    // Half-width kana are one octet.
    if (lead < 0x80 || (lead >= 0xa1 && lead <= 0xdf)) continue;
    const trail = bytes[++i];
    if (lead === 0x80 || lead === 0xa0 || lead > 0xfc) return -1;
    if (trail === undefined || trail < 0x40 || trail === 0x7f || trail > 0xfc) return -1;
    if (lead === 0x82 || lead === 0x83 || (lead >= 0x88 && lead <= 0x98)) letters++;
  }
  return letters;
}
