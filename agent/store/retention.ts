/**
 * Owns who leaves for reasons of age: detections, log lines, and incidents that are closed. Age is operating time since
 * the commit (`timeline.ts`), so no setting of a clock makes a row older. Messages in the outbox do not age: they leave
 * when they were acknowledged, or for want of room.
 *
 * Runs inside the writer's transaction. Memory: `EXPIRY_ROWS` keys.
 */
import type { Part } from "./budget.js";
import { KEY } from "./eviction.js";
import type { Ledger } from "./ledger.js";
import { priorityOf } from "./record.js";
import type { SqliteConnection } from "./sqlite-driver.js";

export type AgingPart = Exclude<Part, "outbox">;
export const AGING_PARTS = ["detections", "incidents", "logs"] as const satisfies readonly AgingPart[];

/** How long rows are kept, milliseconds of operating time. */
export type Retention = Readonly<Record<AgingPart, number>>;

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION = retentionOf({ detections: 90, incidents: 400, logs: 90 });

/** The same from numbers of days. */
export function retentionOf({ detections, incidents, logs }: Retention): Retention {
  return { detections: detections * DAY_MS, incidents: incidents * DAY_MS, logs: logs * DAY_MS };
}

/** Rows deleted in one transaction: short enough for the log and for whoever waits to write. */
const EXPIRY_ROWS = 500;

/**
 * Delete a few of the rows numbered up to `upTo`.
 *
 * @returns how many left, by class.
 */
export async function expire(
  connection: SqliteConnection,
  ledger: Ledger,
  part: AgingPart,
  upTo: number,
): Promise<ReadonlyMap<string, number>> {
  const key = KEY[part];
  const condition = part === "incidents" ? "AND is_open = 0" : "";
  const rows = await connection.all(
    `SELECT ${key} AS key, class, bytes FROM ${part} WHERE ${key} <= ? ${condition} ORDER BY ${key} LIMIT ?`,
    [upTo, EXPIRY_ROWS],
  );
  const expired = new Map<string, number>();
  const last = rows.at(-1);
  if (!last) return expired;
  await connection.all(`DELETE FROM ${part} WHERE ${key} <= ? ${condition}`, [Number(last.key)]);
  for (const row of rows) {
    const priority = priorityOf(Number(row.class));
    ledger.book(part, Number(row.class), -1, -Number(row.bytes));
    expired.set(priority, (expired.get(priority) ?? 0) + 1);
  }
  return expired;
}
