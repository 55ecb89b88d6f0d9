import { NO_BYTES } from "../wire/packet-view.js";
import { copyOctets } from "./octets.js";

/** V8 keeps arrays of up to as many bytes itself; larger ones it takes from the system. */
const FIRST_BYTES = 64;

/**
 * Text under construction, as bytes in a buffer of fixed size: for fields a parser composes (fingerprint strings,
 * names). What does not fit is left out and `isTruncated` says so.
 */
export class TextBuffer {
  bytes: Uint8Array;
  length = 0;
  isTruncated = false;
  readonly #capBytes: number;

  /** @param isMadeAtOnce whether there is all of the memory before there is text, of which a buffer of a flow may never have any, or much */
  constructor(capBytes: number, isMadeAtOnce = true) {
    this.#capBytes = capBytes;
    this.bytes = isMadeAtOnce ? new Uint8Array(capBytes) : NO_BYTES;
  }

  clear(): void {
    this.length = 0;
    this.isTruncated = false;
  }

  pushByte(byte: number): void {
    if (this.length < this.bytes.length || this.#grows()) this.bytes[this.length++] = byte;
    else this.isTruncated = true;
  }

  push(bytes: Uint8Array, offset: number, length: number): void {
    while (length > this.bytes.length - this.length && this.#grows());
    const room = this.bytes.length - this.length;
    if (length > room) {
      this.isTruncated = true;
      length = room;
    }
    copyOctets(bytes, offset, offset + length, this.bytes, this.length);
    this.length += length;
  }

  /** A whole number from 0 to 2^53 in decimal. */
  pushDecimal(value: number): void {
    let divisor = 1;
    if (value < 100_000) {
      // Numbers of 16 bits, of which fingerprints have hundreds: integer arithmetic.
      divisor = value < 10 ? 1 : value < 100 ? 10 : value < 1000 ? 100 : value < 10_000 ? 1000 : 10_000;
      for (; divisor >= 1; divisor = (divisor / 10) | 0) {
        const digit = (value / divisor) | 0;
        this.pushByte(0x30 + digit);
        value -= digit * divisor;
      }
      return;
    }
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor >= 1; divisor /= 10) this.pushByte(0x30 + (Math.floor(value / divisor) % 10));
  }

  /** Have more memory, unless it is as much as there may be. */
  #grows(): boolean {
    const { bytes } = this;
    if (bytes.length === this.#capBytes) return false;
    this.bytes = new Uint8Array(bytes.length === 0 ? Math.min(FIRST_BYTES, this.#capBytes) : this.#capBytes);
    this.bytes.set(bytes);
    return true;
  }
}
