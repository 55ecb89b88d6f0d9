import { ownText } from "../base/own-text.js";

/** Gives every distinct text a number, in the order of first use. */
export class InternTable {
  readonly #indexes = new Map<string, number>();

  indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(ownText(text), index);
    return index;
  }

  /** All texts by number. */
  texts(): string[] {
    return [...this.#indexes.keys()];
  }
}
