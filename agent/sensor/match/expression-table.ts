/** The regular expressions of a rule image, made ready when they are first needed and kept. */
import { type TextTable, textAt, textCount } from "../../base/text-table.js";
import { Expression, ExpressionMemory } from "./expression.js";

export class ExpressionTable {
  readonly #written: TextTable;
  readonly #ready: (Expression | undefined)[];
  readonly #memory = new ExpressionMemory();

  /** @param written the flags of each (d in front: the places of groups are asked for), a slash, its source */
  constructor(written: TextTable) {
    this.#written = written;
    this.#ready = new Array(textCount(written));
  }

  /** Expression number `index`. */
  at(index: number): Expression {
    const known = this.#ready[index];
    if (known) return known;
    const written = textAt(this.#written, index);
    const slash = written.indexOf("/");
    const wantsGroups = written.startsWith("d");
    const flags = written.slice(wantsGroups ? 1 : 0, slash);
    const expression = new Expression(written.slice(slash + 1), flags, this.#memory, wantsGroups);
    this.#ready[index] = expression;
    return expression;
  }
}
