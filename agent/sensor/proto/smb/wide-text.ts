/** Text of SMB as UTF-8. */

import type { TextBuffer } from "../text-buffer.js";

const HIGH_SURROGATE = 0xd800;
const LOW_SURROGATE = 0xdc00;
const SURROGATE_END = 0xe000;

/** Replace `text` by UTF-16 in little-endian order, up to its first NUL. */
export function setWideText(text: TextBuffer, bytes: Uint8Array, start: number, end: number): void {
  text.clear();
  for (let at = start; at + 1 < end; at += 2) {
    let code = bytes[at]! | (bytes[at + 1]! << 8);
    if (code === 0) return;
    if (code >= HIGH_SURROGATE && code < LOW_SURROGATE && at + 3 < end) {
      const low = bytes[at + 2]! | (bytes[at + 3]! << 8);
      if (low >= LOW_SURROGATE && low < SURROGATE_END) {
        code = 0x1_0000 + ((code - HIGH_SURROGATE) << 10) + (low - LOW_SURROGATE);
        at += 2;
      }
    }
    pushCodePoint(text, code);
  }
}

/** Replace `text` by octets up to the first NUL. */
export function setNarrowText(text: TextBuffer, bytes: Uint8Array, start: number, end: number): void {
  text.clear();
  let stop = start;
  while (stop < end && bytes[stop] !== 0) stop++;
  text.push(bytes, start, stop - start);
}

function pushCodePoint(text: TextBuffer, code: number): void {
  if (code < 0x80) {
    text.pushByte(code);
  } else if (code < 0x800) {
    text.pushByte(0xc0 | (code >> 6));
    text.pushByte(0x80 | (code & 0x3f));
  } else if (code < 0x1_0000) {
    text.pushByte(0xe0 | (code >> 12));
    text.pushByte(0x80 | ((code >> 6) & 0x3f));
    text.pushByte(0x80 | (code & 0x3f));
  } else {
    text.pushByte(0xf0 | (code >> 18));
    text.pushByte(0x80 | ((code >> 12) & 0x3f));
    text.pushByte(0x80 | ((code >> 6) & 0x3f));
    text.pushByte(0x80 | (code & 0x3f));
  }
}
