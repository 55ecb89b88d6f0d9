/**
 * Owns what readers may ask of the store: incidents, detections and log lines, newest first, a bounded number at a
 * time. A row whose checksum does not hold is left out. Each says how far the wall clock could be believed when it was
 * stored.
 */
import type { ClockQuality } from "../base/clock-quality.js";
import type { PriorityClass } from "../base/outbox.js";
import { readDevices, type StoredDevice } from "./device-rows.js";
import { type CheckedTable, checksumOf, priorityOf } from "./record.js";
import type { SqliteConnection, SqliteRow } from "./sqlite-driver.js";
import { readTally, type TallyAmount } from "./tally.js";
import type { Timeline } from "./timeline.js";

interface StoredRecord {
  /** Rises with every record of its kind, in the order in which they were stored. */
  readonly number: number;
  readonly priority: PriorityClass;
  /** JSON text as it was given. */
  readonly payload: string;
  /** The box's wall clock at that moment; undefined where that is not known any more. */
  readonly clock: ClockQuality | undefined;
}

export interface StoredIncident extends StoredRecord {
  readonly id: string;
  readonly isOpen: boolean;
  readonly updatedMs: number;
}

export interface StoredDetection extends StoredRecord {
  /** Packet time, microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly signatureId: number;
}

export interface StoredLog extends StoredRecord {
  readonly timeMs: number;
  readonly source: string;
}

const MAX_ROWS = 10_000;
/** There is no index by rule: a question about one looks at so many rows at the most. */
const SCANNED_ROWS = 50_000;
const INCIDENT_COLUMNS = "version, class, id, is_open, updated_ms, bytes, payload, checksum";

/** Answers from an open database. */
export class Queries {
  readonly #connection: SqliteConnection;
  readonly #timeline: Timeline;

  constructor(connection: SqliteConnection, timeline: Timeline) {
    this.#connection = connection;
    this.#timeline = timeline;
  }

  /** Incidents, the last touched first; those numbered below `before`, if that is given. */
  async recentIncidents(limit: number, before = Number.MAX_SAFE_INTEGER): Promise<readonly StoredIncident[]> {
    const parameters = [before, Math.min(limit, MAX_ROWS)];
    return this.#incidents("WHERE version < ? ORDER BY version DESC LIMIT ?", parameters);
  }

  /** Incidents that were not closed when last stored, the last touched first. */
  async openIncidents(limit: number): Promise<readonly StoredIncident[]> {
    return this.#incidents("WHERE is_open = 1 ORDER BY version DESC LIMIT ?", [Math.min(limit, MAX_ROWS)]);
  }

  async incidentById(id: string): Promise<StoredIncident | undefined> {
    return (await this.#incidents("WHERE id = ?", [id]))[0];
  }

  async recentDetections(limit: number): Promise<readonly StoredDetection[]> {
    const sql = `SELECT id, class, time_us, signature_id, bytes, payload, checksum FROM detections
                 ORDER BY id DESC LIMIT ?`;
    const rows = await this.#intact("detections", sql, [Math.min(limit, MAX_ROWS)]);
    return rows.map((row) => ({
      ...this.#recordOf("detections", row, Number(row.id)),
      timeUs: Number(row.time_us),
      signatureId: Number(row.signature_id),
    }));
  }

  /** Detections of one rule in a time, by packet time in microseconds, the latest stored first; of the last SCANNED_ROWS. */
  async detectionsOf(
    signatureId: number,
    fromUs: number,
    toUs: number,
    limit: number,
  ): Promise<readonly string[]> {
    const sql = `SELECT id, class, time_us, signature_id, bytes, payload, checksum FROM detections
                 WHERE id > (SELECT max(id) FROM detections) - ${SCANNED_ROWS}
                 AND signature_id = ? AND time_us BETWEEN ? AND ? ORDER BY id DESC LIMIT ?`;
    const rows = await this.#intact("detections", sql, [
      signatureId,
      fromUs,
      toUs,
      Math.min(limit, MAX_ROWS),
    ]);
    return rows.map(({ payload }) => String(payload));
  }

  async recentLogs(limit: number): Promise<readonly StoredLog[]> {
    const sql =
      "SELECT id, class, time_ms, source, bytes, payload, checksum FROM logs ORDER BY id DESC LIMIT ?";
    const rows = await this.#intact("logs", sql, [Math.min(limit, MAX_ROWS)]);
    return rows.map((row) => ({
      ...this.#recordOf("logs", row, Number(row.id)),
      timeMs: Number(row.time_ms),
      source: String(row.source),
    }));
  }

  /** All numbers of the tally. */
  tally(): Promise<readonly TallyAmount[]> {
    return readTally(this.#connection);
  }

  /** All devices. */
  devices(): Promise<readonly StoredDevice[]> {
    return readDevices(this.#connection);
  }

  async #incidents(
    clause: string,
    parameters: readonly (string | number)[],
  ): Promise<readonly StoredIncident[]> {
    const sql = `SELECT ${INCIDENT_COLUMNS} FROM incidents ${clause}`;
    const rows = await this.#intact("incidents", sql, parameters);
    return rows.map((row) => ({
      ...this.#recordOf("incidents", row, Number(row.version)),
      id: String(row.id),
      isOpen: row.is_open === 1,
      updatedMs: Number(row.updated_ms),
    }));
  }

  #recordOf(part: "incidents" | "detections" | "logs", row: SqliteRow, number: number): StoredRecord {
    return {
      number,
      priority: priorityOf(Number(row.class)),
      payload: String(row.payload),
      clock: this.#timeline.qualityAt(part, number),
    };
  }

  /** The checksum is the last column, over the others in their order. */
  async #intact(
    table: CheckedTable,
    sql: string,
    parameters: readonly (string | number)[],
  ): Promise<readonly SqliteRow[]> {
    const rows = await this.#connection.all(sql, parameters);
    return rows.filter((row) => {
      const columns = Object.values(row).slice(0, -1) as (string | number)[];
      return checksumOf(table, columns) === row.checksum;
    });
  }
}
