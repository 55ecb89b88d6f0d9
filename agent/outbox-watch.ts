/** The outbox with an ear for single messages: who waits for one hears when it was taken to be sent, and when it was acknowledged. */
import type { Outbox, OutboxMessage } from "./base/outbox.js";

export interface WatchedMessage {
  readonly sent: Promise<void>;
  readonly acknowledged: Promise<void>;
  /** Nobody waits any more. */
  readonly forget: () => void;
}

interface Watch {
  readonly isMeant: (message: OutboxMessage) => boolean;
  readonly onSent: () => void;
  readonly onAcknowledged: () => void;
  sequence: number | undefined;
}

export class OutboxWatch implements Outbox {
  readonly #outbox: Outbox;
  readonly #watches = new Set<Watch>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Listen for the first message that `isMeant`. */
  watch(isMeant: (message: OutboxMessage) => boolean): WatchedMessage {
    let onSent = (): void => undefined;
    let onAcknowledged = (): void => undefined;
    const sent = new Promise<void>((resolve) => {
      onSent = resolve;
    });
    const acknowledged = new Promise<void>((resolve) => {
      onAcknowledged = resolve;
    });
    const watch: Watch = { isMeant, onSent, onAcknowledged, sequence: undefined };
    this.#watches.add(watch);
    return { sent, acknowledged, forget: () => void this.#watches.delete(watch) };
  }

  get ledger(): string {
    return this.#outbox.ledger;
  }

  async lease(limit: number): Promise<readonly OutboxMessage[]> {
    const messages = await this.#outbox.lease(limit);
    for (const watch of this.#watches) {
      const found = messages.find(watch.isMeant);
      if (found === undefined) continue;
      watch.sequence = found.sequence;
      watch.onSent();
    }
    return messages;
  }

  rewind(): void {
    this.#outbox.rewind();
  }

  async acknowledge(upTo: number, alsoSequences: readonly number[] = []): Promise<void> {
    await this.#outbox.acknowledge(upTo, alsoSequences);
    for (const { sequence, onAcknowledged } of this.#watches) {
      if (sequence !== undefined && (sequence <= upTo || alsoSequences.includes(sequence))) onAcknowledged();
    }
  }

  depth(): ReturnType<Outbox["depth"]> {
    return this.#outbox.depth();
  }

  onCommitted(listener: Parameters<Outbox["onCommitted"]>[0]): () => void {
    return this.#outbox.onCommitted(listener);
  }
}
