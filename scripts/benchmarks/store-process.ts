/**
 * The store measured in this process: node store-process.js JSON. A record is a message for the outbox. What reaches the disk is what the kernel counts for this process
 * (`/proc/self/io`), write-ahead log and copying back included.
 */
import { readFileSync } from "node:fs";
import { systemClock } from "#agent/base/clock.js";
import type { StoreEntry } from "#agent/store/record.js";
import { Store } from "#agent/store/store.js";

export interface StoreRun {
  readonly path: string;
  readonly records: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface StoreFigures {
  readonly recordsPerSecond: number;
  /** Microseconds of this process, all threads, per record. */
  readonly cpuUs: number;
  /** From giving 500 entries to their commit. */
  readonly groupMs: Percentiles;
  /** The same for one critical message alone. */
  readonly singleMs: Percentiles;
  /** Bytes per record. */
  readonly writtenBytes: number;
  readonly payloadBytes: number;
  readonly drainedPerSecond: number;
  readonly rssMiB: number;
}

const GROUP = 500;
const SINGLES = 300;
const FILLER = "x".repeat(200);

function entryOf(id: number): StoreEntry {
  const payload = JSON.stringify({ id, at: "2026-11-28T00:00:00.000Z", filler: FILLER });
  return { priority: "normal", message: { topic: "incident", payload } };
}

/** Bytes this process has caused to be written; 0 where the system does not say. */
function bytesWritten(): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function percentilesOf(values: number[]): Percentiles {
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

async function measure({ path, records }: StoreRun): Promise<StoreFigures> {
  const store = await Store.open({ path, budgetBytes: 256 * 1024 * 1024, clock: systemClock });
  const groupMs: number[] = [];
  const singleMs: number[] = [];
  let payloadBytes = 0;
  // Once around, so that code is warm and the log has its size.
  for (let n = 0; n < 20; n++) await store.append(Array.from({ length: GROUP }, (_, i) => entryOf(i)));
  const begin = { ms: performance.now(), written: bytesWritten(), cpu: process.cpuUsage() };
  let rssBytes = 0;
  for (let n = 0; n < records; n += GROUP) {
    const entries = Array.from({ length: GROUP }, (_, i) => entryOf(n + i));
    for (const { message } of entries) payloadBytes += message?.payload.length ?? 0;
    const startedMs = performance.now();
    await store.append(entries);
    groupMs.push(performance.now() - startedMs);
    rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
  }
  const seconds = (performance.now() - begin.ms) / 1000;
  const { user, system } = process.cpuUsage(begin.cpu);
  const written = bytesWritten() - begin.written;
  for (let n = 0; n < SINGLES; n++) {
    const startedMs = performance.now();
    await store.append([{ ...entryOf(n), priority: "critical" }]);
    singleMs.push(performance.now() - startedMs);
  }
  const drainedPerSecond = await drain(store);
  rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
  await store.close();
  return {
    recordsPerSecond: records / seconds,
    cpuUs: (user + system) / records,
    groupMs: percentilesOf(groupMs),
    singleMs: percentilesOf(singleMs),
    writtenBytes: written / records,
    payloadBytes: payloadBytes / records,
    drainedPerSecond,
    rssMiB: rssBytes / 1024 / 1024,
  };
}

/** Lease and acknowledge everything, as an uplink does; returns messages a second. */
async function drain(store: Store): Promise<number> {
  const startedMs = performance.now();
  let messages = 0;
  for (;;) {
    const leased = await store.outbox.lease(1_000);
    if (leased.length === 0) break;
    messages += leased.length;
    await store.outbox.acknowledge(
      0,
      leased.map(({ sequence }) => sequence),
    );
  }
  return messages / ((performance.now() - startedMs) / 1000);
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]!) as StoreRun))}\n`);
