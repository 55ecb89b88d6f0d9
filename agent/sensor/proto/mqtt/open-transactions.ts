/**
 * Which transaction a packet with an identifier belongs to: identifiers are used again as soon as they were acknowledged.
 *
 * Bound: the latest MAX_OPEN that have begun.
 */

const MAX_OPEN = 32;

export class OpenTransactions {
  readonly #keys = new Int32Array(MAX_OPEN).fill(-1);
  #begun = 0;

  /** Another one begins; `key` names it until the next of the same name. */
  begin(key: number): number {
    this.#keys[this.#begun % MAX_OPEN] = key;
    return this.#begun++;
  }

  /** The latest of that name, −1 where there is none. */
  find(key: number): number {
    for (let number = this.#begun - 1; number >= 0 && number > this.#begun - 1 - MAX_OPEN; number--) {
      if (this.#keys[number % MAX_OPEN] === key) return number;
    }
    return -1;
  }
}
