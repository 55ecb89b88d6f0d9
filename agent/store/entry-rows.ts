/**
 * Owns how a group of entries becomes rows: each record gets its number from the ledger, which books what came. Runs
 * inside the writer's transaction; what it does to the ledger counts only once that is committed.
 */
import { changeDevices } from "./device-rows.js";
import type { Ledger } from "./ledger.js";
import type {
  DetectionColumns,
  IncidentColumns,
  LogColumns,
  MessageColumns,
  PreparedEntry,
} from "./record.js";
import { insertDetections, insertIncidents, insertLogs, insertMessages } from "./rows.js";
import type { SqliteConnection } from "./sqlite-driver.js";
import { changeTally } from "./tally.js";

/**
 * Insert the rows of entries in their order.
 *
 * @param committedMs wall time noted with messages.
 * @returns the sequence number of each entry's message, 0 where it has none.
 */
export async function insertEntries(
  connection: SqliteConnection,
  ledger: Ledger,
  entries: readonly PreparedEntry[],
  committedMs: number,
): Promise<readonly number[]> {
  await addDetections(connection, ledger, entries);
  await addLogs(connection, ledger, entries);
  await replaceIncidents(connection, ledger, entries);
  await changeTally(
    connection,
    entries.flatMap(({ tally }) => tally ?? []),
  );
  await changeDevices(
    connection,
    entries.flatMap(({ device }) => device ?? []),
  );
  return addMessages(connection, ledger, entries, committedMs);
}

async function addDetections(
  connection: SqliteConnection,
  ledger: Ledger,
  entries: readonly PreparedEntry[],
): Promise<void> {
  const rows: DetectionColumns[] = [];
  for (const { classIndex, detection } of entries) {
    if (!detection) continue;
    const { timeUs, signatureId, bytes, payload } = detection;
    rows.push([ledger.next("detection"), classIndex, timeUs, signatureId, bytes, payload]);
    ledger.book("detections", classIndex, 1, bytes);
  }
  await insertDetections(connection, rows);
}

async function addLogs(
  connection: SqliteConnection,
  ledger: Ledger,
  entries: readonly PreparedEntry[],
): Promise<void> {
  const rows: LogColumns[] = [];
  for (const { classIndex, log } of entries) {
    if (!log) continue;
    rows.push([ledger.next("log"), classIndex, log.timeMs, log.source, log.bytes, log.payload]);
    ledger.book("logs", classIndex, 1, log.bytes);
  }
  await insertLogs(connection, rows);
}

async function replaceIncidents(
  connection: SqliteConnection,
  ledger: Ledger,
  entries: readonly PreparedEntry[],
): Promise<void> {
  const rows = new Map<string, IncidentColumns>();
  for (const { classIndex, incident } of entries) {
    if (!incident) continue;
    const { id, isOpen, updatedMs, bytes, payload } = incident;
    rows.set(id, [ledger.next("version"), classIndex, id, isOpen ? 1 : 0, updatedMs, bytes, payload]);
  }
  if (rows.size === 0) return;
  const replaced = await connection.all(
    `SELECT class, count(*) AS records, sum(bytes) AS bytes FROM incidents
     WHERE id IN (SELECT value FROM json_each(?)) GROUP BY class`,
    [JSON.stringify([...rows.keys()])],
  );
  for (const row of replaced) {
    ledger.book("incidents", Number(row.class), -Number(row.records), -Number(row.bytes));
  }
  for (const [, classIndex, , , , bytes] of rows.values()) ledger.book("incidents", classIndex, 1, bytes);
  await insertIncidents(connection, [...rows.values()], "REPLACE");
}

async function addMessages(
  connection: SqliteConnection,
  ledger: Ledger,
  entries: readonly PreparedEntry[],
  committedMs: number,
): Promise<readonly number[]> {
  const rows: MessageColumns[] = [];
  const sequences = entries.map(({ classIndex, message }) => {
    if (!message) return 0;
    const sequence = ledger.next("outbox");
    rows.push([sequence, classIndex, message.topic, committedMs, message.bytes, message.payload]);
    ledger.book("outbox", classIndex, 1, message.bytes);
    return sequence;
  });
  await insertMessages(connection, rows);
  return sequences;
}
