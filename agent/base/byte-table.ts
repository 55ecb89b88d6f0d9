/**
 * Numbers distinct strings of bytes as they come, without a string or an object for any of them: bytes behind each other, where
 * each begins, their hashes and an open-addressed table of them. Memory: the bytes, and 16 to 24 bytes a string.
 */
import { GrowingBytes } from "./growing-bytes.js";
import { GrowingWords } from "./growing-words.js";

const FIRST_SLOTS = 1024;

export class ByteTable {
  readonly #bytes = new GrowingBytes();
  /** Where each begins, and the end of the last. */
  readonly #starts = new GrowingWords();
  readonly #hashes = new GrowingWords();
  /** Number + 1 of a string, 0 where none is; a power of two of them, at most half of them used. */
  #slots = new Int32Array(FIRST_SLOTS);

  constructor() {
    this.#starts.push(0);
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** The number of the first `length` of `bytes`, which are copied where they are new. */
  indexOf(bytes: Uint8Array, length = bytes.length): number {
    const hash = hashOf(bytes, length);
    const slot = this.#slotOf(hash, bytes, length);
    const known = this.#slots[slot]!;
    if (known > 0) return known - 1;
    const index = this.count;
    this.#bytes.push(bytes, length);
    this.#starts.push(this.#bytes.length);
    this.#hashes.push(hash);
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

  #slotOf(hash: number, bytes: Uint8Array, length: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let known = this.#slots[slot]!; known > 0; known = this.#slots[slot]!) {
      if (this.#hashes.at(known - 1) === hash && this.#isAt(known - 1, bytes, length)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #isAt(index: number, bytes: Uint8Array, length: number): boolean {
    const start = this.startOf(index);
    if (this.startOf(index + 1) - start !== length) return false;
    return this.#bytes.holdsAt(start, bytes, length);
  }

  #enlarge(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = this.#hashes.at(index) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    // Only so do the upper bits of a word reach the lower ones of the hash.
    hash ^= hash >>> 15;
  }
  for (; at < length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
