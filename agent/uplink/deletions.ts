/**
 * Owns the acknowledged messages on their way out of the outbox: batch after batch, one at a time.
 *
 * Where the outbox fails they stay here and are not sent again; the next `flush` deletes them.
 *
 * Bound: what `SentWindow` remembers, because only numbers it held come here.
 */
import type { Counters } from "../base/counters.js";
import type { Outbox } from "../base/outbox.js";

/** Deleted in one call at most. */
const BATCH = 1000;

export class Deletions {
  readonly #outbox: Outbox;
  readonly #counters: Counters;
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting = new Set<number>();
  #isRunning = false;

  constructor(outbox: Outbox, counters: Counters, onFailure: (error: unknown) => void) {
    this.#outbox = outbox;
    this.#counters = counters;
    this.#onFailure = onFailure;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  has(sequence: number): boolean {
    return this.#waiting.has(sequence);
  }

  /** Delete these, as soon as the outbox can. */
  add(sequences: readonly number[]): void {
    for (const sequence of sequences) this.#waiting.add(sequence);
    void this.flush();
  }

  /** Forget everything: the numbers belong to another ledger now. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting.size > 0) {
        const batch = [...this.#waiting].slice(0, BATCH).sort((a, b) => a - b);
        await this.#outbox.acknowledge(0, batch);
        for (const sequence of batch) this.#waiting.delete(sequence);
        this.#counters.add("uplink.acknowledged", batch.length);
      }
    } catch (error) {
      this.#onFailure(error);
    } finally {
      this.#isRunning = false;
    }
  }
}
