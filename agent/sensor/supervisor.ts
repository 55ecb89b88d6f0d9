import type { Clock } from "../base/clock.js";
import { AgentError } from "../base/errors.js";
import type { RuleImage } from "../signature/image.js";
import type { CaptureDriver, CaptureStats } from "./capture/packet-source.js";
import type { SensorRecord } from "./detection.js";
import { SensorHandle } from "./handle.js";
import type { SavedSet } from "./match/data-sets.js";
import type { ThreadOptions } from "./thread-messages.js";

/** A sensor that says nothing for this long is stalled, milliseconds. */
const STALL_MS = 15_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** A thread that has run this long was healthy: the next retry is quick again. */
const HEALTHY_MS = 60_000;
/** A first start that fails within this time is a mistake in the set-up, not an accident. */
const FIRST_START_MS = 5000;

export interface SupervisorEvents {
  readonly onRecords: (records: readonly SensorRecord[]) => void;
  readonly onLastSets: (sets: readonly SavedSet[]) => void;
  readonly onStarted: (driver: CaptureDriver) => void;
  /** The capture file came to its end. */
  readonly onFinished: () => void;
  /** The sensor is gone and will be started again; traffic in between is not seen. */
  readonly onGap: (reason: AgentError, retryMs: number) => void;
  /** The very first start failed: nobody listens, and a person has to put something right. */
  readonly onFatal: (error: AgentError) => void;
}

/** Keeps one sensor thread alive: starts it, notices when it dies or stalls, starts it again with growing pauses. */
export class SensorSupervisor {
  readonly interfaceName: string;
  /** Counters and capture figures of the last heartbeat. */
  counters: Readonly<Record<string, number>> = {};
  capture: CaptureStats | undefined;
  /** How often the sensor was started again. */
  restarts = 0;
  /** How the running or last sensor got its packets. */
  driver: CaptureDriver | undefined;
  /** The capture file came to its end. */
  hasFinished = false;
  /** A source has been opened: packets can be read. */
  isReady = false;
  readonly #clock: Clock;
  readonly #events: SupervisorEvents;
  #options: ThreadOptions;
  #handle: SensorHandle | undefined;
  #startedMs = 0;
  #lastSignMs = 0;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #hasStalled = false;
  #whenStopped: (() => void) | undefined;

  constructor(options: ThreadOptions, clock: Clock, events: SupervisorEvents) {
    this.interfaceName = options.interfaceName;
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    this.#startThread();
    this.#stallTimer = setInterval(() => this.#checkStall(), 1000);
  }

  /** Whether a thread runs and has given a sign lately. */
  get isAlive(): boolean {
    return this.#handle !== undefined && this.#clock.monotonicMs() - this.#lastSignMs < STALL_MS;
  }

  /** Whether the source is a network interface. */
  get isLive(): boolean {
    return this.#options.source.kind === "live";
  }

  /** Judge by other rules, now and after a restart; resolves when they are adopted. */
  async swapRules(image: RuleImage): Promise<void> {
    this.#options = { ...this.#options, image };
    await this.#handle?.swapRules(image);
  }

  /** What the next thread's data sets begin with. */
  restoreSets(savedSets: readonly SavedSet[]): void {
    this.#options = { ...this.#options, savedSets };
  }

  /** Judge by further rules as well, unheard, until the next restart or `undefined`. */
  async shadow(image: RuleImage | undefined): Promise<void> {
    await this.#handle?.shadow(image);
  }

  /** The running thread, for questions; undefined while there is none. */
  get handle(): SensorHandle | undefined {
    return this.#handle;
  }

  /** Resolves when `counters` and `capture` are those of now, or the sensor is gone. */
  async sample(): Promise<void> {
    await this.#handle?.sample();
  }

  /** End the sensor, asking first; resolves when it is gone. */
  async stop(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#stallTimer);
    const handle = this.#handle;
    if (!handle) return;
    const stopped = new Promise<void>((resolve) => {
      this.#whenStopped = resolve;
    });
    handle.stop();
    const timer = setTimeout(() => void handle.terminate(), patienceMs);
    await stopped;
    clearTimeout(timer);
  }

  #startThread(): void {
    this.#startedMs = this.#clock.monotonicMs();
    this.#lastSignMs = this.#startedMs;
    this.#hasStalled = false;
    this.#handle = new SensorHandle(this.#options, {
      onStarted: (driver) => {
        this.driver = driver;
        this.isReady = true;
        this.#events.onStarted(driver);
      },
      onRecords: this.#events.onRecords,
      onLastSets: this.#events.onLastSets,
      onHeartbeat: (counters, capture) => {
        this.#lastSignMs = this.#clock.monotonicMs();
        this.counters = counters;
        this.capture = capture;
      },
      onEnded: (error) => this.#onEnded(error),
    });
  }

  #onEnded(error: AgentError | undefined): void {
    this.#handle = undefined;
    if (this.#isStopping) {
      this.#whenStopped?.();
      return;
    }
    const ranMs = this.#clock.monotonicMs() - this.#startedMs;
    if (error === undefined && this.#options.source.kind === "file") {
      this.hasFinished = true;
      this.#events.onFinished();
      return;
    }
    const reason = this.#hasStalled ? stalled(this.interfaceName) : (error ?? ended(this.interfaceName));
    const isFile = this.#options.source.kind === "file";
    // A filter that cannot be compiled will not be compiled the next time either.
    const isPermanent = isFile || reason.code === "error.capture.filter";
    // What never could be opened is a mistake however long a busy machine took to say so; time-outs are not.
    const isNeverOpen =
      !this.isReady && reason.code.startsWith("error.capture.") && reason.code !== "error.capture.not_open";
    if (isPermanent || (this.restarts === 0 && (isNeverOpen || ranMs < FIRST_START_MS))) {
      this.#events.onFatal(reason);
      return;
    }
    if (ranMs >= HEALTHY_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#avoidLostRing(reason);
    this.#events.onGap(reason, this.#retryMs);
    this.restarts++;
    this.#retryTimer = setTimeout(() => this.#startThread(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  /** node-pcap cannot free the ring of an interface that has vanished: every further start would keep one more. */
  #avoidLostRing(reason: AgentError): void {
    const { source } = this.#options;
    if (reason.code !== "error.capture.interface_lost" || source.kind !== "live" || source.driver !== "auto")
      return;
    this.#options = { ...this.#options, source: { ...source, driver: "tcpdump" } };
  }

  #checkStall(): void {
    if (!this.#handle || this.isAlive) return;
    this.#hasStalled = true;
    void this.#handle.terminate();
  }
}

function ended(interfaceName: string): AgentError {
  return new AgentError("error.sensor.ended", { interface: interfaceName });
}

function stalled(interfaceName: string): AgentError {
  return new AgentError("error.sensor.stalled", { interface: interfaceName, seconds: STALL_MS / 1000 });
}
