/**
 * Owns the devices in the store: one row each, the last state replacing the one before. Bound: kept by whoever makes them (so
 * many devices), because they leave by name and not by age.
 */
import { checksumOf, type DeviceColumns, type DeviceDraft, wholeNumber } from "./record.js";
import type { SqliteConnection } from "./sqlite-driver.js";

export interface StoredDevice {
  readonly id: string;
  readonly updatedMs: number;
  /** JSON text as it was given. */
  readonly payload: string;
}

/** The changes of a group of entries, of which the last one of a device counts, in the running transaction. */
export async function changeDevices(
  connection: SqliteConnection,
  changes: readonly DeviceDraft[],
): Promise<void> {
  if (changes.length === 0) return;
  const last = new Map(changes.map((change) => [change.id, change]));
  const rows: DeviceColumns[] = [];
  const gone: string[] = [];
  for (const { id, updatedMs, payload } of last.values()) {
    if (payload === undefined) gone.push(id);
    else rows.push([id, wholeNumber(updatedMs), payload]);
  }
  if (gone.length > 0) {
    await connection.all("DELETE FROM devices WHERE id IN (SELECT value FROM json_each(?))", [
      JSON.stringify(gone),
    ]);
  }
  await insertDevices(connection, rows);
}

/** Set the state of devices, whatever it was. */
export async function insertDevices(
  connection: SqliteConnection,
  rows: readonly DeviceColumns[],
): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR REPLACE INTO devices (id, updated_ms, payload, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("devices", row)]))],
  );
}

/** All devices whose checksum holds. */
export async function readDevices(connection: SqliteConnection): Promise<readonly StoredDevice[]> {
  const rows = await connection.all("SELECT id, updated_ms, payload, checksum FROM devices ORDER BY id");
  return rows.flatMap((row) => {
    const columns: DeviceColumns = [String(row.id), Number(row.updated_ms), String(row.payload)];
    if (checksumOf("devices", columns) !== row.checksum) return [];
    return [{ id: columns[0], updatedMs: columns[1], payload: columns[2] }];
  });
}
