/**
 * Owns which numbers of one device's ledger are held, as few ranges, and the acknowledgement that says so.
 *
 * Bound: `MAX_RANGES` ranges above `upTo`; beyond, the lowest are forgotten, which costs a repeat and nothing else.
 */
import { type AckMessage, MAX_ACK_RANGES } from "#agent/uplink/schema/ack.js";
import { ENVELOPE_VERSION } from "#agent/uplink/schema/envelope.js";

export type Range = [first: number, last: number];

const MAX_RANGES = 10_000;

export class HeldRanges {
  /** Everything from 1 to here is held, or is known never to come. */
  #upTo: number;
  /** Held above `upTo`: ascending, neither touching nor overlapping. */
  readonly #ranges: Range[] = [];

  constructor(upTo = 0) {
    this.#upTo = upTo;
  }

  get upTo(): number {
    return this.#upTo;
  }

  add(sequence: number): void {
    if (sequence <= this.#upTo) return;
    const at = this.#firstEndingFrom(sequence - 1);
    const range = this.#ranges[at];
    if (range === undefined || range[0] > sequence + 1) {
      this.#ranges.splice(at, 0, [sequence, sequence]);
      if (this.#ranges.length > MAX_RANGES) this.#ranges.shift();
    } else if (sequence === range[0] - 1) {
      range[0] = sequence;
    } else if (sequence === range[1] + 1) {
      range[1] = sequence;
      const next = this.#ranges[at + 1];
      if (next && next[0] === sequence + 1) {
        range[1] = next[1];
        this.#ranges.splice(at + 1, 1);
      }
    }
    this.#absorb();
  }

  /** Nothing below `lowest` will be sent any more. Returns the numbers below it that are missing for good. */
  raiseFloor(lowest: number): Range[] {
    const lost: Range[] = [];
    let next = this.#upTo + 1;
    for (const [first, last] of this.#ranges) {
      if (first >= lowest) break;
      if (first > next) lost.push([next, first - 1]);
      next = last + 1;
    }
    if (next < lowest) lost.push([next, lowest - 1]);
    if (lowest - 1 > this.#upTo) this.#upTo = lowest - 1;
    this.#absorb();
    return lost;
  }

  /** Numbers not held below the highest held one: they may still come. */
  missing(): number {
    let missing = 0;
    let next = this.#upTo + 1;
    for (const [first, last] of this.#ranges) {
      missing += first - next;
      next = last + 1;
    }
    return missing;
  }

  /**
   * Acknowledgements that name every number of `batch`, and as much else as fits. All of it must be committed.
   * More than one only where the batch lies in more ranges than fit.
   */
  acknowledge(ledger: string, batch: readonly number[]): AckMessage[] {
    const named = new Set<Range>();
    for (const sequence of batch) {
      const range = this.#ranges[this.#firstEndingFrom(sequence)];
      if (range && range[0] <= sequence) named.add(range);
    }
    for (const range of this.#ranges) {
      if (named.size >= MAX_ACK_RANGES) break;
      named.add(range);
    }
    const ranges = [...named];
    const acks: AckMessage[] = [];
    do {
      const also = ranges.splice(0, MAX_ACK_RANGES).map(([first, last]): Range => [first, last]);
      acks.push({ v: ENVELOPE_VERSION, ledger, upTo: this.#upTo, ...(also.length > 0 && { also }) });
    } while (ranges.length > 0);
    return acks;
  }

  /** Index of the first range whose last number is `sequence` or higher. */
  #firstEndingFrom(sequence: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]![1] < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Let `upTo` swallow the ranges it reaches. */
  #absorb(): void {
    let taken = 0;
    for (const [first, last] of this.#ranges) {
      if (first > this.#upTo + 1) break;
      this.#upTo = Math.max(this.#upTo, last);
      taken++;
    }
    if (taken > 0) this.#ranges.splice(0, taken);
  }
}
