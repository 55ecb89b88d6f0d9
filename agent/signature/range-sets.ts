import type { RangeSets } from "./image.js";
import type { IntervalSet } from "./interval-set.js";

/** Collects distinct interval sets and packs them into flat arrays. Set 0 is everything. */
export class RangeSetBuilder {
  readonly #sets: IntervalSet[] = [];
  readonly #indexes = new Map<string, number>();
  /** The same by identity: most rules share the very sets. */
  readonly #known = new Map<IntervalSet, number>();

  /**
   * @param wordCount 32-bit words of one value (1 for IPv4 and ports, 4 for IPv6)
   * @param everything the set that always matches
   */
  constructor(
    readonly wordCount: 1 | 4,
    everything: IntervalSet,
  ) {
    this.indexOf(everything);
  }

  /** How many different sets there are. */
  get count(): number {
    return this.#sets.length;
  }

  /** Whether `set` has a number already. */
  knows(set: IntervalSet): boolean {
    if (this.#known.has(set)) return true;
    const index = this.#indexes.get(keyOf(set));
    if (index !== undefined) this.#known.set(set, index);
    return index !== undefined;
  }

  /** The number of `set`. */
  indexOf(set: IntervalSet): number {
    const known = this.#known.get(set);
    if (known !== undefined) return known;
    const key = keyOf(set);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#sets.length;
      this.#sets.push(set);
      this.#indexes.set(key, index);
    }
    this.#known.set(set, index);
    return index;
  }

  build(): RangeSets {
    const starts = new Uint32Array(this.#sets.length + 1);
    const rangeCount = this.#sets.reduce((sum, set) => sum + set.length, 0);
    const ranges = new Uint32Array(rangeCount * 2 * this.wordCount);
    let at = 0;
    this.#sets.forEach((set, index) => {
      starts[index] = at / (2 * this.wordCount);
      for (const range of set) {
        for (const value of range) {
          for (let word = this.wordCount - 1; word >= 0; word--) {
            ranges[at++] = Number((value >> BigInt(word * 32)) & 0xffff_ffffn);
          }
        }
      }
    });
    starts[this.#sets.length] = rangeCount;
    return { starts, ranges };
  }
}

/** Several builders see the same sets, and text of large numbers is dear to make. */
const keys = new WeakMap<IntervalSet, string>();

function keyOf(set: IntervalSet): string {
  let key = keys.get(set);
  if (key === undefined) {
    key = set.map(([first, last]) => `${first.toString(36)}-${last.toString(36)}`).join(",");
    keys.set(set, key);
  }
  return key;
}
