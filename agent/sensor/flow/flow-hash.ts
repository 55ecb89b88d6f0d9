/**
 * Owns the hash of a flow key: the same for both directions, and keyed, so that nobody outside can choose packets
 * that fall into one bucket. Multilinear hashing over 16-bit words with 32-bit random multipliers: its upper
 * 17 bits are strongly universal (Lemire & Kaser, "Strongly universal string hashing is fast", 2014), which a
 * seeded mixer like Murmur is not. Memory: 32 multipliers.
 */

/** Sixteen million flows. */
const MAX_BUCKET_BITS = 24;

const MULTIPLIERS = 32;

/**
 * Bits of a table of buckets, twice as many as entries: taken from the top, `hash >>> (32 - bits)`. Bits below the proven 17
 * only part further what those let share a bucket: nobody can make it worse than 17 are.
 */
export function bucketBits(entries: number): number {
  return Math.min(MAX_BUCKET_BITS, Math.ceil(Math.log2(entries)) + 1);
}

export class FlowHash {
  readonly #key = new Int32Array(MULTIPLIERS);

  constructor(seed: number) {
    // SplitMix32: turns one seed into independent-looking multipliers.
    let state = seed | 0;
    for (let i = 0; i < MULTIPLIERS; i++) {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#key[i] = z ^ (z >>> 15);
    }
  }

  /**
   * Hash of two end points and what else belongs to the key; swapping the end points changes nothing.
   * `kind` and `vlan` are non-negative 31-bit numbers. Returns a signed 32-bit number.
   */
  ofFlow(
    a: Uint32Array,
    aPort: number,
    b: Uint32Array,
    bPort: number,
    isIpv6: boolean,
    kind: number,
    vlan: number,
  ): number {
    const key = this.#key;
    let hash =
      (Math.imul(key[0]!, kind & 0xffff) +
        Math.imul(key[1]!, kind >>> 16) +
        Math.imul(key[2]!, vlan & 0xffff) +
        Math.imul(key[3]!, vlan >>> 16)) |
      0;
    const isSwapped = isAfter(a, aPort, b, bPort);
    const low = isSwapped ? b : a;
    const high = isSwapped ? a : b;
    hash = (hash + Math.imul(key[4]!, isSwapped ? bPort : aPort)) | 0;
    hash = (hash + Math.imul(key[5]!, isSwapped ? aPort : bPort)) | 0;
    hash = (hash + Math.imul(key[6]!, low[3]! & 0xffff) + Math.imul(key[7]!, low[3]! >>> 16)) | 0;
    hash = (hash + Math.imul(key[8]!, high[3]! & 0xffff) + Math.imul(key[9]!, high[3]! >>> 16)) | 0;
    if (!isIpv6) return hash;
    for (let i = 0, k = 10; i < 3; i++, k += 4) {
      hash = (hash + Math.imul(key[k]!, low[i]! & 0xffff) + Math.imul(key[k + 1]!, low[i]! >>> 16)) | 0;
      hash = (hash + Math.imul(key[k + 2]!, high[i]! & 0xffff) + Math.imul(key[k + 3]!, high[i]! >>> 16)) | 0;
    }
    return hash;
  }

  /** Hash of up to four words (an address, or a prefix with zeros behind it). */
  ofWords(word0: number, word1: number, word2: number, word3: number): number {
    const key = this.#key;
    return (
      (Math.imul(key[22]!, word0 & 0xffff) +
        Math.imul(key[23]!, word0 >>> 16) +
        Math.imul(key[24]!, word1 & 0xffff) +
        Math.imul(key[25]!, word1 >>> 16) +
        Math.imul(key[26]!, word2 & 0xffff) +
        Math.imul(key[27]!, word2 >>> 16) +
        Math.imul(key[28]!, word3 & 0xffff) +
        Math.imul(key[29]!, word3 >>> 16)) |
      0
    );
  }
}

function isAfter(a: Uint32Array, aPort: number, b: Uint32Array, bPort: number): boolean {
  for (let i = 3; i >= 0; i--) {
    if (a[i] !== b[i]) return a[i]! > b[i]!;
  }
  return aPort > bPort;
}
