/** 32-bit numbers behind each other, of which nobody knows how many will come: half of what an array takes, and nothing to collect. */
const FIRST_WORDS = 1024;

export class GrowingWords {
  #words: Int32Array;
  #length = 0;

  /** @param firstWords room to begin with, where there are many of these and few numbers in each */
  constructor(firstWords = FIRST_WORDS) {
    this.#words = new Int32Array(firstWords);
  }

  get length(): number {
    return this.#length;
  }

  /** Append numbers; returns the place of the first. Like every 32-bit array it keeps the lower bits. */
  push(...values: readonly number[]): number {
    const start = this.#length;
    this.grow(values.length);
    for (let i = 0; i < values.length; i++) this.#words[start + i] = values[i]!;
    return start;
  }

  /** Append `count` zeros; returns the place of the first. */
  grow(count: number): number {
    const start = this.#length;
    if (start + count > this.#words.length) {
      const larger = new Int32Array(Math.max(start + count, this.#words.length * 2));
      larger.set(this.#words.subarray(0, start));
      this.#words = larger;
    }
    this.#length = start + count;
    return start;
  }

  at(index: number): number {
    return this.#words[index]!;
  }

  set(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** All numbers, without a copy: good until the next one is appended. */
  view(): Int32Array {
    return this.#words.subarray(0, this.#length);
  }
}
