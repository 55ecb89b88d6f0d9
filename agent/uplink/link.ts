/**
 * Owns the staying connected: attempt, back-off, choice of the MQTT version, and the next attempt, until stopped.
 *
 * It knows nothing of what travels over the connection; the agent's uplink and the reference monitor both stand on it.
 */

import { Backoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { reasonOf } from "../base/errors.js";
import {
  ConnectFailure,
  type ConnectFailureKind,
  type Connection,
  type ConnectionOptions,
  openConnection,
} from "./connection.js";
import type { UplinkLimits } from "./limits.js";
import { type AttemptOutcome, ProtocolChoice, type ProtocolVersion } from "./protocol-choice.js";

export interface LinkOptions {
  readonly protocol: "auto" | ProtocolVersion;
  readonly clock: Clock;
  readonly limits: UplinkLimits;
  /** What the next CONNECT needs. A rejection is a failed attempt. `session` rises by one with every attempt. */
  prepare(session: number): Promise<Omit<ConnectionOptions, "protocol" | "clock" | "signal">>;
  /** Makes a fresh connection ready for use; a rejection ends it. */
  onConnected(connection: Connection, session: number): Promise<void>;
  /** The connection that was ready is no more. */
  onClosed(): void;
  /** An attempt failed in every MQTT version, or a connection ended. Called every time, also with the same reason. */
  onDown(reason: string, session: number): void;
}

const OUTCOMES: Readonly<Record<ConnectFailureKind, AttemptOutcome>> = {
  version: "version-refused",
  unanswered: "closed-unanswered",
  other: "failed",
};

const DISCONNECT_PATIENCE_MS = 500;

export class Link {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #choice: ProtocolChoice;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #session = 0;
  #isStopping = false;
  /** Ends the pause that is running. */
  #skipPause: () => void = () => undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { backoffFirstMs, backoffLongestMs, protocolRetryMs } = options.limits;
    this.#backoff = new Backoff(backoffFirstMs, backoffLongestMs);
    this.#choice = new ProtocolChoice(options.protocol, options.clock, protocolRetryMs);
  }

  /** The connection, while it is ready for use. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get session(): number {
    return this.#session;
  }

  /** Begin; returns at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Do not wait for the next attempt: begin it now. */
  hurry(): void {
    this.#skipPause();
  }

  /** Disconnect in order if connected, else give up; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#connection?.end(DISCONNECT_PATIENCE_MS);
    this.#abort.abort();
    this.#skipPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!this.#isStopping) {
      const isToRetryAtOnce = await this.#attempt(signal);
      if (!isToRetryAtOnce && !this.#isStopping) {
        await this.#pause(this.#backoff.next());
      }
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#skipPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One attempt and, where it succeeds, the whole life of its connection. Returns whether to retry at once. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { clock, limits } = this.#options;
    const protocol = this.#choice.next();
    const session = ++this.#session;
    let connection: Connection;
    try {
      const prepared = await this.#options.prepare(session);
      connection = await openConnection({ ...prepared, protocol, clock, signal });
    } catch (error) {
      const outcome = error instanceof ConnectFailure ? OUTCOMES[error.kind] : "failed";
      const isToRetryAtOnce = this.#choice.note(protocol, outcome);
      // The other MQTT version is part of the same attempt.
      if (!isToRetryAtOnce && !this.#isStopping) this.#options.onDown(reasonOf(error), session);
      return isToRetryAtOnce;
    }
    this.#choice.note(protocol, "accepted");
    const sinceMs = clock.monotonicMs();
    const reason = await this.#live(connection, session);
    if (clock.monotonicMs() - sinceMs >= limits.healthyMs) this.#backoff.reset();
    if (!this.#isStopping) this.#options.onDown(reason, session);
    return false;
  }

  /** From CONNACK to close. Resolves with the reason of the end. */
  async #live(connection: Connection, session: number): Promise<string> {
    try {
      await this.#options.onConnected(connection, session);
      this.#connection = connection;
      if (this.#isStopping) void connection.end(DISCONNECT_PATIENCE_MS);
      return await connection.closed;
    } catch (error) {
      connection.drop(reasonOf(error));
      return await connection.closed;
    } finally {
      this.#connection = undefined;
      this.#options.onClosed();
    }
  }
}
