/**
 * Owns the memory that waiting bodies share: arrays whose sizes double from SMALLEST_BYTES up to the largest that a body needs. What
 * is given back is used again; arrays of other sizes that nobody uses make room.
 *
 * Bound: `maxBytes` for all arrays, used or not.
 */

const SMALLEST_BYTES = 4096;

export class BodyMemory {
  /** Bytes of all arrays, those nobody uses included. */
  bytes = 0;
  readonly #maxBytes: number;
  readonly #largestBytes: number;
  /** Arrays that nobody uses, by size. */
  readonly #free: Uint8Array[][] = [];
  readonly #sizes: number[] = [];

  /** @param largestBytes more is never asked for */
  constructor(maxBytes: number, largestBytes: number) {
    this.#maxBytes = maxBytes;
    this.#largestBytes = largestBytes;
    for (let size = SMALLEST_BYTES; size < largestBytes; size *= 2) this.#addSize(size);
    this.#addSize(largestBytes);
  }

  /** An array of at least `byteCount` bytes with whatever stands in it, or null where there is no room. */
  take(byteCount: number): Uint8Array | null {
    const index = this.#sizes.findIndex((size) => size >= byteCount);
    const known = this.#free[index]?.pop();
    if (known !== undefined) return known;
    const size = this.#sizes[index] ?? this.#largestBytes;
    if (!this.#makeRoom(size)) return null;
    this.bytes += size;
    return new Uint8Array(size);
  }

  giveBack(array: Uint8Array): void {
    const index = this.#sizes.indexOf(array.length);
    if (index >= 0) this.#free[index]!.push(array);
  }

  #addSize(size: number): void {
    this.#sizes.push(size);
    this.#free.push([]);
  }

  #makeRoom(size: number): boolean {
    for (let i = this.#free.length - 1; i >= 0 && this.bytes + size > this.#maxBytes; i--) {
      const free = this.#free[i]!;
      while (free.length > 0 && this.bytes + size > this.#maxBytes) this.bytes -= free.pop()!.length;
    }
    return this.bytes + size <= this.#maxBytes;
  }
}
