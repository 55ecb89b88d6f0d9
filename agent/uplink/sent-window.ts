/**
 * Owns which numbers are published and not yet acknowledged, and how many may be.
 *
 * The window works as TCP's does: it begins small, grows by what is acknowledged, and falls to its smallest when an
 * acknowledgement stays out. So a monitor that is away costs a probe now and then, not the whole backlog again.
 *
 * Bound: `publishedRemembered` numbers, the oldest forgotten first; a forgotten one is simply sent again.
 */
import type { UplinkLimits } from "./limits.js";

export class SentWindow {
  readonly #limits: UplinkLimits;
  /** Published in this pass; the broker has not answered yet. */
  readonly #open = new Set<number>();
  /** Number → monotonic time of the broker's answer, oldest first; the monitor has not acknowledged yet. */
  readonly #answered = new Map<number, number>();
  /** Published by this process at any time and not acknowledged; includes the outstanding. */
  readonly #published = new Set<number>();
  #size: number;

  constructor(limits: UplinkLimits) {
    this.#limits = limits;
    this.#size = limits.ackWindowStart;
  }

  /** How many may be outstanding now. */
  get size(): number {
    return this.#size;
  }

  get outstanding(): number {
    return this.#open.size + this.#answered.size;
  }

  /** Whether this process has published `sequence` before. */
  isRepeat(sequence: number): boolean {
    return this.#published.has(sequence);
  }

  sent(sequence: number): void {
    this.#answered.delete(sequence);
    this.#open.add(sequence);
    this.#published.delete(sequence);
    this.#published.add(sequence);
    if (this.#published.size > this.#limits.publishedRemembered) {
      for (const oldest of this.#published) {
        this.#remove(oldest);
        break;
      }
    }
  }

  /** The broker has answered: from now on the monitor is waited for. On a slow line it may have taken long. */
  answered(sequence: number, nowMs: number): void {
    if (this.#open.delete(sequence)) this.#answered.set(sequence, nowMs);
  }

  /** Take out the published numbers that are covered, ascending; the window grows by their count. */
  confirm(isCovered: (sequence: number) => boolean): number[] {
    const confirmed: number[] = [];
    for (const sequence of this.#published) {
      if (isCovered(sequence)) confirmed.push(sequence);
    }
    for (const sequence of confirmed) this.#remove(sequence);
    this.#grow(confirmed.length);
    return confirmed.sort((a, b) => a - b);
  }

  /** Take out one number; false where it was not published or is confirmed already. */
  confirmOne(sequence: number): boolean {
    if (!this.#published.has(sequence)) return false;
    this.#remove(sequence);
    this.#grow(1);
    return true;
  }

  /** How long the monitor has left a message unacknowledged that the broker took, milliseconds; 0 for none. */
  oldestAgeMs(nowMs: number): number {
    for (const answeredMs of this.#answered.values()) return nowMs - answeredMs;
    return 0;
  }

  /** Begin a new pass: nothing is outstanding, everything published stays open to a late acknowledgement. */
  restart(size: number): void {
    this.#open.clear();
    this.#answered.clear();
    this.#size = Math.min(size, this.#limits.ackWindowLargest);
  }

  /** Forget everything: the numbers belong to another ledger now. */
  clear(): void {
    this.#open.clear();
    this.#answered.clear();
    this.#published.clear();
  }

  #remove(sequence: number): void {
    this.#published.delete(sequence);
    this.#open.delete(sequence);
    this.#answered.delete(sequence);
  }

  #grow(by: number): void {
    this.#size = Math.min(this.#size + by, this.#limits.ackWindowLargest);
  }
}
