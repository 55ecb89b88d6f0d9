/**
 * Owns the main thread's side of the logs of other devices: starts the thread that takes them in, starts it again with
 * growing pauses where it ends, has its rows committed and acknowledges them, and judges how its sources do.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import type { Clock } from "../base/clock.js";
import { AgentError, type ErrorCode, reasonOf } from "../base/errors.js";
import type { LogRow } from "./log-block.js";
import { type LogCondition, SourceHealth } from "./source-health.js";
import type {
  SourcedEvent,
  SyslogCommand,
  SyslogEvent,
  SyslogOptions,
  SyslogStatus,
} from "./thread-messages.js";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export interface ReceptionEvents {
  /** Commit rows; resolves when they are on disk, or were counted as shed. */
  readonly keep: (rows: readonly LogRow[]) => Promise<void>;
  /** What lines of known formats say that others want to know. */
  readonly onEvents: (events: readonly SourcedEvent[]) => void;
  readonly onListening: () => void;
  /** It takes nothing in until it has been started again. */
  readonly onGap: (reason: AgentError, retryMs: number) => void;
  /** An address that no source names sends logs; told once each while it is remembered. */
  readonly onStranger: (address: string) => void;
}

export class LogReception {
  readonly #options: SyslogOptions;
  readonly #clock: Clock;
  readonly #events: ReceptionEvents;
  readonly #health: SourceHealth;
  #send: ((command: SyslogCommand) => void) | undefined;
  #worker: Worker | undefined;
  #status: SyslogStatus | undefined;
  #isListening = false;
  #isStopping = false;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #whenGone: (() => void) | undefined;
  #restarts = 0;
  /** Of receivers that have ended: counts only rise. */
  #earlier: Record<string, number> = {};

  constructor(options: SyslogOptions, clock: Clock, events: ReceptionEvents) {
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#health = new SourceHealth();
  }

  /** Whether logs are to be taken in at all. */
  static isWanted({ udp_port, tcp_port, tls_port }: SyslogOptions): boolean {
    return udp_port !== null || tcp_port !== null || tls_port !== null;
  }

  start(): void {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL("./thread.js", import.meta.url), {
      workerData: { port: port2, options: this.#options },
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.#worker = worker;
    this.#send = (command) => port1.postMessage(command);
    let reason = new AgentError("error.internal", { reason: "the thread for syslog has ended" });
    let gone = 0;
    const onGone = (): void => {
      if (++gone === 2) this.#onGone(reason);
    };
    port1.on("message", (event: SyslogEvent) => {
      if (event.event === "failed") reason = new AgentError(event.code as ErrorCode, event.params);
      else this.#onEvent(event);
    });
    port1.on("close", onGone);
    worker.on("error", (error) => {
      reason = new AgentError("error.internal", { reason: reasonOf(error) }, { cause: error });
    });
    worker.on("exit", onGone);
  }

  /** Take nothing in any more and hand over what has come; resolves when the thread is gone. */
  async stop(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#retryTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    const gone = new Promise<void>((resolve) => {
      this.#whenGone = resolve;
    });
    this.#send?.({ command: "stop" });
    const timer = setTimeout(() => void worker.terminate(), patienceMs);
    await gone;
    clearTimeout(timer);
  }

  /** What is wrong with the sources; call about once a second. */
  conditions(): readonly LogCondition[] {
    const nowMs = this.#clock.monotonicMs();
    return this.#health.observe(nowMs, this.#isListening ? this.#status : undefined, this.#isListening);
  }

  /** Counters of all sources, and by source: `syslog.received`, `syslog.source.NAME.ok` … */
  counters(): Record<string, number> {
    const all = { ...this.#earlier };
    for (const [name, value] of Object.entries(this.#current())) all[name] = (all[name] ?? 0) + value;
    all["syslog.restarts"] = this.#restarts;
    return all;
  }

  #current(): Record<string, number> {
    const status = this.#status;
    if (status === undefined) return {};
    const counters: Record<string, number> = {
      "syslog.refused": status.refused,
      "syslog.kernel_drops": status.kernelDrops ?? 0,
      "syslog.datagrams": status.receiver.datagrams,
      "syslog.connections": status.receiver.connections,
      "syslog.connections_refused": status.receiver.refusedConnections,
      "syslog.handshakes_failed": status.receiver.failedHandshakes,
    };
    for (const [kind, count] of Object.entries(status.events)) counters[`syslog.events.${kind}`] = count;
    for (const { name, silentMs, silenceMs, ...counts } of status.sources) {
      for (const [kind, value] of Object.entries(counts)) {
        counters[`syslog.source.${name}.${kind}`] = value;
        counters[`syslog.${kind}`] = (counters[`syslog.${kind}`] ?? 0) + value;
      }
    }
    return counters;
  }

  #onEvent(event: Exclude<SyslogEvent, { event: "failed" }>): void {
    switch (event.event) {
      case "listening":
        this.#isListening = true;
        this.#retryMs = FIRST_RETRY_MS;
        this.#events.onListening();
        break;
      case "rows": {
        const send = this.#send;
        void this.#events.keep(event.rows).then(() => send?.({ command: "acknowledge" }));
        break;
      }
      case "events":
        this.#events.onEvents(event.events);
        break;
      case "stranger":
        this.#events.onStranger(event.address);
        break;
      case "status":
        this.#status = event.status;
    }
  }

  #onGone(reason: AgentError): void {
    this.#worker = undefined;
    this.#isListening = false;
    this.#earlier = this.counters();
    this.#status = undefined;
    if (this.#isStopping) {
      this.#whenGone?.();
      return;
    }
    this.#events.onGap(reason, this.#retryMs);
    this.#restarts++;
    this.#retryTimer = setTimeout(() => this.start(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }
}
