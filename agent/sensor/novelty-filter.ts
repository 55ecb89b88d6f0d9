/**
 * Tells what was heard before from what is new, so that a device that repeats itself makes no strings.
 *
 * Each thing is hashed to 64 bits and kept in one row of a table; another thing of the same row takes its place. So what is
 * new is always told, and what is known is now and then told again. Memory: 64 KiB.
 */
const ROWS = 8192;
/** What stands behind is alike in practice; a longer loop would be an attacker's to pay with our time. */
const MAX_HASHED_BYTES = 256;

export class NoveltyFilter {
  readonly #rows = new Int32Array(ROWS * 2);
  #low = 0;
  #high = 0;

  /** Begin a thing; things of another `kind` are never alike. */
  begin(kind: number): void {
    this.#low = 0x811c9dc5 ^ kind;
    this.#high = 0x41c6ce57 ^ kind;
  }

  addWord(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x9e3779b1);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ word, 0x5f356495);
    this.#high ^= this.#high >>> 13;
  }

  addBytes(bytes: Uint8Array, offset: number, length: number): void {
    const end = offset + Math.min(length, MAX_HASHED_BYTES);
    let at = offset;
    for (; at + 4 <= end; at += 4) {
      this.addWord(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    }
    for (; at < end; at++) this.addWord(bytes[at]!);
    this.addWord(length);
  }

  /** Whether the thing is not the last of its row; it is from now on. */
  isNew(): boolean {
    const row = (Math.imul(this.#low ^ (this.#high >>> 7), 0x85ebca6b) >>> 19) * 2;
    // A row of zeros is an empty one.
    const low = this.#low | 1;
    if (this.#rows[row] === low && this.#rows[row + 1] === this.#high) return false;
    this.#rows[row] = low;
    this.#rows[row + 1] = this.#high;
    return true;
  }
}
