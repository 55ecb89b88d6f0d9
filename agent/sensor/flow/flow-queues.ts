/**
 * Owns the order in which flows went silent: one doubly linked queue per timeout class and state, oldest first.
 *
 * The links stand apart from the flows' rows: to move a flow writes to its neighbours, and their rows are far from anything
 * that is at hand. Memory: 9 bytes a flow.
 */

/** The queue's number + 1 is kept. */
const NO_QUEUE = 0;

export class FlowQueues {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** Next and previous flow. */
  readonly #link: Int32Array;
  readonly #queue: Uint8Array;

  constructor(queueCount: number, maxFlows: number) {
    this.#head = new Int32Array(queueCount);
    this.#tail = new Int32Array(queueCount);
    this.#link = new Int32Array(maxFlows * 2);
    this.#queue = new Uint8Array(maxFlows);
    this.reset();
  }

  /** For a fresh start. */
  reset(): void {
    this.#queue.fill(NO_QUEUE);
    this.#head.fill(-1);
    this.#tail.fill(-1);
  }

  /** The flow of `queue` that has been silent longest, or −1. */
  oldest(queue: number): number {
    return this.#head[queue]!;
  }

  queueOf(flow: number): number {
    return this.#queue[flow]! - 1;
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
    this.#queue[flow] = queue + 1;
  }

  remove(flow: number): void {
    if (this.#queue[flow] === NO_QUEUE) return;
    const queue = this.queueOf(flow);
    const next = this.#link[flow * 2]!;
    const previous = this.#link[flow * 2 + 1]!;
    if (previous < 0) this.#head[queue] = next;
    else this.#link[previous * 2] = next;
    if (next < 0) this.#tail[queue] = previous;
    else this.#link[next * 2 + 1] = previous;
    this.#queue[flow] = NO_QUEUE;
  }
}
