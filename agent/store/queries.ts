/**
 * Owns what readers may ask of the store: incidents and detections, newest first, a bounded number at a time.
 * A row whose checksum does not hold is left out.
 */
import type { PriorityClass } from "../base/outbox.js";
import { checksumOf, priorityOf } from "./record.js";
import type { SqliteConnection, SqliteRow } from "./sqlite-driver.js";

export interface StoredIncident {
  readonly id: string;
  readonly priority: PriorityClass;
  readonly isOpen: boolean;
  readonly updatedMs: number;
  /** JSON text as it was given. */
  readonly payload: string;
}

const MAX_ROWS = 10_000;
const COLUMNS = "version, class, id, is_open, updated_ms, bytes, payload, checksum";

export async function recentIncidents(
  connection: SqliteConnection,
  limit: number,
): Promise<readonly StoredIncident[]> {
  const sql = `SELECT ${COLUMNS} FROM incidents ORDER BY version DESC LIMIT ?`;
  return (await connection.all(sql, [Math.min(limit, MAX_ROWS)])).flatMap(incidentOf);
}

/** Incidents that were not closed when last stored, the last touched first. */
export async function openIncidents(
  connection: SqliteConnection,
  limit: number,
): Promise<readonly StoredIncident[]> {
  const sql = `SELECT ${COLUMNS} FROM incidents WHERE is_open = 1 ORDER BY version DESC LIMIT ?`;
  return (await connection.all(sql, [Math.min(limit, MAX_ROWS)])).flatMap(incidentOf);
}

export async function incidentById(
  connection: SqliteConnection,
  id: string,
): Promise<StoredIncident | undefined> {
  const rows = await connection.all(`SELECT ${COLUMNS} FROM incidents WHERE id = ?`, [id]);
  return rows.flatMap(incidentOf)[0];
}

/** Raw hits as JSON text, the last stored first. */
export async function recentDetections(
  connection: SqliteConnection,
  limit: number,
): Promise<readonly string[]> {
  const rows = await connection.all(
    `SELECT id, class, time_us, signature_id, bytes, payload, checksum FROM detections
     ORDER BY id DESC LIMIT ?`,
    [Math.min(limit, MAX_ROWS)],
  );
  return rows.flatMap((row) => (isIntact("detections", row) ? [String(row.payload)] : []));
}

function incidentOf(row: SqliteRow): StoredIncident[] {
  if (!isIntact("incidents", row)) return [];
  return [
    {
      id: String(row.id),
      priority: priorityOf(Number(row.class)),
      isOpen: row.is_open === 1,
      updatedMs: Number(row.updated_ms),
      payload: String(row.payload),
    },
  ];
}

/** The checksum is the last column, over the others in their order. */
function isIntact(table: "detections" | "incidents", row: SqliteRow): boolean {
  return checksumOf(table, Object.values(row).slice(0, -1) as (string | number)[]) === row.checksum;
}
