/**
 * Owns what the store itself has to say to the monitor: messages of topic `info`. Every loss ends here.
 *
 * The JSON is English and stable; people's sentences about it are made by whoever shows it.
 */
import type { PriorityClass } from "../base/outbox.js";
import type { MessageDraft } from "./record.js";

/** Messages given to the full queue and shed before they were stored, per class. */
export interface OverflowNotice {
  readonly event: "store.overflow";
  readonly shed: Readonly<Record<PriorityClass, number>>;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Messages of one class that left the outbox unsent, to stay within the budget.
 *
 * A tombstone whose range lies within that of a later one of its class is replaced by it: its messages are counted
 * again there. `replaced` is how many tombstones it stands for, whose own sequence numbers are gone.
 */
export interface TombstoneNotice {
  readonly event: "store.tombstone";
  readonly priority: PriorityClass;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
  readonly replaced: number;
}

/**
 * Rows that left the box's own tables to stay within their budgets, since the last notice of this kind. Numbers are
 * those of the table; of a class, first to last.
 */
export interface DepartureNotice {
  readonly event: "store.departed";
  readonly departed: readonly {
    readonly part: "detections" | "incidents" | "logs";
    readonly priority: PriorityClass;
    readonly firstNumber: number;
    readonly lastNumber: number;
    readonly records: number;
    readonly bytes: number;
  }[];
}

/** The ballast file was given up because others had filled the disk, or made again because there is room. */
export interface BallastNotice {
  readonly event: "store.ballast";
  readonly isReleased: boolean;
  readonly bytes: number;
}

/** Messages found damaged when they were to be sent: their checksum did not hold. */
export interface DamageNotice {
  readonly event: "store.damaged";
  readonly messages: readonly { readonly sequence: number; readonly priority: PriorityClass }[];
}

/** The store could not write for a while and can again. What was shed meanwhile is in `store.overflow`. */
export interface RecoveryNotice {
  readonly event: "store.recovered";
  /** Stable code of the failure, `error.store.…`. */
  readonly code: string;
  readonly sinceMs: number;
  readonly durationMs: number;
}

/** The database was corrupt, was set aside, and what was intact has been carried over. */
export interface SalvageNotice {
  readonly event: "store.salvaged";
  /** File name of the database set aside, beside the store. */
  readonly setAside: string;
  readonly detections: number;
  readonly incidents: number;
  readonly logs: number;
  readonly messages: number;
  /** Whether the whole file was read before the time was up. */
  readonly isComplete: boolean;
  /** Sequence numbers from here to `skippedLast` are not used: some may have been given by what is lost. */
  readonly skippedFirst: number;
  readonly skippedLast: number;
}

export type StoreNotice =
  | OverflowNotice
  | TombstoneNotice
  | DepartureNotice
  | BallastNotice
  | DamageNotice
  | RecoveryNotice
  | SalvageNotice;

export const NOTICE_TOPIC = "info";
/** Notices travel ahead of ordinary traffic, behind what is critical. */
export const NOTICE_PRIORITY: PriorityClass = "high";

export function noticeDraft(notice: StoreNotice): MessageDraft {
  return { topic: NOTICE_TOPIC, payload: JSON.stringify(notice) };
}
