/**
 * Owns the store as the rest of the agent sees it: accept entries, tell when they are committed, hand out the outbox,
 * answer readers, and live through a disk that does not.
 *
 * "Accepted" means committed: `append` resolves once its entries are on disk, or were shed because the disk could
 * not keep up. While the database cannot be used the store is `degraded`: the newest entries wait in the bounded
 * queue, opening is tried again with growing pauses, a corrupt database is set aside and salvaged, and what was
 * missed is reported in the outbox afterwards.
 *
 * Bounds: `budgetBytes` on disk (as much again for one corrupt database set aside), the queue in memory.
 */
import type { Clock } from "../base/clock.js";
import { Counters } from "../base/counters.js";
import type { AgentError } from "../base/errors.js";
import { type Outbox, PRIORITY_CLASSES, type PriorityClass } from "../base/outbox.js";
import { type BudgetPlan, type Part, planBudget } from "./budget.js";
import { CommitQueue, type Group, type QueueLimits, type Shed } from "./commit-queue.js";
import { Keeper, type RetryLimits } from "./keeper.js";
import type { Usage } from "./ledger.js";
import { NOTICE_PRIORITY, noticeDraft, type StoreNotice } from "./notice.js";
import { OutboxStore } from "./outbox-store.js";
import {
  incidentById,
  openIncidents,
  recentDetections,
  recentIncidents,
  type StoredIncident,
} from "./queries.js";
import { classIndexOf, prepareEntry, type StoreEntry } from "./record.js";
import { type OpenSqlite, openSqlite, type SqliteConnection } from "./sqlite-driver.js";
import { readTally, type TallyAmount } from "./tally.js";
import type { WriteAttempt } from "./writer.js";

export interface StoreLimits extends QueueLimits, RetryLimits {
  readonly checkMs: number;
  readonly salvageMs: number;
}

const DEFAULT_LIMITS: StoreLimits = {
  maxDelayMs: 200,
  maxGroupRecords: 500,
  maxGroupBytes: Number.POSITIVE_INFINITY,
  maxQueueRecords: 20_000,
  maxQueueBytes: 8 * 1024 * 1024,
  checkMs: 1_500,
  salvageMs: 6_000,
  retryMinMs: 250,
  retryMaxMs: 30_000,
};

export interface StoreOptions {
  readonly path: string;
  /** Size of all files of the database together, 8 MiB or more. */
  readonly budgetBytes: number;
  readonly clock: Clock;
  readonly counters?: Counters;
  readonly limits?: Partial<StoreLimits>;
  readonly openSqlite?: OpenSqlite;
}

export interface AppendResult {
  /** Entries that are on disk. */
  readonly committed: number;
  /** Entries that were shed: the queue was full, or the store closed before the disk came back. */
  readonly shed: number;
  /** Sequence numbers of the messages among the committed entries, in their order. */
  readonly sequences: readonly number[];
}

export interface StoreStatus {
  readonly state: "ready" | "degraded" | "closed";
  /** Why it is degraded. */
  readonly error: AgentError | undefined;
  /** Wall time since when it is. */
  readonly sinceMs: number | undefined;
  /** Rises with every opening for ever; 0 while the database has not been opened. */
  readonly boot: number;
  /** Whether the store was closed in order before it was opened. */
  readonly isAfterCleanStop: boolean;
  readonly queue: { readonly records: number; readonly bytes: number };
  readonly usage: Readonly<Record<Part, Readonly<Usage>>>;
  readonly budgetBytes: number;
}

export class Store {
  readonly #plan: BudgetPlan;
  readonly #counters: Counters;
  readonly #keeper: Keeper;
  readonly #queue: CommitQueue;
  readonly #outbox: OutboxStore;
  readonly #listeners = new Set<(status: StoreStatus) => void>();
  #isClosing = false;

  private constructor(options: StoreOptions) {
    const { path, budgetBytes, clock } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#plan = planBudget(budgetBytes);
    this.#counters = options.counters ?? new Counters();
    this.#keeper = new Keeper(
      {
        path,
        plan: this.#plan,
        clock,
        counters: this.#counters,
        openSqlite: options.openSqlite ?? openSqlite,
        checkMs: limits.checkMs,
        salvageMs: limits.salvageMs,
      },
      limits,
      (notices) => {
        this.#emit();
        if (notices > 0) this.#outbox.announce([classIndexOf(NOTICE_PRIORITY)]);
      },
    );
    const maxGroupBytes = Math.min(limits.maxGroupBytes, this.#plan.transactionBytes);
    this.#queue = new CommitQueue({ ...limits, maxGroupBytes }, clock, (group) => this.#commit(group));
    this.#outbox = new OutboxStore(this.#keeper, (notice) => {
      const message = noticeDraft(notice);
      this.#queue.push(prepareEntry({ priority: NOTICE_PRIORITY, message }), () => undefined);
    });
  }

  /**
   * Open the store at a path, making it and its directory where they are missing.
   *
   * A full or failing disk does not prevent that: the store is degraded from the start and recovers by itself.
   *
   * @throws AgentError `error.store.locked`, `.not_writable`, `.directory`, `.budget`, `.newer_schema` or
   * `.driver_missing`: a person has to put something right.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options);
    await store.#keeper.open();
    return store;
  }

  get outbox(): Outbox {
    return this.#outbox;
  }

  /**
   * Have entries committed, in order; at most `maxGroupRecords` of them in one transaction.
   *
   * @throws RangeError where an incident or message is larger than a row may be.
   */
  append(entries: readonly StoreEntry[]): Promise<AppendResult> {
    const prepared = entries.map(prepareEntry);
    return new Promise((resolve) => {
      const result = { committed: 0, shed: 0, sequences: [] as number[] };
      const settle = (sequence: number | undefined): void => {
        if (sequence === undefined) result.shed += 1;
        else result.committed += 1;
        if (sequence !== undefined && sequence > 0) result.sequences.push(sequence);
        if (result.committed + result.shed === prepared.length) resolve(result);
      };
      if (prepared.length === 0) resolve(result);
      for (const entry of prepared) {
        if (this.#isClosing) settle(undefined);
        else this.#queue.push(entry, settle);
      }
    });
  }

  /** Commit what waits. On a degraded store this lasts until it has recovered. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  status(): StoreStatus {
    const last = this.#keeper.lastBackend;
    const usage = (part: Part): Usage => last?.writer.ledger.total(part) ?? { records: 0, bytes: 0 };
    return {
      state: this.#isClosing ? "closed" : this.#keeper.backend ? "ready" : "degraded",
      error: this.#keeper.degraded?.error,
      sinceMs: this.#keeper.degraded?.sinceMs,
      boot: last?.writer.ledger.counter("boot") ?? 0,
      isAfterCleanStop: last?.database.isAfterCleanStop ?? true,
      queue: { records: this.#queue.records, bytes: this.#queue.bytes },
      usage: { detections: usage("detections"), incidents: usage("incidents"), outbox: usage("outbox") },
      budgetBytes: this.#plan.budgetBytes,
    };
  }

  /** Called when the state or the reason of a degraded one changes. Returns the function that ends it. */
  onStatus(listener: (status: StoreStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last touched incidents first. Empty while the store is degraded, as all answers to readers. */
  async recentIncidents(limit: number): Promise<readonly StoredIncident[]> {
    return (await this.#query((connection) => recentIncidents(connection, limit))) ?? [];
  }

  async openIncidents(limit: number): Promise<readonly StoredIncident[]> {
    return (await this.#query((connection) => openIncidents(connection, limit))) ?? [];
  }

  async incident(id: string): Promise<StoredIncident | undefined> {
    return this.#query((connection) => incidentById(connection, id));
  }

  /** JSON text of the last stored raw hits first. */
  async recentDetections(limit: number): Promise<readonly string[]> {
    return (await this.#query((connection) => recentDetections(connection, limit))) ?? [];
  }

  /** All numbers of the tally; undefined while the store is degraded. */
  async tally(): Promise<readonly TallyAmount[] | undefined> {
    return this.#query(readTally);
  }

  /** Commit what waits and release the file. A degraded store gives up what waits. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#keeper.stop();
    await this.#queue.flush();
    await this.#outbox.settle();
    await this.#keeper.close();
    this.#emit();
  }

  async #commit(group: Group): Promise<readonly number[] | undefined> {
    const notices = group.shed ? [this.#overflowNotice(group.shed)] : [];
    let attempt: WriteAttempt | undefined;
    for (;;) {
      const backend = await this.#keeper.whenOpen();
      if (!backend) return undefined;
      let sequences: readonly number[];
      if (attempt && backend.database.ledger.counter("commit") === attempt.commit) {
        // The last attempt failed after its commit record had reached the disk.
        sequences = attempt.sequences;
      } else {
        try {
          sequences = await backend.writer.write(group.entries, notices);
        } catch (error) {
          attempt = backend.writer.lastAttempt;
          this.#keeper.fail(error, backend);
          continue;
        }
      }
      const classes = group.entries.flatMap(({ message, classIndex }) => (message ? [classIndex] : []));
      if (notices.length > 0) classes.push(classIndexOf(NOTICE_PRIORITY));
      this.#outbox.announce([...new Set(classes)].sort());
      return sequences;
    }
  }

  #overflowNotice({ entries, firstMs, lastMs }: Shed): StoreNotice {
    const shed: Record<PriorityClass, number> = { critical: 0, high: 0, normal: 0, low: 0 };
    for (const [classIndex, priority] of PRIORITY_CLASSES.entries()) {
      shed[priority] = entries[classIndex] ?? 0;
      this.#counters.add(`store.shed.${priority}`, shed[priority]);
    }
    return { event: "store.overflow", shed, firstMs, lastMs };
  }

  async #query<T>(task: (connection: SqliteConnection) => Promise<T>): Promise<T | undefined> {
    const { backend } = this.#keeper;
    if (!backend) return undefined;
    try {
      return await backend.database.exclusive(task);
    } catch (error) {
      this.#keeper.fail(error, backend);
      return undefined;
    }
  }

  #emit(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}
