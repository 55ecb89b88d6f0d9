/** A named set of counters that only rise. Names are dotted as operators read them: `capture.kernel_drops`. */
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
