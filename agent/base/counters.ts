/** Ends of the names of what is held at the moment, and so falls again: the only ones that are no counters. */
const LEVEL_NAME = /(?:\.active|_used|\.waiting|\.unsealed|\.level|(?:\.|_)(?:state|memory)_bytes)$/;

/** Whether `name` stands for a level rather than for a count that only rises. */
export function isLevelName(name: string): boolean {
  return LEVEL_NAME.test(name);
}

/** A named set of counters that only rise, and levels (above). Names are dotted as operators read them: `capture.kernel_drops`. */
export class Counters {
  readonly #values = new Map<string, number>();

  add(name: string, amount = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + amount);
  }

  set(name: string, value: number): void {
    this.#values.set(name, value);
  }

  get(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  /** A plain copy, names in alphabetical order. */
  snapshot(): Record<string, number> {
    return Object.fromEntries([...this.#values].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  }
}
