/**
 * Loaded into a process from outside (`node --import`): each thread writes what its heap holds, line by line, so that a process
 * which grows shows which part of it does. Nothing is collected for it: what is alive is read behind the collections that
 * V8 makes by itself.
 *
 * Bound: a line a thread and period. Where it writes is told by `SEKISHO_MEMORY_LOG`, how often by `SEKISHO_MEMORY_LOG_S`.
 */
import { appendFileSync } from "node:fs";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { threadId } from "node:worker_threads";

/** What one thread of a process holds, octets. */
export interface ThreadMemory {
  readonly atMs: number;
  readonly thread: number;
  /** Memory of the whole process. */
  readonly rssBytes: number;
  /** Pages of this thread's heap. */
  readonly heapBytes: number;
  /** What of them was alive behind the last full collection; all of them before the first. */
  readonly liveBytes: number;
  /** Outside the heap, held by objects in it. */
  readonly externalBytes: number;
  /** V8's own. */
  readonly mallocedBytes: number;
}

const { SEKISHO_MEMORY_LOG: path, SEKISHO_MEMORY_LOG_S: periodS = "60" } = process.env;

if (path) {
  let liveBytes: number | undefined;
  const collections = new PerformanceObserver((list) => {
    const entries = list.getEntries() as unknown as readonly { readonly detail: { readonly kind: number } }[];
    const isFull = entries.some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    if (isFull) liveBytes = keptBytes();
  });
  collections.observe({ entryTypes: ["gc"] });
  setInterval(() => {
    const heap = getHeapStatistics();
    const line: ThreadMemory = {
      atMs: Date.now(),
      thread: threadId,
      rssBytes: process.memoryUsage.rss(),
      heapBytes: heap.total_physical_size,
      liveBytes: liveBytes ?? heap.total_physical_size,
      externalBytes: heap.external_memory,
      mallocedBytes: heap.malloced_memory,
    };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  }, Number(periodS) * 1000).unref();
}

/** What is in use but for the young generation, which is never full for long. */
function keptBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !space_name.startsWith("new"))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}
