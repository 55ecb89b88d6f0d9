/**
 * Owns how a byte budget is cut up: database pages, write-ahead log, ballast, and the limits of the four tables that
 * grow.
 *
 * The hard bounds are `maxPageCount` (SQLite refuses the page beyond it), `walBytes` (the writer checkpoints at it)
 * and `ballastBytes`; together they are the budget. The limits of tables are soft: rows are charged what they roughly
 * cost on a page, and eviction keeps each table within its limit, so that the hard bound is met only by unlucky
 * packing. Then the writer lowers the limits.
 */
import { AgentError } from "../base/errors.js";

export const PAGE_BYTES = 4096;
export const MINIMUM_BUDGET_BYTES = 8 * 1024 * 1024;

/** Tables whose rows are charged, each against a budget of its own. */
export const PARTS = ["outbox", "incidents", "detections", "logs"] as const;
export type Part = (typeof PARTS)[number];

/** Percent of the rows' bytes that each part may take; together 100 at most. */
export type Shares = Readonly<Record<Part, number>>;
export const DEFAULT_SHARES: Shares = { outbox: 50, incidents: 15, detections: 25, logs: 10 };

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
  /** Size of the file that is given up when others have filled the disk. */
  readonly ballastBytes: number;
  /** Charged bytes of the rows of each part. */
  readonly partBytes: Readonly<Record<Part, number>>;
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
const MEBIBYTE = 1024 * 1024;

/**
 * Cut up `budgetBytes`, the size of all files of the database together.
 *
 * 8 MiB become 1 MiB of log, 0.5 MiB of ballast and 6.5 MiB of pages for 4.9 MiB of rows.
 *
 * @throws AgentError where the budget is below 8 MiB.
 * @throws RangeError where shares are negative or together more than 100.
 */
export function planBudget(budgetBytes: number, shares: Shares = DEFAULT_SHARES): BudgetPlan {
  if (!(budgetBytes >= MINIMUM_BUDGET_BYTES)) {
    throw new AgentError("error.store.budget", { bytes: budgetBytes, minimum: MINIMUM_BUDGET_BYTES });
  }
  const sum = PARTS.reduce((total, part) => total + shares[part], 0);
  if (!(sum <= 100) || PARTS.some((part) => !(shares[part] > 0))) {
    throw new RangeError(`shares of ${PARTS.map((part) => shares[part]).join(" + ")} percent`);
  }
  const walBytes = Math.min(8 * MEBIBYTE, Math.max(MEBIBYTE, Math.floor(budgetBytes / 8)));
  const ballastBytes = Math.min(8 * MEBIBYTE, Math.floor(budgetBytes / 16));
  const maxPageCount = Math.floor((budgetBytes - walBytes - ballastBytes) / PAGE_BYTES);
  const rowBytes = maxPageCount * PAGE_BYTES * FILL;
  const bytesOf = (part: Part): number => Math.floor((rowBytes * shares[part]) / 100);
  return {
    budgetBytes,
    maxPageCount,
    walBytes,
    walAutocheckpointPages: Math.floor(walBytes / 2 / PAGE_BYTES),
    transactionBytes: Math.floor(walBytes / 8),
    ballastBytes,
    partBytes: {
      outbox: bytesOf("outbox"),
      incidents: bytesOf("incidents"),
      detections: bytesOf("detections"),
      logs: bytesOf("logs"),
    },
  };
}
