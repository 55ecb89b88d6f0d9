/**
 * How much a rising count has risen lately: over one to two windows, so that the answer is never about a moment.
 * A count that falls has started anew (a sensor was started again); it then counts from nothing.
 */
export class RecentChange {
  readonly #windowMs: number;
  #currentMs = Number.NEGATIVE_INFINITY;
  #previousValue: number | undefined;
  #currentValue = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /**
   * @param nowMs monotonic
   * @returns how much the count has risen since the window before this one began
   */
  observe(nowMs: number, value: number): number {
    if (this.#previousValue === undefined || value < this.#currentValue) {
      // What was counted before the first look is as recent as the agent itself.
      this.#previousValue = 0;
      this.#currentValue = value;
      this.#currentMs = nowMs;
    } else if (nowMs - this.#currentMs >= this.#windowMs) {
      this.#previousValue = this.#currentValue;
      this.#currentValue = value;
      this.#currentMs = nowMs;
    }
    return value - this.#previousValue;
  }
}
