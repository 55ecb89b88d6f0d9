/**
 * The outbox as the uplink sees it. The store implements it; neither knows the other.
 *
 * A sequence number is given once, in the transaction that stores the record, and rises by one per device for
 * ever. A row leaves only when the monitor (or, on request, the broker) has acknowledged it.
 */

import type { ClockQuality } from "./clock-quality.js";

/** Eviction goes from the last class to the first; the uplink sends the first class before the others. */
export const PRIORITY_CLASSES = ["critical", "high", "normal", "low"] as const;
export type PriorityClass = (typeof PRIORITY_CLASSES)[number];

export interface OutboxMessage {
  readonly sequence: number;
  readonly priority: PriorityClass;
  /** Last levels of the topic below `up/`: `incident`, `summary`, `info` … */
  readonly topic: string;
  /** JSON text, complete but for what the envelope adds at sending. */
  readonly payload: string;
  /** Wall time of the box at commit, milliseconds since the Unix epoch. */
  readonly committedMs: number;
  /** How far that wall time could be believed; undefined where it is not known any more. */
  readonly clock?: ClockQuality | undefined;
}

export interface Outbox {
  /**
   * Random identity of this line of sequence numbers, made together with the database and kept in it. A device
   * whose store was made anew counts from 1 again under another ledger, so nothing new is taken for a repeat.
   */
  readonly ledger: string;
  /**
   * Up to `limit` unacknowledged messages in sending order (class, then sequence), beginning behind those
   * leased since the last `rewind`.
   */
  lease(limit: number): Promise<readonly OutboxMessage[]>;
  /** Forget all leases: after a reconnect or an acknowledgement that did not come, everything is sent again. */
  rewind(): void;
  /** Delete every message with `sequence <= upTo` and those named one by one; idempotent. */
  acknowledge(upTo: number, alsoSequences?: readonly number[]): Promise<void>;
  /**
   * Messages and their bytes that wait, when the oldest of them was committed, and the lowest sequence number that
   * may still be sent: that of a waiting message, or the one the next message will get. No number below it comes
   * any more, which is how the monitor tells a gap from a delay.
   */
  depth(): Promise<{
    messages: number;
    bytes: number;
    oldestCommittedMs: number | undefined;
    lowestSequence?: number | undefined;
  }>;
  /** Called when something new was committed, with its class. Returns the function that ends the subscription. */
  onCommitted(listener: (priority: PriorityClass) => void): () => void;
}
