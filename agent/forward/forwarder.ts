/**
 * Owns the way of records to one destination: they wait in a bounded queue, are formed and sent batch by batch, and sent again where a
 * destination fails, after growing pauses. Offering never waits: whatever the destination does, detection does not notice.
 *
 * What was handed to the kernel counts as sent. Where a connection breaks in the middle of a batch, that batch is sent again: a message
 * may come twice. What the queue had to drop is counted, and the destination is told how much it was.
 */
import { Backoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { reasonOf } from "../base/errors.js";
import { RecentChange } from "../base/recent-change.js";
import { ForwardQueue } from "./forward-queue.js";
import type { ForwardMessage, ForwardOrigin, ForwardRecord, RecordKind } from "./forward-record.js";
import type { Outlet } from "./outlet.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const WINDOW_MS = 60_000;
/** A destination that is away for less is daily life. */
const PATIENCE_MS = 60_000;
const END_MS = 500;

export interface ForwarderOptions {
  readonly name: string;
  readonly outlet: Outlet;
  readonly wants: ReadonlySet<RecordKind>;
  readonly queueBytes: number;
  readonly clock: Clock;
  readonly origin: ForwardOrigin;
  /** A record in the form of this destination. */
  readonly form: (message: ForwardMessage) => { readonly bytes: Buffer; readonly isShortened: boolean };
  /** Told when the way is open, and when it is lost, with the reason. */
  readonly onChange: (reason: string | undefined) => void;
  readonly firstPauseMs?: number;
}

export interface ForwarderState {
  readonly name: string;
  readonly isOpen: boolean;
  /** Why it is not, in English. */
  readonly reason: string | undefined;
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
}

export interface ForwardCondition {
  readonly name: "forward.down" | "forward.dropping";
  readonly subject: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #queue: ForwardQueue;
  readonly #backoff: Backoff;
  readonly #recentlyDropped = new RecentChange(WINDOW_MS);
  /** Formed, not sent, the oldest first. */
  #batch: Buffer[] = [];
  #rest: ForwardMessage[] = [];
  #isOpen = false;
  #isStopping = false;
  #reason: string | undefined;
  #openSinceMs: number;
  #toldDropped = 0;
  /** `unformed`: records that could not be written; `overflows`: messages of its own about what the queue has dropped. */
  #counts = { sent: 0, shortened: 0, failures: 0, connects: 0, overflows: 0, unformed: 0 };
  #turn: Promise<void> | undefined;
  #wakePause: (() => void) | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#queue = new ForwardQueue(options.queueBytes);
    this.#backoff = new Backoff(options.firstPauseMs ?? FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.#openSinceMs = options.clock.monotonicMs();
  }

  /** Begin: whether a destination can be reached is known before there is something to send. */
  start(): void {
    this.#run();
  }

  /** Queue a record, if this destination wants it. */
  offer(record: ForwardRecord): void {
    if (this.#isStopping || !this.#options.wants.has(record.kind)) return;
    this.#queue.push(record);
    if (this.#isOpen) this.#run();
  }

  state(): ForwarderState {
    const { name } = this.#options;
    const waiting = this.#queue.messages + this.#batch.length + this.#rest.length;
    const { sent } = this.#counts;
    return { name, isOpen: this.#isOpen, reason: this.#reason, waiting, sent, dropped: this.#queue.dropped };
  }

  /** What is wrong with the destination; call about once a second. */
  conditions(): readonly ForwardCondition[] {
    const { name: subject, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#isOpen && this.#options.outlet.trouble) this.#run();
    if (this.#isOpen) this.#openSinceMs = nowMs;
    const found: ForwardCondition[] = [];
    const awayMs = nowMs - this.#openSinceMs;
    if (awayMs >= PATIENCE_MS) {
      const minutes = Math.floor(awayMs / 60_000);
      found.push({ name: "forward.down", subject, params: { minutes, reason: this.#reason ?? "-" } });
    }
    const count = this.#recentlyDropped.observe(nowMs, this.#queue.dropped);
    if (count > 0) found.push({ name: "forward.dropping", subject, params: { count } });
    return found;
  }

  counters(): Readonly<Record<string, number>> {
    const { name } = this.#options;
    const { waiting, dropped } = this.state();
    const counts = { ...this.#counts, dropped, waiting };
    return Object.fromEntries(
      Object.entries(counts).map(([key, value]) => [`forward.${name}.${key}`, value]),
    );
  }

  /** Send what waits within `patienceMs`, then close; what is left then is dropped and counted. */
  async stop(patienceMs: number): Promise<void> {
    if (this.#isOpen) this.#run();
    const timer = new Promise<void>((resolve) => setTimeout(resolve, patienceMs).unref());
    if (this.#isOpen) await Promise.race([this.#turn, timer]);
    this.#isStopping = true;
    this.#wakePause?.();
    await this.#options.outlet.close().catch(() => undefined);
    // A name that is being looked up cannot be called off.
    await Promise.race([this.#turn, new Promise((resolve) => setTimeout(resolve, END_MS).unref())]);
  }

  /** One loop at a time: it opens the way, and sends until nothing waits. */
  #run(): void {
    this.#turn ??= this.#work().finally(() => {
      this.#turn = undefined;
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#isStopping) return;
      try {
        const { outlet } = this.#options;
        if (!this.#isOpen) await this.#open();
        if (outlet.trouble) throw outlet.trouble;
        if (!this.#fill()) return;
        await outlet.write(this.#batch);
        this.#counts.sent += this.#batch.length;
        this.#batch = [];
        this.#backoff.reset();
        // Others have their turn between two batches.
        await new Promise<void>((resolve) => setImmediate(resolve));
      } catch (error) {
        await this.#fail(error);
      }
    }
  }

  async #open(): Promise<void> {
    this.#counts.connects++;
    await this.#options.outlet.open();
    this.#isOpen = true;
    this.#reason = undefined;
    this.#options.onChange(undefined);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isStopping) return;
    const { outlet, onChange } = this.#options;
    const reason = reasonOf(error);
    this.#counts.failures++;
    const isNews = this.#isOpen || this.#reason !== reason;
    this.#isOpen = false;
    this.#reason = reason;
    if (isNews) onChange(reason);
    await outlet.close().catch(() => undefined);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#backoff.next());
      this.#wakePause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Form what fits a batch. @returns whether there is anything to send */
  #fill(): boolean {
    const { outlet, form } = this.#options;
    if (this.#batch.length > 0) return true;
    let bytes = 0;
    while (bytes < outlet.batchBytes) {
      const message = this.#next();
      if (message === undefined) break;
      const formed = this.#formed(message, form);
      if (formed === undefined) continue;
      if (formed.isShortened) this.#counts.shortened++;
      const framed = outlet.frame(formed.bytes);
      bytes += framed.length;
      this.#batch.push(framed);
    }
    return this.#batch.length > 0;
  }

  /** A record that cannot be put into words is one less, and no end of the others. */
  #formed(message: ForwardMessage, form: ForwarderOptions["form"]): ReturnType<typeof form> | undefined {
    try {
      return form(message);
    } catch {
      this.#counts.unformed++;
      return undefined;
    }
  }

  #next(): ForwardMessage | undefined {
    const dropped = this.#queue.dropped - this.#toldDropped;
    if (dropped > 0) {
      this.#toldDropped += dropped;
      this.#counts.overflows++;
      const data = { event: "forward_overflow", destination: this.#options.name, dropped };
      const timeMs = this.#options.clock.wallMs();
      return { kind: "agent", priority: "high", timeMs, bytes: 0, topic: "info", data };
    }
    if (this.#rest.length > 0) return this.#rest.shift();
    const record = this.#queue.shift();
    if (record === undefined) return undefined;
    if (record.kind !== "logs") return record;
    this.#rest = [...record.lines()];
    return this.#rest.shift();
  }
}
