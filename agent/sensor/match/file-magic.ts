/**
 * Says what kind of file some bytes begin, in the words of libmagic, for `file.magic`: the kinds of file-kinds.ts, and texts.
 * Bound: the first INSPECTED_BYTES are looked at.
 */
import { latin1Text } from "../../base/latin1.js";
import { FILE_KINDS } from "../../signature/file-kinds.js";
import { readUint32 } from "../wire/big-endian.js";
import { readUint16Le, readUint32Le } from "../wire/little-endian.js";

const INSPECTED_BYTES = 4096;
/** Lines longer than this are "very long". */
const LONG_LINE_BYTES = 300;
const PNG_COLORS: Readonly<Record<number, string>> = {
  0: "grayscale",
  2: "/color RGB",
  3: " colormap",
  4: " gray+alpha",
  6: "/color RGBA",
};
const HTML_TAGS: readonly string[] = [
  "<!doctype html",
  "<html",
  "<head",
  "<title",
  "<body",
  "<script",
  "<table",
];
const TEXT_CONTROLS: ReadonlySet<number> = new Set([7, 8, 9, 10, 12, 13, 27]);

/** Writes the description of `bytes[offset, offset + length)` to `out` and returns its length. */
export function describeFile(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  const text = kindOf(bytes, offset, Math.min(length, INSPECTED_BYTES));
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return text.length;
}

function kindOf(bytes: Uint8Array, offset: number, length: number): string {
  if (length === 0) return "empty";
  if (length === 1) return "very short file (no magic)";
  for (const { offset: at, magic, name } of FILE_KINDS) {
    if (!beginsWith(bytes, offset + at, offset + length, magic)) continue;
    if (name.startsWith("XML")) return `${name}, ${textKind(bytes, offset, length) ?? "data"}`;
    return name + detailOf(name, bytes, offset, length);
  }
  const text = textKind(bytes, offset, length);
  if (text === undefined) return "data";
  return isHtml(bytes, offset, length) ? `HTML document, ${text}` : text;
}

function beginsWith(bytes: Uint8Array, at: number, end: number, magic: string): boolean {
  if (at + magic.length > end) return false;
  for (let i = 0; i < magic.length; i++) {
    if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}

function detailOf(name: string, bytes: Uint8Array, offset: number, length: number): string {
  if (name.startsWith("PDF")) return latin1Text(bytes, offset + 5, Math.min(3, length - 5));
  if (name.startsWith("PNG") && length >= 29) {
    const size = `${readUint32(bytes, offset + 16)} x ${readUint32(bytes, offset + 20)}`;
    const color = `${bytes[offset + 24]}-bit${PNG_COLORS[bytes[offset + 25]!] ?? ""}`;
    return `, ${size}, ${color}, ${bytes[offset + 28] === 0 ? "non-interlaced" : "interlaced"}`;
  }
  if (name.startsWith("JPEG") && length >= 13 && beginsWith(bytes, offset + 6, offset + length, "JFIF")) {
    return `, JFIF standard ${bytes[offset + 11]}.${String(bytes[offset + 12]).padStart(2, "0")}`;
  }
  if (name.startsWith("GIF") && length >= 10) {
    const size = `${readUint16Le(bytes, offset + 6)} x ${readUint16Le(bytes, offset + 8)}`;
    return `${latin1Text(bytes, offset + 3, 3)}, ${size}`;
  }
  if (name.startsWith("Macromedia") && length >= 4) return String(bytes[offset + 3]);
  if (name.startsWith("Zip archive data, at") && length >= 6) {
    const version = readUint16Le(bytes, offset + 4);
    return `${Math.floor(version / 10)}.${version % 10} to extract`;
  }
  if (name === "ELF " && length >= 20) {
    return `${bytes[offset + 4] === 2 ? "64" : "32"}-bit ${bytes[offset + 5] === 2 ? "MSB" : "LSB"} executable`;
  }
  return name === "MS-DOS executable" ? portableExecutable(bytes, offset, length) : "";
}

/** Behind the header of MS-DOS may lie the one of a program for Windows. */
function portableExecutable(bytes: Uint8Array, offset: number, length: number): string {
  if (length < 0x40) return "";
  const at = offset + readUint32Le(bytes, offset + 0x3c);
  if (at + 94 > offset + length || !beginsWith(bytes, at, offset + length, "PE\0\0")) return "";
  const format = readUint16Le(bytes, at + 24) === 0x20b ? "PE32+" : "PE32";
  const isLibrary = (readUint16Le(bytes, at + 22) & 0x2000) !== 0;
  const subsystem = readUint16Le(bytes, at + 92);
  const use = isLibrary ? "DLL" : subsystem === 3 ? "console" : "GUI";
  const machine = readUint16Le(bytes, at + 4) === 0x8664 ? "x86-64" : "Intel i386";
  return `, ${format} executable for MS Windows (${use}), ${machine}`;
}

/** What is said of a text, undefined for what is none. */
function textKind(bytes: Uint8Array, offset: number, length: number): string | undefined {
  let isAscii = true;
  let lineStart = 0;
  let longest = 0;
  let feeds = 0;
  let returns = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    if (byte >= 0x80) isAscii = false;
    else if (byte === 0x7f || (byte < 0x20 && !TEXT_CONTROLS.has(byte))) return undefined;
    if (byte !== 0x0a) continue;
    longest = Math.max(longest, i - lineStart);
    lineStart = i + 1;
    feeds++;
    if (i > 0 && bytes[offset + i - 1] === 0x0d) returns++;
  }
  longest = Math.max(longest, length - lineStart);
  const kind = isAscii
    ? "ASCII text"
    : isUtf8(bytes, offset, length)
      ? "Unicode text, UTF-8 text"
      : "ISO-8859 text";
  const long = longest > LONG_LINE_BYTES ? `, with very long lines (${longest})` : "";
  const ends =
    feeds === 0 ? ", with no line terminators" : returns === feeds ? ", with CRLF line terminators" : "";
  return kind + long + ends;
}

function isUtf8(bytes: Uint8Array, offset: number, length: number): boolean {
  let following = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    if (following > 0) {
      if ((byte & 0xc0) !== 0x80) return false;
      following--;
    } else if (byte >= 0xf0) following = 3;
    else if (byte >= 0xe0) following = 2;
    else if (byte >= 0xc2) following = 1;
    else if (byte >= 0x80) return false;
  }
  return true;
}

function isHtml(bytes: Uint8Array, offset: number, length: number): boolean {
  const text = latin1Text(bytes, offset, length).toLowerCase();
  return HTML_TAGS.some((tag) => text.includes(tag));
}
