/**
 * Owns domain names in DNS messages: RFC 1035 labels and compression pointers, unpacked to dotted text without a
 * trailing dot, bytes as they are (a dot inside a label is not escaped), as Suricata's `dns.query` sees them.
 *
 * Bounds: 255 labels and pointers and 1,025 bytes per name (Suricata's limits), LABEL_BUDGET labels and pointers
 * and `storeBytes` of text per message. Names beyond the budget are stepped over without being followed, so the
 * cost of a message is linear in its length and a pointer loop cannot run.
 */

import { readUint16 } from "../../wire/big-endian.js";

/** A pointer points at itself. */
export const NAME_LOOP = 1;
/** Longer than MAX_NAME_BYTES; the text is cut there. */
export const NAME_TOO_LONG = 2;
/** More than MAX_LABELS labels and pointers. */
export const NAME_TOO_MANY_LABELS = 4;

const MAX_NAME_BYTES = 1025;
const MAX_LABELS = 255;
const MAX_LABEL_BYTES = 63;
const LABEL_BUDGET = 8192;
/** Room for one name: it is cut only after the label that made it too long. */
export const ONE_NAME_BYTES = MAX_NAME_BYTES + 1 + MAX_LABEL_BYTES;
const DOT = 0x2e;

export class DnsNameReader {
  /** The unpacked names of one message, one behind the other. */
  readonly text: Uint8Array;
  /** Where the last stored name stands in `text`. */
  offset = 0;
  /** Bytes of the last name; 0 for the root. Not filled by a name that was only stepped over. */
  length = 0;
  /** NAME_… bits of all names of the message. */
  flags = 0;
  /** Whether the last `read` filled `offset` and `length`. */
  isStored = false;

  #used = 0;
  #budget = LABEL_BUDGET;

  /** `storeBytes`: how much text of one message is kept, at least ONE_NAME_BYTES. */
  constructor(storeBytes: number) {
    this.text = new Uint8Array(storeBytes);
  }

  /** Forget the names of the previous message. */
  begin(): void {
    this.#used = 0;
    this.#budget = LABEL_BUDGET;
    this.flags = 0;
  }

  /**
   * Read the name at `at`, whose own bytes end at `limit`; pointers reach into `[start, end)`, the message.
   * Returns where the next datum stands, or −1 where the name is malformed. `keep` says whether the text is wanted.
   */
  read(bytes: Uint8Array, at: number, limit: number, start: number, end: number, keep: boolean): number {
    this.isStored = false;
    this.length = 0;
    if (this.#budget <= 0) return skipName(bytes, at, limit);
    const isKept = keep && this.#used + ONE_NAME_BYTES <= this.text.length;
    const text = this.text;
    const base = this.#used;
    let length = 0;
    let position = at;
    let positionEnd = limit;
    let next = -1;
    let labels = 0;
    let isCut = false;
    while (position < positionEnd) {
      const octet = bytes[position]!;
      if (octet === 0) {
        position++;
        break;
      }
      if (octet <= MAX_LABEL_BYTES) {
        const labelEnd = position + 1 + octet;
        if (labelEnd > positionEnd) return -1;
        if (!isCut) {
          if (isKept) {
            let to = base + length;
            if (length > 0) text[to++] = DOT;
            for (let i = position + 1; i < labelEnd; i++) text[to++] = bytes[i]!;
          }
          length += length > 0 ? octet + 1 : octet;
        }
        position = labelEnd;
      } else {
        if (octet < 0xc0 || position + 2 > positionEnd) return -1;
        const target = start + (readUint16(bytes, position) & 0x3fff);
        if (target > end) return -1;
        if (target === position && positionEnd === end) {
          if (next < 0) return -1;
          this.flags |= NAME_LOOP;
          break;
        }
        if (next < 0) next = position + 2;
        position = target;
        positionEnd = end;
      }
      if (++labels > MAX_LABELS) {
        if (next < 0) return -1;
        this.flags |= NAME_TOO_MANY_LABELS | NAME_TOO_LONG;
        break;
      }
      if (length > MAX_NAME_BYTES) {
        length = MAX_NAME_BYTES;
        isCut = true;
        this.flags |= NAME_TOO_LONG;
        if (next >= 0) break;
      }
    }
    this.#budget -= labels;
    if (isKept) {
      this.offset = base;
      this.length = length;
      this.isStored = true;
      this.#used = base + length;
    }
    return next < 0 ? position : next;
  }
}

/** Where the datum behind the name at `at` stands, or −1: labels up to the root or the first pointer, which is not followed. */
export function skipName(bytes: Uint8Array, at: number, limit: number): number {
  let position = at;
  while (position < limit) {
    const octet = bytes[position]!;
    if (octet === 0) return position + 1;
    if (octet > MAX_LABEL_BYTES) return octet < 0xc0 || position + 2 > limit ? -1 : position + 2;
    position += 1 + octet;
    if (position > limit) return -1;
  }
  return position;
}
