/**
 * Owns how a byte budget is cut up: database pages, write-ahead log, and the limits of the three tables that grow.
 *
 * The hard bounds are `maxPageCount` (SQLite refuses the page beyond it) and `walBytes` (the writer checkpoints
 * at it). The limits of tables are soft: rows are charged what they roughly cost on a page, and eviction keeps each
 * table within its limit, so that the hard bound is met only by unlucky packing. Then the writer lowers the limits.
 */
import { AgentError } from "../base/errors.js";

export const PAGE_BYTES = 4096;
export const MINIMUM_BUDGET_BYTES = 8 * 1024 * 1024;

/** Tables whose rows are charged against the budget, in the order in which they have a right to it. */
export const PARTS = ["outbox", "incidents", "detections"] as const;
export type Part = (typeof PARTS)[number];

export interface BudgetPlan {
  readonly budgetBytes: number;
  /** Pages of the database file, the hard bound. */
  readonly maxPageCount: number;
  /** Size the write-ahead log never exceeds. */
  readonly walBytes: number;
  /** Length of the log at which SQLite copies it back by itself. */
  readonly walAutocheckpointPages: number;
  /** Charged bytes of the records of one transaction: small enough for the log whatever else they touch. */
  readonly transactionBytes: number;
  /** Charged bytes of all rows together. */
  readonly rowBytes: number;
}

/** Header, index entry, cell pointer and the other columns of a row, measured generously. */
const ROW_OVERHEAD_BYTES = 64;

/** What a row with so many bytes of payload is charged. Longer ones go to overflow pages, which are whole. */
export function chargeOf(payloadBytes: number): number {
  const bytes = payloadBytes + ROW_OVERHEAD_BYTES;
  return bytes <= PAGE_BYTES / 2 ? bytes : Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Pages of b-trees are seldom full: rows may fill this part of them. */
const FILL = 0.75;
/** Most that undelivered messages and incidents may take of the rows' bytes; detections always keep the rest. */
const OUTBOX_SHARE = 0.7;
const INCIDENTS_SHARE = 0.2;

/**
 * Charged bytes a table may hold. Detections fill whatever messages and incidents leave, and make room for them.
 *
 * @param usedBytes what each table holds now.
 */
export function limitBytes(rowBytes: number, part: Part, usedBytes: (part: Part) => number): number {
  switch (part) {
    case "outbox":
      return rowBytes * OUTBOX_SHARE;
    case "incidents":
      return rowBytes * INCIDENTS_SHARE;
    case "detections":
      return rowBytes - usedBytes("outbox") - usedBytes("incidents");
  }
}

/**
 * Cut up `budgetBytes`, the size of all files of the database together.
 *
 * 8 MiB become 1 MiB of log and 7 MiB of pages for 5.2 MiB of rows.
 *
 * @throws AgentError where the budget is below 8 MiB.
 */
export function planBudget(budgetBytes: number): BudgetPlan {
  if (!(budgetBytes >= MINIMUM_BUDGET_BYTES)) {
    throw new AgentError("error.store.budget", { bytes: budgetBytes, minimum: MINIMUM_BUDGET_BYTES });
  }
  const mebibyte = 1024 * 1024;
  const walBytes = Math.min(8 * mebibyte, Math.max(mebibyte, Math.floor(budgetBytes / 8)));
  const maxPageCount = Math.floor((budgetBytes - walBytes) / PAGE_BYTES);
  return {
    budgetBytes,
    maxPageCount,
    walBytes,
    walAutocheckpointPages: Math.floor(walBytes / 2 / PAGE_BYTES),
    transactionBytes: Math.floor(walBytes / 8),
    rowBytes: Math.floor(maxPageCount * PAGE_BYTES * FILL),
  };
}
