/**
 * Owns the account of what had to leave the box's own tables (detections, incidents, logs) to stay within their
 * budgets: class, first and last number, how many. It is kept in the transaction that deletes them and told to the
 * monitor at most once an hour, so that a full table does not turn into a message per commit.
 *
 * Bound: one row per part and class.
 */
import type { Eviction } from "./eviction.js";
import type { DepartureNotice } from "./notice.js";
import { priorityOf } from "./record.js";
import type { AgingPart } from "./retention.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/** Add to the account, in the running transaction. */
export async function noteDeparture(connection: SqliteConnection, eviction: Eviction): Promise<void> {
  const { part, classIndex, firstKey, lastKey, records, bytes } = eviction;
  await connection.all(
    `INSERT INTO departures (part, class, first_number, last_number, records, bytes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (part, class) DO UPDATE SET last_number = excluded.last_number,
     records = records + excluded.records, bytes = bytes + excluded.bytes`,
    [part, classIndex, firstKey, lastKey, records, bytes],
  );
}

/** Take the account out of the database, in the transaction that stores the notice; undefined where it is empty. */
export async function takeDepartures(connection: SqliteConnection): Promise<DepartureNotice | undefined> {
  const rows = await connection.all(
    "SELECT part, class, first_number, last_number, records, bytes FROM departures ORDER BY part, class",
  );
  if (rows.length === 0) return undefined;
  await connection.all("DELETE FROM departures");
  return {
    event: "store.departed",
    departed: rows.map((row) => ({
      part: String(row.part) as AgingPart,
      priority: priorityOf(Number(row.class)),
      firstNumber: Number(row.first_number),
      lastNumber: Number(row.last_number),
      records: Number(row.records),
      bytes: Number(row.bytes),
    })),
  };
}
