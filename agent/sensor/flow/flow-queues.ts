/**
 * Owns the order in which flows went silent: one doubly linked queue per timeout class and state, oldest first.
 *
 * The links stand apart from the flows' rows: to move a flow writes to its neighbours, and their rows are far from anything
 * that is at hand. Memory: 8 bytes a flow.
 */
import { type FlowRows, ROW_BYTES, RowPart } from "./flow-rows.js";

/** The queue's number + 1 is kept. */
const NO_QUEUE = 0;

export class FlowQueues {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** Next and previous flow. */
  readonly #link: Int32Array;
  readonly #queue: Uint8Array;

  constructor(queueCount: number, rows: FlowRows) {
    this.#head = new Int32Array(queueCount);
    this.#tail = new Int32Array(queueCount);
    this.#link = new Int32Array(rows.maxFlows * 2);
    this.#queue = rows.uint8(RowPart.QUEUE_NUMBER);
    this.reset();
  }

  /** For a fresh start; what stands in the rows is cleared there. */
  reset(): void {
    this.#head.fill(-1);
    this.#tail.fill(-1);
  }

  /** The flow of `queue` that has been silent longest, or −1. */
  oldest(queue: number): number {
    return this.#head[queue]!;
  }

  queueOf(flow: number): number {
    return this.#queue[flow * ROW_BYTES]! - 1;
  }

  /** Put the flow at the end of `queue`, taking it out of where it stood. */
  place(flow: number, queue: number): void {
    const isLast = this.#tail[queue] === flow;
    if (isLast) return;
    this.remove(flow);
    const tail = this.#tail[queue]!;
    this.#link[flow * 2 + 1] = tail;
    this.#link[flow * 2] = -1;
    if (tail < 0) this.#head[queue] = flow;
    else this.#link[tail * 2] = flow;
    this.#tail[queue] = flow;
    this.#queue[flow * ROW_BYTES] = queue + 1;
  }

  remove(flow: number): void {
    if (this.#queue[flow * ROW_BYTES] === NO_QUEUE) return;
    const queue = this.queueOf(flow);
    const next = this.#link[flow * 2]!;
    const previous = this.#link[flow * 2 + 1]!;
    if (previous < 0) this.#head[queue] = next;
    else this.#link[previous * 2] = next;
    if (next < 0) this.#tail[queue] = previous;
    else this.#link[next * 2 + 1] = previous;
    this.#queue[flow * ROW_BYTES] = NO_QUEUE;
  }
}
