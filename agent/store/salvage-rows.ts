/**
 * Owns the judgement over a record found in a damaged file: which table's row it is, and whether it is whole.
 *
 * A record counts where its checksum holds for one of our tables; anything else is debris. Stale images of a row
 * (of a page that was free, or of an earlier version) pass too: an incident's newest version wins, and messages
 * the monitor has already acknowledged are told by the counter `acknowledged`, and of a number in the tally the
 * highest wins, because what is counted there only rises.
 */
import { COUNTERS, type Counter } from "./ledger.js";
import {
  type CheckedTable,
  checksumOf,
  type DetectionColumns,
  type DeviceColumns,
  type IncidentColumns,
  type LogColumns,
  type MarkColumns,
  type MessageColumns,
} from "./record.js";
import type { RecordValue, SalvagedRecord } from "./salvage-pages.js";
import type { TallyAmount } from "./tally.js";

export type SalvagedRow =
  | { readonly table: "detections"; readonly columns: DetectionColumns }
  | { readonly table: "incidents"; readonly columns: IncidentColumns }
  | { readonly table: "outbox"; readonly columns: MessageColumns }
  | { readonly table: "tally"; readonly columns: TallyAmount }
  | { readonly table: "devices"; readonly columns: DeviceColumns }
  | { readonly table: "logs"; readonly columns: LogColumns }
  | { readonly table: "timeline"; readonly columns: MarkColumns }
  | { readonly table: "sequence"; readonly counter: Counter; readonly value: number }
  | { readonly table: "meta"; readonly key: string; readonly value: string };

/** Columns of the timeline but for the checksum. */
const MARK_COLUMNS = 10;

/** The row a record is, or undefined for debris. */
export function recognise(record: SalvagedRecord): SalvagedRow | undefined {
  const { columns } = record;
  // The rowid's own column is stored as NULL; its value is the rowid.
  const keyed = [record.rowid, ...columns.slice(1)];
  if (columns.length === 7) {
    const row = intact("outbox", keyed, ["n", "n", "s", "n", "n", "s"]);
    if (row) return { table: "outbox", columns: row as unknown as MessageColumns };
    const log = intact("logs", keyed, ["n", "n", "n", "s", "n", "s"]);
    if (log) return { table: "logs", columns: log as unknown as LogColumns };
    const detection = intact("detections", keyed, ["n", "n", "n", "n", "n", "s"]);
    return detection && { table: "detections", columns: detection as unknown as DetectionColumns };
  }
  if (columns.length === 8) {
    const row = intact("incidents", keyed, ["n", "n", "s", "n", "n", "n", "s"]);
    return row && { table: "incidents", columns: row as unknown as IncidentColumns };
  }
  if (columns.length === 4) {
    const row = intact("tally", columns, ["s", "s", "n"]);
    if (row) return { table: "tally", columns: row as unknown as TallyAmount };
    const device = intact("devices", columns, ["s", "n", "s"]);
    return device && { table: "devices", columns: device as unknown as DeviceColumns };
  }
  if (columns.length === MARK_COLUMNS + 1) {
    const row = intact("timeline", keyed, new Array<"n">(MARK_COLUMNS).fill("n"));
    return row && { table: "timeline", columns: row as MarkColumns };
  }
  return columns.length === 3 ? recogniseNumber(columns) : undefined;
}

function recogniseNumber(columns: readonly RecordValue[]): SalvagedRow | undefined {
  const number = intact("sequence", columns, ["s", "n"]);
  const counter = COUNTERS.find((name) => name === number?.[0]);
  if (number && counter) return { table: "sequence", counter, value: Number(number[1]) };
  const pair = intact("meta", columns, ["s", "s"]);
  return pair && { table: "meta", key: String(pair[0]), value: String(pair[1]) };
}

/** All columns but the last, where their kinds and the checksum in the last agree. */
function intact(
  table: CheckedTable,
  columns: readonly RecordValue[],
  kinds: readonly ("n" | "s")[],
): readonly (number | string)[] | undefined {
  const values: (number | string)[] = [];
  for (const [index, kind] of kinds.entries()) {
    const value = columns[index];
    if (typeof value !== (kind === "n" ? "number" : "string")) return undefined;
    values.push(value as number | string);
  }
  return checksumOf(table, values) === columns.at(-1) ? values : undefined;
}
