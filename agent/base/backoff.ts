/**
 * Owns the pause before the next attempt to connect: exponential, with full jitter.
 *
 * Full jitter (a uniform share of the ceiling) spreads a fleet that lost its broker at one moment over the whole
 * interval. The ceiling doubles with every failure and falls back only after a connection that proved healthy.
 */

export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: () => number;
  #failures = 0;

  /** @param random uniform in [0, 1). */
  constructor(firstMs: number, longestMs: number, random: () => number = Math.random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** The pause in milliseconds after a further failure. */
  next(): number {
    const ceilingMs = Math.min(this.#longestMs, this.#firstMs * 2 ** this.#failures);
    // 2^30 seconds are far beyond any ceiling; the count stops where the power would overflow.
    if (this.#failures < 30) this.#failures++;
    return Math.round(this.#random() * ceilingMs);
  }

  reset(): void {
    this.#failures = 0;
  }
}
