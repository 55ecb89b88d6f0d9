import { openSqlite } from "#agent/store/sqlite-driver.js";
import type { IncidentMessage } from "#agent/uplink/schema/incident.js";

export type IncidentData = IncidentMessage["data"];

/** What the monitor holds at the end: every incident in its last state, and how many messages it has. */
export interface MonitorOutcome {
  readonly messages: number;
  readonly incidents: readonly IncidentData[];
}

/** Read the monitor's database when the monitor has ended. */
export async function readMonitor(file: string): Promise<MonitorOutcome> {
  const database = await openSqlite(file);
  try {
    const rows = await database.all("SELECT kind, text FROM message ORDER BY ledger, seq");
    const byId = new Map<string, IncidentData>();
    for (const row of rows) {
      if (row.kind !== "incident") continue;
      const { data } = JSON.parse(String(row.text)) as IncidentMessage;
      byId.set(data.id, data);
    }
    return { messages: rows.length, incidents: [...byId.values()] };
  } finally {
    await database.close();
  }
}

/** Messages that the agent's store still holds for sending, when the agent has ended. */
export async function countUnsent(file: string): Promise<number> {
  const database = await openSqlite(file);
  try {
    const [row] = await database.all("SELECT count(*) AS messages FROM outbox");
    return Number(row?.messages ?? 0);
  } finally {
    await database.close();
  }
}
