/** An outbox in memory, with the contract of `agent/base/outbox.ts` and a ledger of what was deleted. */
import {
  type Outbox,
  type OutboxMessage,
  PRIORITY_CLASSES,
  type PriorityClass,
} from "../../agent/base/outbox.js";

export class MemoryOutbox implements Outbox {
  ledger: string;
  /** What the next calls throw, as a failing disk does. */
  failure: Error | undefined;
  /** Leases are empty, as those of a store without its database. */
  isAway = false;
  leases = 0;
  rewinds = 0;
  readonly acknowledged: number[] = [];
  readonly #rows = new Map<PriorityClass, Map<number, OutboxMessage>>();
  readonly #leased = new Map<PriorityClass, number>();
  readonly #listeners = new Set<(priority: PriorityClass) => void>();
  #sequence = 0;

  constructor(ledger = "test-ledger") {
    this.ledger = ledger;
    for (const priority of PRIORITY_CLASSES) this.#rows.set(priority, new Map());
  }

  /** Commit one message and announce it. Returns its sequence number. */
  append(
    priority: PriorityClass = "normal",
    data: unknown = {},
    topic = "incident",
    committedMs = Date.now(),
  ): number {
    const sequence = ++this.#sequence;
    const payload = JSON.stringify(data);
    this.#rows.get(priority)!.set(sequence, { sequence, priority, topic, payload, committedMs });
    for (const listener of this.#listeners) listener(priority);
    return sequence;
  }

  /** Begin anew under another ledger, as a store does that had to be made anew. */
  beginAnew(ledger: string): void {
    this.ledger = ledger;
    this.#sequence = 0;
    this.rewind();
    for (const rows of this.#rows.values()) rows.clear();
  }

  /** Give up a number without a message, as an eviction does. */
  skip(): number {
    return ++this.#sequence;
  }

  get size(): number {
    let size = 0;
    for (const rows of this.#rows.values()) size += rows.size;
    return size;
  }

  async lease(limit: number): Promise<readonly OutboxMessage[]> {
    await this.#turn();
    this.leases++;
    if (this.isAway) return [];
    const messages: OutboxMessage[] = [];
    for (const priority of PRIORITY_CLASSES) {
      const behind = this.#leased.get(priority) ?? 0;
      for (const row of this.#rows.get(priority)!.values()) {
        if (messages.length >= limit) return messages;
        if (row.sequence <= behind) continue;
        messages.push(row);
        this.#leased.set(priority, row.sequence);
      }
    }
    return messages;
  }

  rewind(): void {
    this.rewinds++;
    this.#leased.clear();
  }

  async acknowledge(upTo: number, alsoSequences: readonly number[] = []): Promise<void> {
    await this.#turn();
    for (const rows of this.#rows.values()) {
      for (const sequence of upTo > 0 ? [...rows.keys()] : []) {
        if (sequence <= upTo && rows.delete(sequence)) this.acknowledged.push(sequence);
      }
      for (const sequence of alsoSequences) {
        if (rows.delete(sequence)) this.acknowledged.push(sequence);
      }
    }
  }

  async depth(): Promise<{
    messages: number;
    bytes: number;
    oldestCommittedMs: number | undefined;
    lowestSequence: number;
  }> {
    await this.#turn();
    let bytes = 0;
    let oldestCommittedMs: number | undefined;
    let lowestSequence = this.#sequence + 1;
    for (const rows of this.#rows.values()) {
      for (const row of rows.values()) {
        bytes += row.payload.length;
        oldestCommittedMs = Math.min(oldestCommittedMs ?? Number.POSITIVE_INFINITY, row.committedMs);
        lowestSequence = Math.min(lowestSequence, row.sequence);
      }
    }
    return { messages: this.size, bytes, oldestCommittedMs, lowestSequence };
  }

  onCommitted(listener: (priority: PriorityClass) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Answers come later, as from a disk. */
  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failure) throw this.failure;
  }
}
