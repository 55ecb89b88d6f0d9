/** Bytes behind each other, of which nobody knows how many will come. */
const FIRST_BYTES = 4096;

export class GrowingBytes {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Append bytes; returns the place of the first. */
  push(bytes: Uint8Array): number {
    const start = this.#length;
    if (start + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(start + bytes.length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, start);
    this.#length = start + bytes.length;
    return start;
  }

  /** Whether `bytes` stand at `start`. */
  holdsAt(start: number, bytes: Uint8Array): boolean {
    const all = this.#bytes;
    for (let i = 0; i < bytes.length; i++) if (all[start + i] !== bytes[i]) return false;
    return true;
  }

  /** All bytes, without a copy: good until the next ones are appended. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
