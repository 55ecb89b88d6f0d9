/**
 * Owns the questions that may be asked of the monitor's file, while a monitor works with it or not: the incidents as
 * they stand, the summaries, the gaps. Newest first, a bounded number.
 */
import { openSqlite, type SqliteConnection } from "#agent/store/sqlite-driver.js";
import type { IncidentMessage } from "#agent/uplink/schema/incident.js";
import type { SummaryMessage } from "#agent/uplink/schema/summary.js";

export interface IncidentFilter {
  readonly device?: string | undefined;
  readonly verdict?: string | undefined;
  readonly sid?: number | undefined;
  /** RFC 3339; by the device's clock at its commit. */
  readonly since?: string | undefined;
  readonly limit: number;
}

export interface StoredGap {
  readonly device: string;
  readonly ledger: string;
  readonly first: number;
  readonly last: number;
  readonly noticedAt: string;
}

export class MonitorQuery {
  readonly #connection: SqliteConnection;

  private constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** @throws the driver's error where the file is none */
  static async open(file: string): Promise<MonitorQuery> {
    const connection = await openSqlite(file);
    await connection.all("SELECT 1 FROM message LIMIT 1");
    return new MonitorQuery(connection);
  }

  /** The last word about each incident. */
  async incidents({ device, verdict, sid, since, limit }: IncidentFilter): Promise<IncidentMessage[]> {
    const rows = await this.#connection.all(
      `SELECT text, max(seq) AS last FROM message
       WHERE kind = 'incident' AND (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR committed_at >= ?2)
       GROUP BY device, ledger, text ->> '$.data.id'
       HAVING (?3 IS NULL OR text ->> '$.data.verdict' = ?3) AND (?4 IS NULL OR text ->> '$.data.rule.sid' = ?4)
       ORDER BY received_at DESC, last DESC LIMIT ?5`,
      [device ?? null, since ?? null, verdict ?? null, sid ?? null, limit],
    );
    return rows.map(({ text }) => JSON.parse(String(text)) as IncidentMessage);
  }

  async summaries({ device, since, limit }: IncidentFilter): Promise<SummaryMessage[]> {
    const rows = await this.#connection.all(
      `SELECT text FROM message
       WHERE kind = 'summary' AND (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR committed_at >= ?2)
       ORDER BY received_at DESC, seq DESC LIMIT ?3`,
      [device ?? null, since ?? null, limit],
    );
    return rows.map(({ text }) => JSON.parse(String(text)) as SummaryMessage);
  }

  /** Numbers that were never received, will not come, and that no device has accounted for. */
  async gaps({ device, limit }: IncidentFilter): Promise<StoredGap[]> {
    const rows = await this.#connection.all(
      `SELECT device, ledger, first, last, noticed_at FROM gap WHERE ?1 IS NULL OR device = ?1
       ORDER BY noticed_at DESC, first DESC LIMIT ?2`,
      [device ?? null, limit],
    );
    return rows.map((row) => ({
      device: String(row.device),
      ledger: String(row.ledger),
      first: Number(row.first),
      last: Number(row.last),
      noticedAt: String(row.noticed_at),
    }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
