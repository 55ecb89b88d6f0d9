/**
 * Owns the order in which flows went silent: one doubly linked queue per timeout class and state, oldest first, woven
 * through arrays indexed by flow. Memory: 9 bytes per flow.
 */

const NO_QUEUE = 255;

export class FlowQueues {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #queue: Uint8Array;

  constructor(queueCount: number, maxFlows: number) {
    this.#head = new Int32Array(queueCount);
    this.#tail = new Int32Array(queueCount);
    this.#next = new Int32Array(maxFlows);
    this.#previous = new Int32Array(maxFlows);
    this.#queue = new Uint8Array(maxFlows);
    this.reset();
  }

  reset(): void {
    this.#head.fill(-1);
    this.#tail.fill(-1);
    this.#queue.fill(NO_QUEUE);
  }

  /** The flow of `queue` that has been silent longest, or −1. */
  oldest(queue: number): number {
    return this.#head[queue]!;
  }

  queueOf(flow: number): number {
    return this.#queue[flow]!;
  }

  /** Put the flow at the end of `queue`, taking it out of where it stood. */
  place(flow: number, queue: number): void {
    this.remove(flow);
    const tail = this.#tail[queue]!;
    this.#previous[flow] = tail;
    this.#next[flow] = -1;
    if (tail < 0) this.#head[queue] = flow;
    else this.#next[tail] = flow;
    this.#tail[queue] = flow;
    this.#queue[flow] = queue;
  }

  remove(flow: number): void {
    const queue = this.#queue[flow]!;
    if (queue === NO_QUEUE) return;
    const next = this.#next[flow]!;
    const previous = this.#previous[flow]!;
    if (previous < 0) this.#head[queue] = next;
    else this.#next[previous] = next;
    if (next < 0) this.#tail[queue] = previous;
    else this.#previous[next] = previous;
    this.#queue[flow] = NO_QUEUE;
  }
}
