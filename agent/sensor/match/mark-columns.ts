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
   * @param wipe called with columns that have lost their names, before others take them
   */
  adopt(
    names: readonly string[],
    kept: readonly string[],
    capacity: number,
    wipe: (columns: readonly number[]) => void = () => undefined,
  ): void {
    const missing = new Set(names.filter((name) => !this.#columns.has(name)));
    const free = this.#freeColumns(capacity);
    if (free.length < missing.size) {
      const wiped: number[] = [];
      const wanted = new Set([...names, ...kept]);
      for (const [name, column] of this.#columns) {
        if (wanted.has(name)) continue;
        this.#columns.delete(name);
        this.#names[column] = undefined;
        wiped.push(column);
      }
      wipe(wiped);
      free.push(...wiped);
    }
    // Those that find no room stand together, so that one day none of their block is wanted any more, which is quick to wipe.
    const columns = free.length < missing.size ? [] : free;
    let [taken, next] = [0, Math.max(capacity, this.#names.length)];
    for (const name of missing) {
      const column = columns[taken++] ?? next++;
      this.#names[column] = name;
      this.#columns.set(name, column);
    }
  }

  /** How many columns names have or have had. */
  get count(): number {
    return this.#names.length;
  }

  /** Whether any column from `first` to before `end` has a name. */
  hasNames(first: number, end: number): boolean {
    for (let column = first; column < end; column++) if (this.#names[column] !== undefined) return true;
    return false;
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
