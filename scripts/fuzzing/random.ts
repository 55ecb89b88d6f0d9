/** Random numbers for fuzzing: fast, without allocation, the same everywhere (xorshift32, Marsaglia 2003). */
export class FuzzRandom {
  #state = 1;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Begin a sequence anew. Neighbouring seeds give unlike sequences. */
  seed(seed: number): void {
    let z = (seed + 0x9e3779b9) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    z ^= z >>> 15;
    this.#state = z === 0 ? 1 : z;
  }

  /** An integer in [0, below); 0 where `below` is. */
  below(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return below === 0 ? 0 : (x >>> 0) % below;
  }

  /** True once in `odds` times. */
  once(odds: number): boolean {
    return this.below(odds) === 0;
  }
}
