/** Bytes behind each other, of which nobody knows how many will come. */
const FIRST_BYTES = 4096;

export class GrowingBytes {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Append the first `length` of `bytes`; returns the place of the first. */
  push(bytes: Uint8Array, length = bytes.length): number {
    const start = this.#length;
    if (start + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(start + length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    if (length === bytes.length) this.#bytes.set(bytes, start);
    else for (let i = 0; i < length; i++) this.#bytes[start + i] = bytes[i]!;
    this.#length = start + length;
    return start;
  }

  /** Whether the first `length` of `bytes` stand at `start`. */
  holdsAt(start: number, bytes: Uint8Array, length = bytes.length): boolean {
    const all = this.#bytes;
    for (let i = 0; i < length; i++) if (all[start + i] !== bytes[i]) return false;
    return true;
  }

  /** All bytes, without a copy: good until the next ones are appended. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
