/**
 * Owns the outbox in SQLite: what is sent next, what has left, how much waits.
 *
 * Leases are four numbers in memory, one per class: how far sending has come. They are forgotten by a rewind or a
 * restart, and then everything still there is sent again; the receiver knows a repeat by its sequence number.
 * Acknowledgements that arrive during one transaction are put together into the next. A message whose checksum
 * does not hold is not sent: it is deleted and reported.
 *
 * While the store cannot use its database a lease is empty and acknowledgements wait.
 *
 * Memory: one lease, and the numbers of acknowledgements that wait (bounded; beyond it they are forgotten and
 * those messages are sent again). Specification: `agent/base/outbox.ts`.
 */
import { type Outbox, type OutboxMessage, PRIORITY_CLASSES, type PriorityClass } from "../base/outbox.js";
import type { Backend } from "./backend.js";
import type { Keeper } from "./keeper.js";
import type { Ledger } from "./ledger.js";
import type { StoreNotice } from "./notice.js";
import { checksumOf, priorityOf } from "./record.js";
import type { SqliteConnection, SqliteRow } from "./sqlite-driver.js";
import type { Timeline } from "./timeline.js";
import type { Writer } from "./writer.js";

/** Rows deleted in one transaction: short enough for the log and for whoever waits to write. */
const ACKNOWLEDGE_ROWS = 1_000;
/** Acknowledgements out of order that wait for the disk. */
const MAX_WAITING_SEQUENCES = 100_000;

export class OutboxStore implements Outbox {
  readonly #keeper: Keeper;
  readonly #notify: (notice: StoreNotice) => void;
  readonly #leased = PRIORITY_CLASSES.map(() => 0);
  readonly #listeners = new Set<(priority: PriorityClass) => void>();
  readonly #acknowledged = new AcknowledgementBox();
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #depth = { messages: 0, bytes: 0 };

  constructor(keeper: Keeper, notify: (notice: StoreNotice) => void) {
    this.#keeper = keeper;
    this.#notify = notify;
  }

  /** Empty while no database has been opened yet. */
  get ledger(): string {
    return this.#keeper.lastBackend?.database.ledgerId ?? "";
  }

  async lease(limit: number): Promise<readonly OutboxMessage[]> {
    const backend = this.#keeper.backend;
    if (!backend) return [];
    try {
      const { messages, damaged } = await this.#read(backend, limit);
      if (damaged.length > 0) await this.#discard(backend, damaged);
      return messages;
    } catch (error) {
      this.#keeper.fail(error, backend);
      return [];
    }
  }

  rewind(): void {
    this.#leased.fill(0);
  }

  /** Returns once it is committed, or once the store is closed: then the messages are sent again after a restart. */
  acknowledge(upTo: number, alsoSequences: readonly number[] = []): Promise<void> {
    this.#acknowledged.add(upTo, alsoSequences);
    this.#following ??= this.#runNext(this.#running);
    return this.#following;
  }

  /** Once nothing acknowledged waits for the disk any more. */
  async settle(): Promise<void> {
    while (this.#following ?? this.#running) {
      await (this.#following ?? this.#running);
    }
  }

  async depth(): Promise<{
    messages: number;
    bytes: number;
    oldestCommittedMs: number | undefined;
    lowestSequence: number | undefined;
  }> {
    const backend = this.#keeper.backend;
    if (!backend) return { ...this.#depth, oldestCommittedMs: undefined, lowestSequence: undefined };
    try {
      // The ledger is that of the same moment: whatever is committed next has a higher number.
      const { row, ledger } = await backend.database.exclusive(async (connection) => {
        const sql = "SELECT sequence, committed_ms FROM outbox ORDER BY sequence LIMIT 1";
        const [row] = await connection.all(sql);
        return { row, ledger: backend.writer.ledger };
      });
      const { records: messages, bytes } = ledger.total("outbox");
      this.#depth = { messages, bytes };
      return {
        messages,
        bytes,
        oldestCommittedMs: row && Number(row.committed_ms),
        lowestSequence: row ? Number(row.sequence) : ledger.counter("outbox") + 1,
      };
    } catch (error) {
      this.#keeper.fail(error, backend);
      return { ...this.#depth, oldestCommittedMs: undefined, lowestSequence: undefined };
    }
  }

  onCommitted(listener: (priority: PriorityClass) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tell the listeners that messages of these classes were committed. */
  announce(classes: Iterable<number>): void {
    for (const classIndex of classes) {
      for (const listener of this.#listeners) listener(priorityOf(classIndex));
    }
  }

  async #read(backend: Backend, limit: number): Promise<{ messages: OutboxMessage[]; damaged: number[] }> {
    const messages: OutboxMessage[] = [];
    const damaged: number[] = [];
    await backend.database.exclusive(async (connection) => {
      for (const [classIndex, leased] of this.#leased.entries()) {
        const wanted = limit - messages.length;
        if (wanted <= 0) return;
        const rows = await connection.all(
          `SELECT sequence, class, topic, committed_ms, bytes, payload, checksum FROM outbox
           WHERE class = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
          [classIndex, leased, wanted],
        );
        for (const row of rows) {
          if (isIntact(row)) messages.push(messageOf(row, backend.writer.timeline));
          else damaged.push(Number(row.sequence));
        }
        const last = rows.at(-1);
        // A rewind during the query stands.
        if (last && this.#leased[classIndex] === leased) this.#leased[classIndex] = Number(last.sequence);
      }
    });
    return { messages, damaged };
  }

  async #discard(backend: Backend, sequences: readonly number[]): Promise<void> {
    const gone: { sequence: number; priority: PriorityClass }[] = [];
    await backend.writer.change(async (connection, ledger) => {
      for (const row of await selectNamed(connection, sequences)) {
        gone.push({ sequence: Number(row.sequence), priority: priorityOf(Number(row.class)) });
      }
      await remove(connection, ledger, gone);
      // The damage may be in the columns the ledger is kept by.
      await ledger.recount(connection);
    });
    if (gone.length > 0) this.#notify({ event: "store.damaged", messages: gone });
  }

  async #runNext(running: Promise<void> | undefined): Promise<void> {
    await running;
    this.#running = this.#following;
    this.#following = undefined;
    try {
      await this.#applyAcknowledgements();
    } finally {
      if (!this.#following) this.#running = undefined;
    }
  }

  async #applyAcknowledgements(): Promise<void> {
    while (!this.#acknowledged.isEmpty) {
      const backend = await this.#keeper.whenOpen();
      if (!backend) return;
      const { upTo, sequences } = this.#acknowledged.take();
      try {
        await removeUpTo(backend.writer, upTo);
        await removeNamed(backend.writer, sequences);
      } catch (error) {
        this.#acknowledged.add(upTo, sequences);
        this.#keeper.fail(error, backend);
      }
    }
  }
}

async function removeUpTo(writer: Writer, upTo: number): Promise<void> {
  let isDone = upTo <= writer.ledger.counter("acknowledged");
  while (!isDone) {
    await writer.change(async (connection, ledger) => {
      const limit = Math.min(upTo, ledger.counter("outbox"));
      const rows = await connection.all(
        "SELECT sequence, class, bytes FROM outbox WHERE sequence <= ? ORDER BY sequence LIMIT ?",
        [limit, ACKNOWLEDGE_ROWS],
      );
      await remove(connection, ledger, rows);
      isDone = rows.length < ACKNOWLEDGE_ROWS;
      if (isDone) ledger.raise("acknowledged", limit);
    });
  }
}

async function removeNamed(writer: Writer, sequences: readonly number[]): Promise<void> {
  for (let from = 0; from < sequences.length; from += ACKNOWLEDGE_ROWS) {
    await writer.change(async (connection, ledger) => {
      const rows = await selectNamed(connection, sequences.slice(from, from + ACKNOWLEDGE_ROWS));
      await remove(connection, ledger, rows);
    });
  }
}

function selectNamed(
  connection: SqliteConnection,
  sequences: readonly number[],
): Promise<readonly SqliteRow[]> {
  return connection.all(
    "SELECT sequence, class, bytes FROM outbox WHERE sequence IN (SELECT value FROM json_each(?))",
    [JSON.stringify(sequences)],
  );
}

async function remove(
  connection: SqliteConnection,
  ledger: Ledger,
  rows: readonly { readonly [column: string]: unknown }[],
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all("DELETE FROM outbox WHERE sequence IN (SELECT value FROM json_each(?))", [
    JSON.stringify(rows.map((row) => row.sequence)),
  ]);
  for (const row of rows) ledger.book("outbox", Number(row.class), -1, -Number(row.bytes));
}

function isIntact(row: SqliteRow): boolean {
  const columns = [row.sequence, row.class, row.topic, row.committed_ms, row.bytes, row.payload];
  return checksumOf("outbox", columns as (string | number)[]) === row.checksum;
}

function messageOf(row: SqliteRow, timeline: Timeline): OutboxMessage {
  return {
    sequence: Number(row.sequence),
    priority: priorityOf(Number(row.class)),
    topic: String(row.topic),
    payload: String(row.payload),
    committedMs: Number(row.committed_ms),
    clock: timeline.qualityAt("outbox", Number(row.sequence)),
  };
}

/** Acknowledgements gathered while the disk is busy or away. */
class AcknowledgementBox {
  #upTo = 0;
  #sequences = new Set<number>();

  get isEmpty(): boolean {
    return this.#upTo === 0 && this.#sequences.size === 0;
  }

  add(upTo: number, sequences: readonly number[]): void {
    this.#upTo = Math.max(this.#upTo, upTo);
    for (const sequence of sequences) {
      if (this.#sequences.size >= MAX_WAITING_SEQUENCES) return;
      this.#sequences.add(sequence);
    }
  }

  /** Everything gathered; the box is empty afterwards. */
  take(): { upTo: number; sequences: readonly number[] } {
    const upTo = this.#upTo;
    const sequences = [...this.#sequences].filter((sequence) => sequence > upTo);
    this.#upTo = 0;
    this.#sequences = new Set();
    return { upTo, sequences };
  }
}
