import { asciiOctets } from "../octets.js";
import type { TextBuffer } from "../text-buffer.js";
import { DerElement, DerRead, DerTag } from "./der.js";
import { attributeName } from "./x509-attribute-names.js";

const OID_OPEN = asciiOctets("OID(");
/** What Suricata prints for a name with a text that is no UTF-8 (or UTF-16, where that is its type). */
const INVALID_NAME = asciiOctets("<X509Error: Invalid X.509 name>");
const UPPER_HEX = asciiOctets("0123456789ABCDEF");

/**
 * Prints X.509 names as Suricata does: `C=JP, O=Example, CN=a`, in the order of the certificate, with ` + ` inside
 * a set. Types without a text form are printed as upper-case hexadecimal. A name that is malformed from somewhere
 * on is printed up to there.
 *
 * The work is bounded by the certificate; the text by the buffer it is written to.
 */
export class X509NameWriter {
  readonly #set = new DerElement();
  readonly #pair = new DerElement();
  readonly #type = new DerElement();
  readonly #value = new DerElement();
  #hasBadText = false;

  /**
   * Append the text of the RDNSequence whose content is `bytes[offset, end)` to `text`. Returns false if the text
   * has a zero octet: Suricata, which holds names as C strings, then has no name at all.
   */
  write(bytes: Uint8Array, offset: number, end: number, text: TextBuffer): boolean {
    const start = text.length;
    this.#hasBadText = false;
    for (let at = offset; at < end; at = this.#set.contentEnd) {
      if (!this.#set.expect(bytes, at, end, DerTag.SET)) break;
      const setStart = text.length;
      if (setStart > start) {
        text.pushByte(0x2c);
        text.pushByte(0x20);
      }
      if (!this.#writeSet(bytes, this.#set.contentOffset, this.#set.contentEnd, text)) {
        text.length = setStart;
        break;
      }
    }
    if (this.#hasBadText) {
      text.length = start;
      text.push(INVALID_NAME, 0, INVALID_NAME.length);
      return true;
    }
    for (let at = start; at < text.length; at++) {
      if (text.bytes[at] === 0) return false;
    }
    return true;
  }

  /** Append the attributes of one set; false if not even the first is sound. */
  #writeSet(bytes: Uint8Array, offset: number, end: number, text: TextBuffer): boolean {
    for (let at = offset; at < end; at = this.#pair.contentEnd) {
      if (!this.#readPair(bytes, at, end)) return at > offset;
      if (at > offset) {
        text.pushByte(0x20);
        text.pushByte(0x2b);
        text.pushByte(0x20);
      }
      const name = attributeName(bytes, this.#type.contentOffset, this.#type.contentEnd);
      if (name !== undefined) text.push(name, 0, name.length);
      else writeOid(bytes, this.#type.contentOffset, this.#type.contentEnd, text);
      text.pushByte(0x3d);
      this.#writeValue(bytes, text);
    }
    return end > offset;
  }

  #readPair(bytes: Uint8Array, at: number, end: number): boolean {
    const pair = this.#pair;
    return (
      pair.expect(bytes, at, end, DerTag.SEQUENCE) &&
      this.#type.expect(bytes, pair.contentOffset, pair.contentEnd, DerTag.OBJECT_IDENTIFIER) &&
      this.#value.read(bytes, this.#type.contentEnd, pair.contentEnd) === DerRead.OK
    );
  }

  #writeValue(bytes: Uint8Array, text: TextBuffer): void {
    const { tag, contentOffset, contentEnd } = this.#value;
    switch (tag) {
      case DerTag.UTF8_STRING:
      case DerTag.PRINTABLE_STRING:
      case DerTag.IA5_STRING:
      case DerTag.T61_STRING:
      case DerTag.NUMERIC_STRING:
      case DerTag.VISIBLE_STRING:
      case DerTag.GENERAL_STRING:
      case DerTag.GRAPHIC_STRING:
      case DerTag.VIDEOTEX_STRING:
      case DerTag.OBJECT_DESCRIPTOR:
        if (isUtf8(bytes, contentOffset, contentEnd))
          text.push(bytes, contentOffset, contentEnd - contentOffset);
        else this.#hasBadText = true;
        return;
      case DerTag.BMP_STRING:
        if (!writeUtf16(bytes, contentOffset, contentEnd, text)) this.#hasBadText = true;
        return;
      default:
        for (let at = contentOffset; at < contentEnd; at++) {
          text.pushByte(UPPER_HEX[bytes[at]! >>> 4]!);
          text.pushByte(UPPER_HEX[bytes[at]! & 15]!);
        }
    }
  }
}

/** `OID(1.2.840.1)`; arcs above 2^53 are printed inexactly. */
function writeOid(bytes: Uint8Array, offset: number, end: number, text: TextBuffer): void {
  text.push(OID_OPEN, 0, OID_OPEN.length);
  let arc = 0;
  let isFirst = true;
  for (let at = offset; at < end; at++) {
    arc = arc * 128 + (bytes[at]! & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) arc = Number.MAX_SAFE_INTEGER;
    if (bytes[at]! >= 0x80) continue;
    if (isFirst) {
      const root = Math.min(Math.floor(arc / 40), 2);
      text.pushDecimal(root);
      arc -= root * 40;
      isFirst = false;
    }
    text.pushByte(0x2e);
    text.pushDecimal(arc);
    arc = 0;
  }
  text.pushByte(0x29);
}

/** Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
export function isUtf8(bytes: Uint8Array, offset: number, end: number): boolean {
  let at = offset;
  while (at < end) {
    const lead = bytes[at++]!;
    if (lead < 0x80) continue;
    let continuations: number;
    let lowest: number;
    let point: number;
    if (lead >= 0xc2 && lead < 0xe0) {
      continuations = 1;
      lowest = 0x80;
      point = lead & 0x1f;
    } else if (lead >= 0xe0 && lead < 0xf0) {
      continuations = 2;
      lowest = 0x800;
      point = lead & 0x0f;
    } else if (lead >= 0xf0 && lead < 0xf5) {
      continuations = 3;
      lowest = 0x10000;
      point = lead & 0x07;
    } else return false;
    if (at + continuations > end) return false;
    for (let i = 0; i < continuations; i++) {
      const next = bytes[at++]!;
      if ((next & 0xc0) !== 0x80) return false;
      point = point * 64 + (next & 0x3f);
    }
    if (point < lowest || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  }
  return true;
}

/** Append big-endian UTF-16 as UTF-8; false for a lone surrogate. A last odd octet counts as a code unit. */
function writeUtf16(bytes: Uint8Array, offset: number, end: number, text: TextBuffer): boolean {
  for (let at = offset; at < end; at += 2) {
    let point = at + 1 < end ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]!;
    if (point >= 0xd800 && point < 0xe000) {
      if (point >= 0xdc00 || at + 3 >= end) return false;
      const low = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (low < 0xdc00 || low >= 0xe000) return false;
      point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
      at += 2;
    }
    if (point < 0x80) text.pushByte(point);
    else {
      if (point < 0x800) text.pushByte(0xc0 | (point >>> 6));
      else {
        if (point < 0x10000) text.pushByte(0xe0 | (point >>> 12));
        else {
          text.pushByte(0xf0 | (point >>> 18));
          text.pushByte(0x80 | ((point >>> 12) & 0x3f));
        }
        text.pushByte(0x80 | ((point >>> 6) & 0x3f));
      }
      text.pushByte(0x80 | (point & 0x3f));
    }
  }
  return true;
}
