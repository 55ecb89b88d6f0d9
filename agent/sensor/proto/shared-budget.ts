/**
 * A number of things that the flows of a parser may have together beyond the first of each flow, so that many flows
 * cannot take all memory. What is taken is given back when the flow is released.
 */
export class SharedBudget {
  /** Times something was wanted and nothing was left, since construction. */
  refused = 0;
  readonly #count: number;
  #left: number;

  constructor(count: number) {
    this.#count = count;
    this.#left = count;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#count - this.#left;
  }

  /** Take one; false where nothing is left. */
  take(): boolean {
    if (this.#left === 0) {
      this.refused++;
      return false;
    }
    this.#left--;
    return true;
  }

  giveBack(count: number): void {
    this.#left += count;
  }
}
