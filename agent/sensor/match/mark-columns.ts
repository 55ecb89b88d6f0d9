/**
 * Owns which column of the marks of flows each name has. A name keeps its column while rules have it, and longer while there is
 * room: rules that come back find their marks again.
 */
export class MarkColumns {
  /** By column; undefined where it is free. */
  readonly #names: (string | undefined)[] = [];
  readonly #columns = new Map<string, number>();

  /**
   * Have a column for each of `names`.
   *
   * @param kept names that keep theirs besides
   * @param capacity columns there are; beyond it names are numbered on, and the caller makes room for them
   * @returns columns that others have had, which are to be wiped
   */
  adopt(names: readonly string[], kept: readonly string[], capacity: number): readonly number[] {
    const missing = new Set(names.filter((name) => !this.#columns.has(name)));
    const free = this.#freeColumns(capacity);
    const wiped: number[] = [];
    if (free.length < missing.size) {
      const wanted = new Set([...names, ...kept]);
      for (const [name, column] of this.#columns) {
        if (wanted.has(name)) continue;
        this.#columns.delete(name);
        this.#names[column] = undefined;
        wiped.push(column);
      }
      free.push(...wiped);
    }
    let next = Math.max(capacity, this.#names.length);
    let taken = 0;
    for (const name of missing) {
      const column = free[taken++] ?? next++;
      this.#names[column] = name;
      this.#columns.set(name, column);
    }
    return wiped;
  }

  /** How many columns names have or have had. */
  get count(): number {
    return this.#names.length;
  }

  /** For each of `names` its column. */
  columnsOf(names: readonly string[]): Int32Array {
    return Int32Array.from(names, (name) => this.#columns.get(name) ?? -1);
  }

  #freeColumns(capacity: number): number[] {
    const free: number[] = [];
    for (let column = 0; column < capacity; column++) {
      if (this.#names[column] === undefined) free.push(column);
    }
    return free;
  }
}
