/** Stores for tests: in a directory of the test's own, with short pauses, closed when the test ends. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../agent/base/clock.js";
import type { OutboxMessage } from "../../agent/base/outbox.js";
import type { StoreEntry } from "../../agent/store/record.js";
import { openSqlite, type SqliteConnection, type SqliteRow } from "../../agent/store/sqlite-driver.js";
import { Store, type StoreLimits, type StoreOptions } from "../../agent/store/store.js";
import { makeDetection } from "./detection.js";
import { PATIENCE_MS } from "./poll.js";

export const MEBIBYTE = 1024 * 1024;

/** Waits short enough for a test, everything else as in the field. */
export const QUICK: Partial<StoreLimits> = { maxDelayMs: 1, retryMinMs: 1, retryMaxMs: 20 };

export async function openStore(directory: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await Store.open({
    path: join(directory, "store.db"),
    budgetBytes: 8 * MEBIBYTE,
    clock: systemClock,
    ...options,
    limits: { ...QUICK, ...options.limits },
  });
  onTestFinished(() => store.close());
  return store;
}

export function message(
  id: string | number,
  priority: StoreEntry["priority"] = "normal",
  bytes = 0,
): StoreEntry {
  return {
    priority,
    message: { topic: "incident", payload: JSON.stringify({ id, filler: "x".repeat(bytes) }) },
  };
}

export function incident(id: string, isOpen: boolean, text = ""): StoreEntry {
  return {
    priority: "normal",
    incident: { id, isOpen, updatedMs: 1, payload: JSON.stringify({ id, text }) },
  };
}

export function detection(
  signatureId: number,
  priority: StoreEntry["priority"] = "low",
  filler = "",
): StoreEntry {
  return { priority, detection: makeDetection({ signatureId, metadata: { dns: { rrname: filler } } }) };
}

export function log(id: number, priority: StoreEntry["priority"] = "low", filler = ""): StoreEntry {
  return {
    priority,
    log: { timeMs: 1_790_000_000_000 + id, source: "192.168.1.1", payload: JSON.stringify({ id, filler }) },
  };
}

/** Everything in the outbox in sending order, leased from the start. */
export async function readOutbox(store: Store): Promise<readonly OutboxMessage[]> {
  store.outbox.rewind();
  const messages: OutboxMessage[] = [];
  for (;;) {
    const leased = await store.outbox.lease(1_000);
    if (leased.length === 0) return messages;
    messages.push(...leased);
  }
}

/** The `id` of each payload made by `message`; the event of each notice. */
export function idsOf(messages: readonly OutboxMessage[]): readonly (string | number)[] {
  return messages.map(({ payload }) => {
    const value = JSON.parse(payload) as { id?: string | number; event?: string };
    return value.id ?? value.event ?? "";
  });
}

/** Poll until a condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("the condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Look into a closed store's file. */
export async function query(path: string, sql: string): Promise<readonly SqliteRow[]> {
  const connection = await openSqlite(path);
  try {
    return await connection.all(sql);
  } finally {
    await connection.close();
  }
}

/** A connection whose calls can be made to fail, each counted from 1 over all connections of the disk. */
export class FaultyDisk {
  calls = 0;
  /** Decides per call: an error to throw instead of running it, or after having run it. */
  fault: (call: number, sql: string) => { error: Error; isAfter: boolean } | undefined = () => undefined;

  readonly open = async (path: string): Promise<SqliteConnection> => {
    const connection = await this.#run("OPEN", () => openSqlite(path));
    return {
      all: (sql, parameters) => this.#run(sql, () => connection.all(sql, parameters)),
      execute: (script) => this.#run(script, () => connection.execute(script)),
      interrupt: () => connection.interrupt(),
      close: () => connection.close(),
    };
  };

  async #run<T>(sql: string, task: () => Promise<T>): Promise<T> {
    this.calls += 1;
    const fault = this.fault(this.calls, sql);
    if (!fault) return task();
    if (fault.isAfter) await task();
    throw fault.error;
  }
}
