/**
 * Walking DER (ITU-T X.690): one tag-length-value after the other, as offsets into the caller's bytes.
 *
 * Refuses: indefinite lengths, lengths of more than four bytes, tags of more than one byte. Nothing is copied and there is no
 * recursion; the caller descends by reading on at `contentOffset`.
 */

/** Tag bytes: class, constructed bit and number as they stand on the wire. */
export const DerTag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  OBJECT_DESCRIPTOR: 0x07,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  T61_STRING: 0x14,
  VIDEOTEX_STRING: 0x15,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  GRAPHIC_STRING: 0x19,
  VISIBLE_STRING: 0x1a,
  GENERAL_STRING: 0x1b,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** What a read found. */
export const DerRead = {
  OK: 0,
  /** The element (or its header) reaches beyond the end. Tag and length are valid if `hasHeader`. */
  TRUNCATED: 1,
  /** No DER: a form this reader refuses. */
  INVALID: 2,
} as const;
export type DerReadCode = (typeof DerRead)[keyof typeof DerRead];

/** One element, written over by each read. */
export class DerElement {
  tag = 0;
  contentOffset = 0;
  /** Exclusive; for a truncated element the end of the bytes that are there. */
  contentEnd = 0;
  /** A truncated element whose tag and length could still be read. */
  hasHeader = false;

  get contentLength(): number {
    return this.contentEnd - this.contentOffset;
  }

  /** Read the element at `offset`; the next one begins at `contentEnd`. Looks at nothing beyond `end`. */
  read(bytes: Uint8Array, offset: number, end: number): DerReadCode {
    this.hasHeader = false;
    this.contentOffset = offset;
    this.contentEnd = offset;
    if (offset + 2 > end) return DerRead.TRUNCATED;
    const tag = bytes[offset]!;
    if ((tag & 0x1f) === 0x1f) return DerRead.INVALID;
    let at = offset + 1;
    let length = bytes[at++]!;
    if (length >= 0x80) {
      const lengthBytes = length & 0x7f;
      if (lengthBytes === 0) return DerRead.INVALID;
      if (at + lengthBytes > end) return DerRead.TRUNCATED;
      if (lengthBytes > 4) return DerRead.INVALID;
      length = 0;
      for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[at++]!;
    }
    this.tag = tag;
    this.contentOffset = at;
    this.hasHeader = true;
    if (length > end - at) {
      this.contentEnd = end;
      return DerRead.TRUNCATED;
    }
    this.contentEnd = at + length;
    return DerRead.OK;
  }

  /** Whether a complete element of this tag begins at `offset`. */
  expect(bytes: Uint8Array, offset: number, end: number, tag: number): boolean {
    return this.read(bytes, offset, end) === DerRead.OK && this.tag === tag;
  }
}
