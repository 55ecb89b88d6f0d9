/**
 * Owns the way of a detection through this room: a suppression may hide it, the book files it, the budget decides
 * whether the line pays for telling it, the summary counts it. What comes out is to be stored, in this order.
 *
 * A hidden detection is stored and counted, and makes no incident. A message that is kept back costs nothing but the
 * message: the incident is stored all the same. A detection beyond the budget of the disk is counted, but not stored itself.
 */
import type { Clock } from "../base/clock.js";
import type { ClockWatch } from "../base/clock-quality.js";
import type { Counters } from "../base/counters.js";
import type { PriorityClass } from "../base/outbox.js";
import type { Detection } from "../sensor/detection.js";
import { DeferredCounts } from "./deferred-counts.js";
import { DetailBudget } from "./detail-budget.js";
import type { HealthSample } from "./gap-watch.js";
import { type DeviceDirectory, type IncidentChange, type IncidentEntry, incidentEntry } from "./incident.js";
import { type BookLimits, IncidentBook } from "./incident-book.js";
import { SendBudget } from "./send-budget.js";
import { SummaryBook } from "./summary-book.js";
import type { Suppression } from "./suppression.js";
import type { TallyAmount, TallyChange } from "./tally.js";
import { type IsInside, triage } from "./triage.js";

/** What is to be stored; it has the shape of the store's own entry. */
export interface DeskEntry {
  readonly priority: PriorityClass;
  readonly detection?: Detection;
  readonly incident?: IncidentEntry["incident"];
  readonly message?: IncidentEntry["message"];
  readonly tally?: TallyChange;
}

export interface DeskOptions {
  readonly clock: Clock;
  readonly watch: ClockWatch;
  readonly isInside: IsInside;
  readonly devices: DeviceDirectory;
  readonly counters: Counters;
  readonly limits?: Partial<BookLimits>;
  readonly suppressions: { find(detection: Detection): Suppression | undefined };
  /** Bytes of incident messages an hour. */
  readonly budgetBytesPerHour: number;
  /** Bytes of single detections that are stored in an hour. */
  readonly detailBytesPerHour: number;
}

export class IncidentDesk {
  readonly #options: DeskOptions;
  readonly #book: IncidentBook;
  readonly #summaries: SummaryBook;
  readonly #budget: SendBudget;
  readonly #details: DetailBudget;
  readonly #deferred: DeferredCounts;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#book = new IncidentBook(options);
    this.#summaries = new SummaryBook(options);
    this.#budget = new SendBudget(options.clock, options.budgetBytesPerHour);
    this.#details = new DetailBudget(options.clock, options.detailBytesPerHour);
    this.#deferred = new DeferredCounts(options.clock);
  }

  /** Whether the numbers of the last run have been taken over. */
  get hasSummaries(): boolean {
    return this.#summaries.isResumed;
  }

  /** Open again what was open when the agent was stopped; see `IncidentBook.resume`. */
  resumeIncidents(records: readonly unknown[]): void {
    this.#book.resume(records);
  }

  /** Go on with the summaries of the last run; see `SummaryBook.resume`. */
  resumeSummaries(amounts: readonly TallyAmount[]): readonly DeskEntry[] {
    this.#budget.resume(amounts);
    // What was counted before is in the numbers that the summaries give back.
    this.#deferred.take(true);
    return [this.#summaries.resume(amounts.filter((amount) => !SendBudget.owns(amount)))];
  }

  /**
   * A detection with the first change it makes in one entry, further changes behind it. Nothing where it only raises numbers
   * and is not to be stored itself: `tick` gives them later.
   */
  observe(detection: Detection): readonly DeskEntry[] {
    const { counters, isInside, suppressions } = this.#options;
    const facts = triage(detection, isInside);
    const suppression = suppressions.find(detection);
    const isStored = this.#details.spend(detection);
    if (!isStored) counters.add("detection.counted_only");
    if (suppression) {
      counters.add("suppression.hidden");
      const tally = this.#summaries.countHidden(detection, facts, suppression.id);
      return this.#countOnly(isStored, detection, tally);
    }
    const count = this.#summaries.count(detection, facts);
    const [first, ...rest] = this.#book.observe(detection, facts).map((change) => this.#entryOf(change));
    if (!first) return this.#countOnly(isStored, detection, count);
    const add = [...(count.add ?? []), ...(first.tally?.add ?? [])];
    const set = [...(count.set ?? []), ...(first.tally?.set ?? [])];
    return [{ ...first, ...(isStored && { detection }), tally: { ...count, add, set } }, ...rest];
  }

  /** What is due; to be called every second. */
  tick(sample: HealthSample): readonly DeskEntry[] {
    const changes = this.#book.tick().map((change) => this.#entryOf(change));
    const summaries = this.#summaries.tick(sample).map((entry) => this.#withBudget(entry));
    // Numbers of a period come before the entry that ends it.
    return [...changes, ...this.#takeDeferred(summaries.length > 0), ...summaries];
  }

  /** Everything that is not stored yet, before the agent stops. */
  settle(): readonly DeskEntry[] {
    return [
      ...this.#book.settle().map((change) => this.#entryOf(change)),
      ...this.#takeDeferred(true),
      this.#withBudget(this.#summaries.settle()),
    ];
  }

  /** Close all incidents, at the end of the input. */
  closeAll(): readonly DeskEntry[] {
    return this.#book.closeAll().map((change) => this.#entryOf(change));
  }

  #countOnly(isStored: boolean, detection: Detection, tally: TallyChange): readonly DeskEntry[] {
    if (isStored) return [{ priority: "low", detection, tally }];
    this.#deferred.defer(tally);
    return [];
  }

  #takeDeferred(isAll: boolean): readonly DeskEntry[] {
    const tally = this.#deferred.take(isAll);
    const news = this.#deferred.takeNews();
    const entries: DeskEntry[] = tally === undefined ? [] : [{ priority: "low", tally }];
    if (news === undefined) return entries;
    const at = new Date(this.#options.clock.wallMs()).toISOString();
    const payload = JSON.stringify({ event: "detections_counted", at, ...news });
    return [...entries, { priority: "normal", message: { topic: "info", payload } }];
  }

  /** What is left of the budget is stored in the transaction that spends it. */
  #withBudget<Entry extends DeskEntry>(entry: Entry): Entry {
    return { ...entry, tally: { ...entry.tally, set: [...(entry.tally?.set ?? []), this.#budget.amount] } };
  }

  #entryOf(change: IncidentChange): DeskEntry {
    const { clock, counters, watch } = this.#options;
    const { incident, priority } = change;
    const { message, ...entry } = incidentEntry(change, clock.wallMs(), watch.quality);
    const add: TallyAmount[] = [];
    if (incident.state === "opened") add.push(this.#summaries.countOpened(incident.verdict));
    const isSent = this.#budget.spend(priority, incident.state, Buffer.byteLength(message.payload));
    if (!isSent) {
      counters.add("incident.kept_back");
      add.push(this.#summaries.countFolded());
    }
    if (!isSent) return { ...entry, ...(add.length > 0 && { tally: { add } }) };
    return this.#withBudget({ ...entry, message, tally: { add } });
  }
}
