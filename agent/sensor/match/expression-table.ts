/** The regular expressions of a rule image, compiled when they are first needed and kept. */
import { type TextTable, textAt, textCount } from "../../base/text-table.js";

export class ExpressionTable {
  readonly #written: TextTable;
  /** Two places each: one that searches, one that matches where it is put. */
  readonly #compiled: (RegExp | undefined)[];

  /** @param written the flags of each, a slash, its source */
  constructor(written: TextTable) {
    this.#written = written;
    this.#compiled = new Array(textCount(written) * 2);
  }

  /** Expression number `index`; with `isAnchored` it matches at `lastIndex` only. */
  at(index: number, isAnchored: boolean): RegExp {
    const slot = index * 2 + (isAnchored ? 1 : 0);
    const known = this.#compiled[slot];
    if (known) return known;
    const written = textAt(this.#written, index);
    const slash = written.indexOf("/");
    const expression = new RegExp(
      written.slice(slash + 1),
      `${written.slice(0, slash)}${isAnchored ? "y" : "g"}`,
    );
    this.#compiled[slot] = expression;
    return expression;
  }
}
