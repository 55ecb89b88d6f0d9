/**
 * Owns the store as the rest of the agent sees it: accept entries, tell when they are committed, hand out the outbox,
 * answer readers, and live through a disk that does not.
 *
 * "Accepted" means committed: `append` resolves once its entries are on disk, or were shed because the disk could
 * not keep up. While the database cannot be used the store is `degraded`: the newest entries wait in the bounded
 * queue, opening is tried again with growing pauses, a corrupt database is set aside and salvaged, and what was
 * missed is reported in the outbox afterwards.
 *
 * Bounds: `budgetBytes` on disk (as much again while one corrupt database is set aside), the queue in memory.
 */
import type { Clock } from "../base/clock.js";
import { type ClockQuality, ClockWatch } from "../base/clock-quality.js";
import { Counters } from "../base/counters.js";
import type { AgentError } from "../base/errors.js";
import { type Outbox, PRIORITY_CLASSES, type PriorityClass } from "../base/outbox.js";
import { Ballast } from "./ballast.js";
import { type BudgetPlan, DEFAULT_SHARES, PARTS, type Part, planBudget, type Shares } from "./budget.js";
import { CommitQueue, type Group, type QueueLimits, type Shed } from "./commit-queue.js";
import type { StoredDevice } from "./device-rows.js";
import { Keeper, type RetryLimits } from "./keeper.js";
import type { Usage } from "./ledger.js";
import { Maintenance } from "./maintenance.js";
import { NOTICE_PRIORITY, noticeDraft, type StoreNotice } from "./notice.js";
import { OutboxStore } from "./outbox-store.js";
import { Queries, type StoredDetection, type StoredIncident, type StoredLog } from "./queries.js";
import { classIndexOf, prepareEntry, type StoreEntry, wholeNumber } from "./record.js";
import { DEFAULT_RETENTION, type Retention } from "./retention.js";
import { type OpenSqlite, openSqlite, SqliteError } from "./sqlite-driver.js";
import type { TallyAmount } from "./tally.js";
import type { WriteAttempt } from "./writer.js";

export interface StoreLimits extends QueueLimits, RetryLimits {
  readonly checkMs: number;
  readonly salvageMs: number;
  /** Pause between two rounds of what the store does for itself. */
  readonly maintenanceMs: number;
}

/** Times that a group may be refused by its tables' constraints, which a repair of the database can mend. */
const MAX_REFUSALS = 2;

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
  maintenanceMs: 60_000,
};

export interface StoreOptions {
  readonly path: string;
  /** Size of database, log and ballast together, 8 MiB or more. */
  readonly budgetBytes: number;
  readonly clock: Clock;
  /** How far wall time can be believed now; by default, that it may be right but nobody corrects it. */
  readonly clockQuality?: () => ClockQuality;
  /** Percent of the room for rows that each part may take. */
  readonly shares?: Shares;
  /** How long rows are kept, milliseconds of operation. */
  readonly retention?: Partial<Retention>;
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
  /** Whether the ballast is in place: not in the first minute, and not while the disk has no room for it. */
  readonly hasBallast: boolean;
}

export class Store {
  readonly #plan: BudgetPlan;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #keeper: Keeper;
  readonly #queue: CommitQueue;
  readonly #outbox: OutboxStore;
  readonly #ballast: Ballast;
  readonly #maintenance: Maintenance;
  readonly #listeners = new Set<(status: StoreStatus) => void>();
  #isClosing = false;

  private constructor(options: StoreOptions) {
    const { path, budgetBytes } = options;
    const clock: Clock = {
      wallMs: () => wholeNumber(options.clock.wallMs()),
      monotonicMs: () => options.clock.monotonicMs(),
    };
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = clock;
    const watch = new ClockWatch(clock, () => false);
    this.#plan = planBudget(budgetBytes, options.shares ?? DEFAULT_SHARES);
    this.#ballast = new Ballast(path, this.#plan.ballastBytes, this.#plan.walBytes);
    this.#counters = options.counters ?? new Counters();
    this.#keeper = new Keeper(
      {
        path,
        plan: this.#plan,
        clock,
        clockQuality: options.clockQuality ?? (() => watch.quality),
        retention: { ...DEFAULT_RETENTION, ...options.retention },
        counters: this.#counters,
        openSqlite: options.openSqlite ?? openSqlite,
        checkMs: limits.checkMs,
        salvageMs: limits.salvageMs,
      },
      limits,
      this.#ballast,
      (notices) => {
        this.#emit();
        if (notices > 0) this.#announceNotice();
      },
    );
    this.#maintenance = new Maintenance(this.#keeper, this.#ballast, clock, () => this.#announceNotice());
    const maxGroupBytes = Math.min(limits.maxGroupBytes, this.#plan.transactionBytes);
    this.#queue = new CommitQueue({ ...limits, maxGroupBytes }, clock, (group) => this.#commit(group));
    this.#outbox = new OutboxStore(this.#keeper, (notice) => this.#notify(notice));
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
    store.#maintenance.start(options.limits?.maintenanceMs ?? DEFAULT_LIMITS.maintenanceMs);
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
    const usage = PARTS.map((part) => [part, last?.writer.ledger.total(part) ?? { records: 0, bytes: 0 }]);
    return {
      state: this.#isClosing ? "closed" : this.#keeper.backend ? "ready" : "degraded",
      error: this.#keeper.degraded?.error,
      sinceMs: this.#keeper.degraded?.sinceMs,
      boot: last?.writer.ledger.counter("boot") ?? 0,
      isAfterCleanStop: last?.database.isAfterCleanStop ?? true,
      queue: { records: this.#queue.records, bytes: this.#queue.bytes },
      usage: Object.fromEntries(usage) as Record<Part, Usage>,
      budgetBytes: this.#plan.budgetBytes,
      hasBallast: this.#ballast.isInPlace,
    };
  }

  /** Called when the state or the reason of a degraded one changes. Returns the function that ends it. */
  onStatus(listener: (status: StoreStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last touched incidents first. Empty while the store is degraded, as all answers to readers. */
  async recentIncidents(limit: number, before?: number): Promise<readonly StoredIncident[]> {
    return (await this.#query((queries) => queries.recentIncidents(limit, before))) ?? [];
  }

  async openIncidents(limit: number): Promise<readonly StoredIncident[]> {
    return (await this.#query((queries) => queries.openIncidents(limit))) ?? [];
  }

  /** See `Queries.detectionsOf`: JSON texts. */
  async detectionsOf(...question: Parameters<Queries["detectionsOf"]>): Promise<readonly string[]> {
    return (await this.#query((queries) => queries.detectionsOf(...question))) ?? [];
  }

  async incident(id: string): Promise<StoredIncident | undefined> {
    return this.#query((queries) => queries.incidentById(id));
  }

  /** The last stored raw hits first. */
  async recentDetections(limit: number): Promise<readonly StoredDetection[]> {
    return (await this.#query((queries) => queries.recentDetections(limit))) ?? [];
  }

  /** The last stored log lines first. */
  async recentLogs(limit: number): Promise<readonly StoredLog[]> {
    return (await this.#query((queries) => queries.recentLogs(limit))) ?? [];
  }

  /** Do now what the store does for itself every minute. */
  maintain(): Promise<void> {
    return this.#maintenance.run();
  }

  /** All numbers of the tally; undefined while the store is degraded. */
  async tally(): Promise<readonly TallyAmount[] | undefined> {
    return this.#query((queries) => queries.tally());
  }

  /** What is kept of devices; undefined while the store is degraded. */
  async devices(): Promise<readonly StoredDevice[] | undefined> {
    return this.#query((queries) => queries.devices());
  }

  /** Commit what waits and release the file. A degraded store gives up what waits. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#maintenance.stop();
    await this.#keeper.stop();
    await this.#queue.flush();
    await this.#outbox.settle();
    await this.#keeper.close();
    this.#emit();
  }

  async #commit(group: Group): Promise<readonly number[] | undefined> {
    const notices = group.shed ? [this.#overflowNotice(group.shed)] : [];
    let attempt: WriteAttempt | undefined;
    let refusals = 0;
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
          const isRefused = error instanceof SqliteError && error.failure === "constraint";
          if (isRefused && ++refusals > MAX_REFUSALS) return this.#giveUp(group);
          continue;
        }
      }
      const classes = group.entries.flatMap(({ message, classIndex }) => (message ? [classIndex] : []));
      if (notices.length > 0) classes.push(classIndexOf(NOTICE_PRIORITY));
      this.#outbox.announce([...new Set(classes)].sort());
      return sequences;
    }
  }

  /** A group that not even a database made anew takes is ours to mend: it must not keep all others waiting. */
  #giveUp({ entries }: Group): undefined {
    const nowMs = this.#clock.wallMs();
    const counts = PRIORITY_CLASSES.map(
      (_, classIndex) => entries.filter((entry) => entry.classIndex === classIndex).length,
    );
    this.#counters.add("store.refused", entries.length);
    this.#notify(this.#overflowNotice({ entries: counts, firstMs: nowMs, lastMs: nowMs }));
  }

  /** Have a notice committed behind what waits. */
  #notify(notice: StoreNotice): void {
    const message = noticeDraft(notice);
    this.#queue.push(prepareEntry({ priority: NOTICE_PRIORITY, message }), () => undefined);
  }

  #overflowNotice({ entries, firstMs, lastMs }: Shed): StoreNotice {
    const shed: Record<PriorityClass, number> = { critical: 0, high: 0, normal: 0, low: 0 };
    for (const [classIndex, priority] of PRIORITY_CLASSES.entries()) {
      shed[priority] = entries[classIndex] ?? 0;
      this.#counters.add(`store.shed.${priority}`, shed[priority]);
    }
    return { event: "store.overflow", shed, firstMs, lastMs };
  }

  async #query<T>(task: (queries: Queries) => Promise<T>): Promise<T | undefined> {
    const { backend } = this.#keeper;
    if (!backend) return undefined;
    try {
      const { timeline } = backend.writer;
      return await backend.database.exclusive((connection) => task(new Queries(connection, timeline)));
    } catch (error) {
      this.#keeper.fail(error, backend);
      return undefined;
    }
  }

  #announceNotice(): void {
    this.#outbox.announce([classIndexOf(NOTICE_PRIORITY)]);
  }

  #emit(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}
