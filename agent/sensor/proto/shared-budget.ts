/**
 * A number of things that the flows of a parser may have together beyond the first of each flow, so that many flows
 * cannot take all memory. What is taken is given back when the flow is released.
 */
export class SharedBudget {
  /** Times something was wanted and nothing was left, since construction. */
  refused = 0;
  #left: number;

  constructor(count: number) {
    this.#left = count;
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
