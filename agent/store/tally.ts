/**
 * Owns the tally: numbers that other rooms keep in step with what they count, changed in the transaction that stores
 * what was counted. So a number is neither ahead of the records it speaks of nor behind them, whenever power goes.
 *
 * A period is a name for numbers that are dropped together; a key tells them apart within it. The store understands
 * neither. Bound: kept by whoever counts (about a thousand keys a period), because a drop is one transaction.
 */
import { checksumOf } from "./record.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/** One number: its period, its key, and by how much it rises or what it is. */
export type TallyAmount = readonly [period: string, key: string, amount: number];

/** What an entry changes; drops come first, then what is set, then what is added. */
export interface TallyChange {
  readonly add?: readonly TallyAmount[];
  readonly set?: readonly TallyAmount[];
  /** Periods whose numbers are forgotten. */
  readonly drop?: readonly string[];
}

/** The changes of a group of entries in their order, in the running transaction. */
export async function changeTally(
  connection: SqliteConnection,
  changes: readonly TallyChange[],
): Promise<void> {
  const dropped = new Set<string>();
  const rows = new Map<string, { period: string; key: string; base: number | undefined; added: number }>();
  const row = (period: string, key: string) => {
    const name = JSON.stringify([period, key]);
    const known = rows.get(name);
    if (known) return known;
    const fresh = { period, key, base: dropped.has(period) ? 0 : undefined, added: 0 };
    rows.set(name, fresh);
    return fresh;
  };
  for (const { add = [], set = [], drop = [] } of changes) {
    for (const period of drop) {
      dropped.add(period);
      for (const [name, { period: other }] of rows) if (other === period) rows.delete(name);
    }
    for (const [period, key, amount] of set) Object.assign(row(period, key), { base: amount, added: 0 });
    for (const [period, key, amount] of add) row(period, key).added += amount;
  }
  if (dropped.size > 0) {
    await connection.all("DELETE FROM tally WHERE period IN (SELECT value FROM json_each(?))", [
      JSON.stringify([...dropped]),
    ]);
  }
  await write(connection, [...rows.values()]);
}

async function write(
  connection: SqliteConnection,
  rows: readonly { period: string; key: string; base: number | undefined; added: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  const unknown = rows.filter(({ base }) => base === undefined).map(({ period, key }) => [period, key]);
  const found = await connection.all(
    `SELECT tally.period AS period, tally.key AS key, tally.value AS amount FROM json_each(?) AS wanted
     JOIN tally ON tally.period = wanted.value ->> 0 AND tally.key = wanted.value ->> 1`,
    [JSON.stringify(unknown)],
  );
  const known = new Map(
    found.map((row) => [JSON.stringify([row.period, row.key]), Number(row.amount)] as const),
  );
  await insertTally(
    connection,
    rows.map(({ period, key, base, added }) => [
      period,
      key,
      (base ?? known.get(JSON.stringify([period, key])) ?? 0) + added,
    ]),
  );
}

/** Set numbers, whatever they were. */
export async function insertTally(connection: SqliteConnection, rows: readonly TallyAmount[]): Promise<void> {
  if (rows.length === 0) return;
  await connection.all(
    `INSERT OR REPLACE INTO tally (period, key, value, checksum)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
    [JSON.stringify(rows.map((row) => [...row, checksumOf("tally", row)]))],
  );
}

/** All numbers whose checksum holds. */
export async function readTally(connection: SqliteConnection): Promise<readonly TallyAmount[]> {
  const rows = await connection.all("SELECT period, key, value, checksum FROM tally ORDER BY period, key");
  return rows.flatMap((row) => {
    const amount: TallyAmount = [String(row.period), String(row.key), Number(row.value)];
    return checksumOf("tally", amount) === row.checksum ? [amount] : [];
  });
}
