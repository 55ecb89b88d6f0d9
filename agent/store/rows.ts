/**
 * Owns how rows get into the tables that grow: many at a time, as one JSON array bound to one statement, which
 * costs one trip to the thread pool instead of one per row.
 */
import {
  checksumOf,
  type DetectionColumns,
  type IncidentColumns,
  type LogColumns,
  type MarkColumns,
  type MessageColumns,
} from "./record.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/** What happens to a row whose key is there already. */
export type OnConflict = "ABORT" | "IGNORE" | "REPLACE";

export async function insertDetections(
  connection: SqliteConnection,
  rows: readonly DetectionColumns[],
  onConflict: OnConflict = "ABORT",
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR ${onConflict} INTO detections (id, class, time_us, signature_id, bytes, payload, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
     FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("detections", row)]))],
  );
}

/** `REPLACE` also replaces the row with the same incident id. */
export async function insertIncidents(
  connection: SqliteConnection,
  rows: readonly IncidentColumns[],
  onConflict: OnConflict = "ABORT",
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR ${onConflict} INTO incidents (version, class, id, is_open, updated_ms, bytes, payload, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
     FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("incidents", row)]))],
  );
}

export async function insertMessages(
  connection: SqliteConnection,
  rows: readonly MessageColumns[],
  onConflict: OnConflict = "ABORT",
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR ${onConflict} INTO outbox (sequence, class, topic, committed_ms, bytes, payload, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
     FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("outbox", row)]))],
  );
}

export async function insertLogs(
  connection: SqliteConnection,
  rows: readonly LogColumns[],
  onConflict: OnConflict = "ABORT",
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR ${onConflict} INTO logs (id, class, time_ms, source, bytes, payload, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
     FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("logs", row)]))],
  );
}

export async function insertMarks(
  connection: SqliteConnection,
  rows: readonly MarkColumns[],
  onConflict: OnConflict = "ABORT",
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR ${onConflict} INTO timeline
     (mark, kind, boot, operating_ms, wall_ms, quality, outbox, incidents, detections, logs, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
     value ->> 8, value ->> 9, value ->> 10 FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("timeline", row)]))],
  );
}
