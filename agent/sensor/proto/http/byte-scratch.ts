import { copyOctets } from "../octets.js";

/**
 * Owns the room into which a parser writes what it makes out of a message: joined headers, a normalised URI.
 *
 * Fixed size. What does not fit is left out and counted; a text then ends early, it never moves.
 */
export class ByteScratch {
  readonly bytes: Uint8Array;
  /** Bytes used: where the next text begins. */
  length = 0;
  /** Bytes left out since construction. */
  droppedBytes = 0;

  constructor(capacityBytes: number) {
    this.bytes = new Uint8Array(capacityBytes);
  }

  clear(): void {
    this.length = 0;
  }

  push(octet: number): void {
    if (this.length === this.bytes.length) this.droppedBytes++;
    else this.bytes[this.length++] = octet;
  }

  /** Append `source[start, end)`. */
  append(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    const room = bytes.length - this.length;
    if (end - start > room) {
      this.droppedBytes += end - start - room;
      end = start + room;
    }
    copyOctets(source, start, end, bytes, this.length);
    this.length += end - start;
  }
}
