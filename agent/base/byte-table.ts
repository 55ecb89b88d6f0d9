/**
 * Numbers distinct strings of bytes as they come, without a string or an object for any of them: bytes behind each other, where
 * each begins, and an open-addressed table of their hashes. Memory: the bytes, and 12 to 20 bytes a string.
 */
import { GrowingBytes } from "./growing-bytes.js";
import { GrowingWords } from "./growing-words.js";

const FIRST_SLOTS = 1024;

export class ByteTable {
  readonly #bytes = new GrowingBytes();
  /** Where each begins, and the end of the last. */
  readonly #starts = new GrowingWords();
  /** Number + 1 of a string, 0 where none is; a power of two of them, at most half of them used. */
  #slots = new Int32Array(FIRST_SLOTS);

  constructor() {
    this.#starts.push(0);
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** The number of `bytes`, which are copied where they are new. */
  indexOf(bytes: Uint8Array): number {
    const slot = this.#slotOf(bytes);
    const known = this.#slots[slot]!;
    if (known > 0) return known - 1;
    const index = this.count;
    this.#bytes.push(bytes);
    this.#starts.push(this.#bytes.length);
    this.#slots[slot] = index + 1;
    if (this.count * 2 > this.#slots.length) this.#enlarge();
    return index;
  }

  /** Where the bytes of number `index` begin. */
  startOf(index: number): number {
    return this.#starts.at(index);
  }

  /** All bytes, without a copy: good until the next string is new. */
  bytes(): Uint8Array {
    return this.#bytes.view();
  }

  /** Where each begins, and the end of the last; as good as `bytes`. */
  starts(): Uint32Array {
    const { buffer, byteOffset, length } = this.#starts.view();
    return new Uint32Array(buffer, byteOffset, length);
  }

  #slotOf(bytes: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(bytes) & mask;
    for (let known = this.#slots[slot]!; known > 0; known = this.#slots[slot]!) {
      if (this.#isAt(known - 1, bytes)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isAt(index: number, bytes: Uint8Array): boolean {
    const start = this.startOf(index);
    if (this.startOf(index + 1) - start !== bytes.length) return false;
    return this.#bytes.holdsAt(start, bytes);
  }

  #enlarge(): void {
    const all = this.#bytes.view();
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.count; index++) {
      const bytes = all.subarray(this.startOf(index), this.startOf(index + 1));
      this.#slots[this.#slotOf(bytes)] = index + 1;
    }
  }
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
