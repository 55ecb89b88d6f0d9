/**
 * The checks of `asn1` over objects in BER (ITU-T X.690): a real number in decimal that is longer than any, an object that is
 * longer than the rule allows. Objects that cannot be read end the search, and of one that is broken inside nothing is told. As in
 * Suricata 7.0.10 a bit string with more unused bits than it has is such an object, so that `bitstring_overflow` never holds.
 * Bounds: MAX_OBJECTS, MAX_DEPTH.
 */
import { Asn1Check } from "../../signature/program.js";

const MAX_OBJECTS = 256;
const MAX_DEPTH = 32;
const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
const UNIVERSAL_TAGS = 0x40;
const BOOLEAN = 1;
const BIT_STRING = 3;
const NULL = 5;
const MAX_UNUSED_BITS = 7;
const INDEFINITE = 0x80;
const REAL = 9;
/** Longer decimal numbers overflow where they are read. */
const MAX_REAL_BYTES = 256;
const MAX_LENGTH_BYTES = 4;

export class Asn1Walk {
  #bytes: Uint8Array = new Uint8Array(0);
  #checks = 0;
  #maxLength = 0;
  #objects = 0;
  #isFound = false;

  /**
   * Whether an object from `offset` on fails one of the checks.
   *
   * @param checks Asn1Check bits
   * @param maxLength for OVERSIZE_LENGTH
   */
  finds(bytes: Uint8Array, offset: number, end: number, checks: number, maxLength: number): boolean {
    this.#bytes = bytes;
    this.#checks = checks;
    this.#maxLength = maxLength;
    this.#objects = 0;
    for (let at = offset; at >= 0 && at < end; ) {
      this.#isFound = false;
      at = this.#walk(at, end, 0);
      if (at >= 0 && this.#isFound) return true;
    }
    return false;
  }

  /** Where the object at `at` ends, or −1 where it cannot be read. */
  #walk(at: number, end: number, depth: number): number {
    if (depth > MAX_DEPTH || ++this.#objects > MAX_OBJECTS) return -1;
    const bytes = this.#bytes;
    const identifier = bytes[at++]!;
    if ((identifier & LONG_TAG) === LONG_TAG) {
      do if (at >= end) return -1;
      while ((bytes[at++]! & 0x80) !== 0);
    }
    if (at >= end) return -1;
    let length = bytes[at++]!;
    if (length === INDEFINITE) return this.#walkOpen(identifier, at, end, depth);
    if (length > INDEFINITE) {
      const count = length & 0x7f;
      if (count > MAX_LENGTH_BYTES || at + count > end) return -1;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + bytes[at++]!;
    }
    const next = at + length;
    if (next > end || !this.#isWell(identifier, at, length)) return -1;
    this.#check(identifier, at, length);
    if ((identifier & CONSTRUCTED) === 0) return next;
    while (at < next) {
      at = this.#walk(at, next, depth + 1);
      if (at < 0) return -1;
    }
    return next;
  }

  /** The parts of an object that ends where two zero octets stand. */
  #walkOpen(identifier: number, at: number, end: number, depth: number): number {
    if ((identifier & CONSTRUCTED) === 0) return -1;
    while (at >= 0 && at + 2 <= end) {
      if (this.#bytes[at] === 0 && this.#bytes[at + 1] === 0) return at + 2;
      at = this.#walk(at, end, depth + 1);
    }
    return -1;
  }

  /** Whether the contents of a simple object can be read. */
  #isWell(identifier: number, at: number, length: number): boolean {
    if (identifier === BOOLEAN) return length === 1;
    if (identifier === NULL) return length === 0;
    if (identifier !== BIT_STRING) return true;
    const unused = this.#bytes[at]!;
    return length > 0 && unused <= (length === 1 ? 0 : MAX_UNUSED_BITS);
  }

  #check(identifier: number, at: number, length: number): void {
    const checks = this.#checks;
    if ((checks & Asn1Check.OVERSIZE_LENGTH) !== 0 && length > this.#maxLength) this.#isFound = true;
    if (length === 0 || identifier >= UNIVERSAL_TAGS || (identifier & CONSTRUCTED) !== 0) return;
    const first = this.#bytes[at]!;
    if ((checks & Asn1Check.DOUBLE_OVERFLOW) !== 0 && identifier === REAL) {
      if ((first & 0xc0) === 0 && length > MAX_REAL_BYTES) this.#isFound = true;
    }
  }
}
