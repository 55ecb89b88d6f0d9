/**
 * Owns who has to leave when a table outgrows its share: the lowest class first, in it the oldest row.
 *
 * A message that leaves the outbox unsent leaves a tombstone: one message per class, which the next eviction of
 * that class replaces while it still waits, so that they never pile up. Evictions of a class take the oldest, so
 * ranges of tombstones that were delivered do not overlap. Tombstones themselves are not evicted.
 * Detections, incidents and logs are the box's own memory; what leaves there goes into an account (`departures.ts`).
 *
 * Runs inside the writer's transaction. Memory: at most `EVICTION_ROWS` keys at a time.
 */
import { PRIORITY_CLASSES } from "../base/outbox.js";
import type { Part } from "./budget.js";
import type { Ledger } from "./ledger.js";
import { NOTICE_PRIORITY, noticeDraft } from "./notice.js";
import { prepareEntry, priorityOf } from "./record.js";
import { insertMessages } from "./rows.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/** Rows looked at in one step; a step's keys fit in memory and its deletions in the log. */
const EVICTION_ROWS = 512;

/** The column that numbers the rows of a part, in the order in which they came. */
export const KEY: Readonly<Record<Part, string>> = {
  detections: "id",
  incidents: "version",
  outbox: "sequence",
  logs: "id",
};

export interface Eviction {
  readonly part: Part;
  readonly classIndex: number;
  records: number;
  bytes: number;
  firstKey: number;
  lastKey: number;
}

/**
 * Delete rows of `part` until it is within `limitBytes`, at most `maxRows` of them.
 *
 * @returns what left, one per class.
 */
export async function evict(
  connection: SqliteConnection,
  ledger: Ledger,
  part: Part,
  limitBytes: number,
  maxRows = Number.POSITIVE_INFINITY,
): Promise<readonly Eviction[]> {
  const evictions: Eviction[] = [];
  let remaining = maxRows;
  for (let classIndex = PRIORITY_CLASSES.length - 1; classIndex >= 0; classIndex--) {
    let hasMore = true;
    while (hasMore && remaining > 0 && ledger.total(part).bytes > limitBytes) {
      const step = await evictStep(connection, ledger, part, classIndex, limitBytes, remaining);
      hasMore = step.hasMore;
      remaining -= step.eviction?.records ?? 0;
      if (step.eviction) merge(evictions, step.eviction);
    }
  }
  return evictions;
}

async function evictStep(
  connection: SqliteConnection,
  ledger: Ledger,
  part: Part,
  classIndex: number,
  limitBytes: number,
  maxRows: number,
): Promise<{ hasMore: boolean; eviction: Eviction | undefined }> {
  const key = KEY[part];
  const kept = part === "outbox" ? "AND sequence NOT IN (SELECT sequence FROM tombstones)" : "";
  const rows = await connection.all(
    `SELECT ${key} AS key, bytes FROM ${part} WHERE class = ? ${kept} ORDER BY ${key} LIMIT ?`,
    [classIndex, Math.min(EVICTION_ROWS, maxRows)],
  );
  const eviction: Eviction = { part, classIndex, records: 0, bytes: 0, firstKey: 0, lastKey: 0 };
  const excess = ledger.total(part).bytes - limitBytes;
  for (const row of rows) {
    if (eviction.bytes >= excess) break;
    if (eviction.records === 0) eviction.firstKey = Number(row.key);
    eviction.lastKey = Number(row.key);
    eviction.bytes += Number(row.bytes);
    eviction.records += 1;
  }
  if (eviction.records === 0) return { hasMore: false, eviction: undefined };
  await connection.all(`DELETE FROM ${part} WHERE class = ? AND ${key} <= ? ${kept}`, [
    classIndex,
    eviction.lastKey,
  ]);
  ledger.book(part, classIndex, -eviction.records, -eviction.bytes);
  return { hasMore: eviction.records === rows.length, eviction };
}

function merge(evictions: Eviction[], next: Eviction): void {
  const last = evictions.at(-1);
  if (last?.classIndex !== next.classIndex) {
    evictions.push(next);
    return;
  }
  last.records += next.records;
  last.bytes += next.bytes;
  last.lastKey = next.lastKey;
}

/** Put a tombstone for messages evicted from the outbox, in place of the one of that class that still waits. */
export async function bury(
  connection: SqliteConnection,
  ledger: Ledger,
  eviction: Eviction,
  wallMs: number,
): Promise<void> {
  const [old] = await connection.all(
    `SELECT t.sequence, first_sequence, last_sequence, messages, t.bytes, replaced, o.class, o.bytes AS charge
     FROM tombstones t JOIN outbox o ON o.sequence = t.sequence WHERE t.class = ?`,
    [eviction.classIndex],
  );
  if (old) {
    await connection.all("DELETE FROM outbox WHERE sequence = ?", [Number(old.sequence)]);
    ledger.book("outbox", Number(old.class), -1, -Number(old.charge));
  }
  const firstSequence = Math.min(eviction.firstKey, Number(old?.first_sequence ?? eviction.firstKey));
  const lastSequence = Math.max(eviction.lastKey, Number(old?.last_sequence ?? 0));
  const messages = eviction.records + Number(old?.messages ?? 0);
  const bytes = eviction.bytes + Number(old?.bytes ?? 0);
  const replaced = old ? Number(old.replaced) + 1 : 0;
  const sequence = ledger.next("outbox");
  const message = noticeDraft({
    event: "store.tombstone",
    priority: priorityOf(eviction.classIndex),
    firstSequence,
    lastSequence,
    messages,
    bytes,
    replaced,
  });
  const entry = prepareEntry({ priority: NOTICE_PRIORITY, message });
  await insertMessages(connection, [
    [sequence, entry.classIndex, message.topic, wallMs, entry.bytes, message.payload],
  ]);
  ledger.book("outbox", entry.classIndex, 1, entry.bytes);
  await connection.all(
    `INSERT INTO tombstones (class, sequence, first_sequence, last_sequence, messages, bytes, replaced)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [eviction.classIndex, sequence, firstSequence, lastSequence, messages, bytes, replaced],
  );
}
