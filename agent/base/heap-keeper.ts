/**
 * Keeps the heap of a thread near what is alive in it. V8 lets an old generation grow by 8 MiB at least before it collects it,
 * whatever its flags say: with two threads that hold 15 to 25 MiB, memory goes up for most of an hour before it comes down again.
 *
 * Owns one timer. A collection stops its thread for some 20 ms, in which the kernel's ring keeps packets; there is one at most
 * a minute, and none while little has grown old.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const LOOK_EVERY_MS = 60_000;
const STEP_BYTES = 2 * 1024 * 1024;

/** How a heap is looked at and collected. */
export interface Heap {
  /** What the old generation holds, garbage included, octets. */
  readonly oldBytes: () => number;
  readonly collect: () => void;
}

export class HeapKeeper {
  readonly #heap: Heap;
  #keptBytes: number;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#keptBytes = heap.oldBytes();
  }

  /** Look once; collect where the old generation has grown by STEP_BYTES since it was smallest behind the last collection. */
  look(): void {
    const oldBytes = this.#heap.oldBytes();
    if (oldBytes < this.#keptBytes + STEP_BYTES) {
      // V8 has collected by itself.
      this.#keptBytes = Math.min(this.#keptBytes, oldBytes);
      return;
    }
    this.#heap.collect();
    this.#keptBytes = this.#heap.oldBytes();
  }
}

/** The heap of this thread. */
export function threadHeap(): Heap {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  const oldBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0;
  return { oldBytes, collect };
}

/** Keep this thread's heap small until the timer is cleared; it keeps nothing running. */
export function keepHeapSmall(): NodeJS.Timeout {
  const keeper = new HeapKeeper(threadHeap());
  return setInterval(() => keeper.look(), LOOK_EVERY_MS).unref();
}
