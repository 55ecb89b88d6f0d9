/** Content-Range (RFC 9110, 14.4) as far as Suricata judges it: whether the range lies in its file. Work: linear in the value. */
import { asciiOctets, hasPrefix, isDigit } from "../octets.js";

const BYTES = asciiOctets("bytes");
const SPACE = 0x20;
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;

/** A number of the value, and where it ends; −1 where there is none. */
class NumberCursor {
  at = 0;

  read(bytes: Uint8Array, end: number): number {
    const start = this.at;
    let value = 0;
    while (this.at < end && isDigit(bytes[this.at]!)) value = value * 10 + bytes[this.at++]! - 0x30;
    return this.at === start ? -1 : value;
  }
}

const cursor = new NumberCursor();

/** Whether `bytes[start, end)` is no range of bytes, or one that reaches beyond its file or runs backwards. */
export function isRangeInvalid(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasPrefix(bytes, start, end, BYTES)) return true;
  let at = start + BYTES.length;
  while (at < end && bytes[at] === SPACE) at++;
  if (bytes[at] === STAR && at < end) return !hasSize(bytes, at + 1, end);
  cursor.at = at;
  const first = cursor.read(bytes, end);
  if (first < 0 || cursor.at >= end || bytes[cursor.at] !== HYPHEN) return true;
  cursor.at++;
  const last = cursor.read(bytes, end);
  if (last < 0 || cursor.at + 1 >= end || bytes[cursor.at] !== SLASH) return true;
  cursor.at++;
  if (bytes[cursor.at] === STAR) return first > last;
  const size = cursor.read(bytes, end);
  return size < 0 || (last > 0 && (first > last || last > size - 1));
}

function hasSize(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === SLASH && isDigit(bytes[at + 1]!);
}
