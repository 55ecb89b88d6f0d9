/**
 * Owns the one database in use over its deaths: taken out of use when a statement fails, opened again with growing
 * pauses, set aside and salvaged where it is corrupt, reported when it is back.
 *
 * Who needs the database takes it from `backend` or waits for it with `whenOpen`, and reports what fails on it with
 * `fail`. Only failures of the world come in; anything else thrown is an own error and crashes.
 */
import { AgentError } from "../base/errors.js";
import { type Backend, type BackendOptions, isCorrupt, onDisk, openBackend } from "./backend.js";
import type { Ballast } from "./ballast.js";
import { storeError } from "./database.js";
import type { StoreNotice } from "./notice.js";
import { discardSetAside, setAside } from "./salvage.js";
import { SqliteError } from "./sqlite-driver.js";

export interface RetryLimits {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export interface Degraded {
  readonly error: AgentError;
  /** Wall time since when there has been no database. */
  readonly sinceMs: number;
}

/** A database that lasted so long was healthy, and the next pause is a short one again. */
const HEALTHY_MS = 60_000;

export class Keeper {
  readonly #options: BackendOptions;
  readonly #limits: RetryLimits;
  readonly #onChange: (notices: number) => void;
  readonly #ballast: Ballast;
  #backend: Backend | undefined;
  #lastBackend: Backend | undefined;
  #degraded: Degraded | undefined;
  #openedMs = 0;
  #retryMs: number;
  #retryTimer: NodeJS.Timeout | undefined;
  #repairing: Promise<void> | undefined;
  #isStopped = false;
  #waiters: ((backend: Backend | undefined) => void)[] = [];
  /** Given up now or on the way here, and not yet told. */
  #hasReleasedBallast = false;

  /** Whether the ballast was given up and has not been put in place again. */
  isBallastReleased = false;

  /** `onChange` is called when the state has changed, with the number of notices committed on the way. */
  constructor(
    options: BackendOptions,
    limits: RetryLimits,
    ballast: Ballast,
    onChange: (notices: number) => void,
  ) {
    this.#options = options;
    this.#ballast = ballast;
    this.#limits = limits;
    this.#onChange = onChange;
    this.#retryMs = limits.retryMinMs;
  }

  /**
   * Open for the first time.
   *
   * @throws AgentError where a person has to put something right; a full or failing disk only degrades.
   */
  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      const isLocked = error instanceof SqliteError && error.failure === "locked";
      if (isLocked || !(error instanceof SqliteError)) throw isLocked ? this.#describe(error) : error;
      this.#degrade(error, Promise.resolve());
    }
  }

  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** The database last in use: its numbers still hold while there is none. */
  get lastBackend(): Backend | undefined {
    return this.#lastBackend;
  }

  get degraded(): Degraded | undefined {
    return this.#degraded;
  }

  /** The database as soon as there is one; undefined once stopped without one. */
  whenOpen(): Promise<Backend | undefined> {
    if (this.#backend || this.#isStopped) return Promise.resolve(this.#backend);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Take a database out of use on which a statement failed, unless that has been done already. */
  fail(error: unknown, backend: Backend): void {
    if (!(error instanceof SqliteError)) throw error;
    if (backend !== this.#backend) return;
    this.#backend = undefined;
    if (this.#options.clock.monotonicMs() - this.#openedMs > HEALTHY_MS) {
      this.#retryMs = this.#limits.retryMinMs;
    }
    // What cannot be closed in order keeps its lock, and the next opening says so.
    const closed = backend.database.abandon().catch(() => undefined);
    this.#degrade(error, closed);
  }

  /** No more repairs: those who wait go on with the database there is, or without. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retryTimer);
    await this.#repairing;
    this.#wake();
  }

  /** Release the file in order. */
  async close(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    // A last word that could not be written makes the next opening one after a crash, which it can bear.
    await backend?.database.close().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const { clock } = this.#options;
    const backend = await openBackend(this.#options);
    const notices: StoreNotice[] = [...backend.salvaged];
    if (this.#degraded) {
      const { error, sinceMs } = this.#degraded;
      notices.push({
        event: "store.recovered",
        code: error.code,
        sinceMs,
        durationMs: clock.wallMs() - sinceMs,
      });
    }
    if (this.#hasReleasedBallast) {
      notices.push({ event: "store.ballast", isReleased: true, bytes: this.#ballast.bytes });
    }
    try {
      if (notices.length > 0) await backend.writer.write([], notices);
    } catch (error) {
      // The first failure is the one to report.
      await backend.database.abandon().catch(() => undefined);
      throw error;
    }
    this.#backend = backend;
    this.#lastBackend = backend;
    this.#degraded = undefined;
    this.#hasReleasedBallast = false;
    this.#openedMs = clock.monotonicMs();
    this.#wake();
    this.#onChange(notices.length);
  }

  #degrade(cause: SqliteError | AgentError, closed: Promise<void>): void {
    const { clock, counters } = this.#options;
    const error = this.#describe(cause);
    const isNews = this.#degraded?.error.code !== error.code;
    this.#degraded = { error, sinceMs: this.#degraded?.sinceMs ?? clock.wallMs() };
    counters.add("store.failures");
    if (isNews) this.#onChange(0);
    if (this.#isStopped) {
      this.#wake();
      return;
    }
    const delayMs = isCorrupt(cause) ? 0 : this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, this.#limits.retryMaxMs);
    this.#retryTimer = setTimeout(() => {
      this.#repairing = closed
        .then(() => this.#repair(cause))
        .finally(() => {
          this.#repairing = undefined;
        });
    }, delayMs);
  }

  async #repair(cause: SqliteError | AgentError): Promise<void> {
    const { path, clock } = this.#options;
    try {
      if (isCorrupt(cause)) await onDisk(() => setAside(path, clock.wallMs()));
      if (cause instanceof SqliteError && cause.failure === "full") await onDisk(() => this.#makeRoom());
      await this.#connect();
    } catch (error) {
      if (!(error instanceof SqliteError || error instanceof AgentError)) throw error;
      this.#degrade(error, Promise.resolve());
    }
  }

  /** On a full disk: what is only kept for curiosity goes first, then the ballast. */
  async #makeRoom(): Promise<void> {
    await discardSetAside(this.#options.path);
    if (!(await this.#ballast.release())) return;
    this.#hasReleasedBallast = true;
    this.isBallastReleased = true;
    this.#options.counters.add("store.ballast_released");
  }

  #describe(error: SqliteError | AgentError): AgentError {
    return error instanceof AgentError ? error : storeError(error, this.#options.path);
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve(this.#backend);
  }
}
