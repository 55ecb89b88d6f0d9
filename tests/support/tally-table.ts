/** The store's tally and outbox in memory, with the order in which the store applies a change. */
import type { SummaryEntry } from "../../agent/incident/summary-book.js";
import type { TallyAmount, TallyChange } from "../../agent/incident/tally.js";

export class TallyTable {
  readonly messages: { topic: string; payload: string }[] = [];
  readonly #rows = new Map<string, TallyAmount>();

  keep({ message, tally }: Partial<SummaryEntry>): void {
    if (message) this.messages.push(message);
    if (tally) this.change(tally);
  }

  change({ drop = [], set = [], add = [] }: TallyChange): void {
    for (const [name, [period]] of [...this.#rows]) if (drop.includes(period)) this.#rows.delete(name);
    for (const row of set) this.#rows.set(`${row[0]} ${row[1]}`, row);
    for (const [period, key, amount] of add) {
      const name = `${period} ${key}`;
      this.#rows.set(name, [period, key, (this.#rows.get(name)?.[2] ?? 0) + amount]);
    }
  }

  rows(): readonly TallyAmount[] {
    return [...this.#rows.values()];
  }
}
