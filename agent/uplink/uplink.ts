/**
 * Owns the agent's link to the monitor: announcing the device, and letting the publisher work while connected.
 *
 * A broker that is not there, refuses, or misbehaves is a state and never a failure of the agent: it is logged when
 * it changes, and everything waits in the outbox.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.js";
import type { Counters } from "../base/counters.js";
import { AgentError, reasonOf } from "../base/errors.js";
import type { Log } from "../base/log.js";
import type { Outbox } from "../base/outbox.js";
import type { Config } from "../config/schema.js";
import { type BrokerUrl, parseBrokerUrl } from "../config/semantics.js";
import { parseAck } from "./acknowledgement.js";
import { CommandDesk, type CommandOptions } from "./command-desk.js";
import type { Connection, ConnectionOptions } from "./connection.js";
import { readCredentials } from "./credentials.js";
import { EnvelopeWriter, type Sender } from "./envelope.js";
import { UPLINK_LIMITS, type UplinkLimits } from "./limits.js";
import { Link } from "./link.js";
import type { ProtocolVersion } from "./protocol-choice.js";
import { Publisher } from "./publisher.js";
import { RuleFeed, type RuleFeedOptions } from "./rule-feed.js";
import type { HealthData, HealthMessage } from "./schema/health.js";
import type { StateData } from "./schema/state.js";
import { downTopic, upTopic } from "./topics.js";

export interface UplinkOptions {
  readonly config: Config["uplink"];
  /** Device id: client id and topic level. */
  readonly device: string;
  /** Rises with every start of the agent, kept by the store; 0 as long as that is not known. */
  readonly boot: () => number;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** What the other parts have to say about themselves; called every minute. */
  readonly health: () => HealthData;
  /** What a monitor may ask for; without them commands are not listened to. */
  readonly commands?: CommandOptions;
  /** Who wants to hear which rule sets the device is to have; without it they are not listened to. */
  readonly rules?: RuleFeedOptions;
  /** Version of the agent, for the monitor. */
  readonly version?: string;
  /** Other bounds than the usual ones. */
  readonly limits?: Partial<UplinkLimits>;
}

export interface UplinkState {
  readonly isConfigured: boolean;
  readonly isConnected: boolean;
  /** MQTT version in use. */
  readonly protocol: ProtocolVersion | undefined;
  /** Connections tried since the start. */
  readonly session: number;
  /** Why there is no connection, in English. */
  readonly reason: string | undefined;
  readonly unacknowledged: number;
  readonly isMonitorSilent: boolean;
}

/** How often the end of the backlog is looked for while the agent stops. */
const DRAIN_POLL_MS = 20;
const RUN_BYTES = 6;

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #limits: UplinkLimits;
  readonly #broker: BrokerUrl | undefined;
  readonly #envelopes: EnvelopeWriter;
  readonly #publisher: Publisher;
  readonly #link: Link;
  readonly #commands: CommandDesk | undefined;
  readonly #feed: RuleFeed | undefined;
  #timers: NodeJS.Timeout[] = [];
  #reason: string | undefined;
  /** Attempts that failed and connections that ended. */
  #downs = 0;
  #isStopping = false;
  /** Identity of this run, which the store's boot is not while the store cannot be opened. */
  readonly #run = randomBytes(RUN_BYTES).toString("hex");
  #boot = 0;
  /** The ledger that the state last told. */
  #toldLedger = "";

  /** @throws AgentError where `uplink.url` is no broker's address. */
  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#limits = { ...UPLINK_LIMITS, ...options.limits };
    const { device, outbox, clock, counters, log, config } = options;
    if (config.url !== null) {
      const broker = parseBrokerUrl(config.url);
      if (typeof broker === "string") throw new AgentError(broker, { key: "uplink.url", value: config.url });
      this.#broker = broker;
    }
    this.#envelopes = new EnvelopeWriter(this.#sender(), this.#limits.historicalMs);
    this.#publisher = new Publisher({
      outbox,
      device,
      envelopes: this.#envelopes,
      acknowledgement: config.acknowledgement,
      limits: this.#limits,
      clock,
      counters,
      log,
    });
    this.#feed = options.rules && new RuleFeed(device, options.rules, counters);
    this.#commands = options.commands && new CommandDesk(device, options.commands, clock, counters);
    this.#link = new Link({
      protocol: config.protocol,
      clock,
      limits: this.#limits,
      prepare: (session) => this.#prepare(session),
      onConnected: (connection, session) => this.#onConnected(connection, session),
      onClosed: () => this.#onClosed(),
      onDown: (reason, session) => this.#onDown(reason, session),
    });
  }

  /** Begin to connect; returns at once. */
  start(): void {
    const { log } = this.#options;
    if (this.#broker === undefined) {
      log.info("no uplink is configured; everything stays on this device");
      return;
    }
    this.#link.start();
  }

  /**
   * Send what waits for at most `drainMs`, say goodbye, disconnect. What is left stays in the outbox.
   *
   * Without a connection one attempt is made at once; where it fails there is nothing to wait for.
   */
  async stop(drainMs: number): Promise<void> {
    const { clock, outbox } = this.#options;
    const deadlineMs = clock.monotonicMs() + drainMs;
    const waitWhile = async (isWaiting: () => boolean): Promise<void> => {
      while (isWaiting() && clock.monotonicMs() < deadlineMs) await sleep(DRAIN_POLL_MS);
    };
    const waiting = await outbox.depth().catch(() => undefined);
    if (this.#broker && drainMs > 0 && !this.#link.connection && waiting && waiting.messages > 0) {
      const downs = this.#downs;
      this.#link.hurry();
      await waitWhile(() => !this.#link.connection && this.#downs === downs);
    }
    await waitWhile(() => this.#link.connection !== undefined && !this.#publisher.isIdle);
    this.#isStopping = true;
    this.#publisher.close();
    const { connection, session } = this.#link;
    if (connection) this.#tellState(connection, { status: "stopped", session, run: this.#run });
    await this.#link.stop();
  }

  /** How the link stands now. */
  state(): UplinkState {
    const { connection, session } = this.#link;
    return {
      isConfigured: this.#broker !== undefined,
      isConnected: connection !== undefined,
      protocol: connection?.protocol,
      session,
      reason: this.#reason,
      unacknowledged: this.#publisher.unacknowledged,
      isMonitorSilent: this.#publisher.isMonitorSilent,
    };
  }

  /** The boot is the first that the store tells: a database opened again in between is no start of the agent. */
  #sender(): Sender {
    const { device, outbox, boot } = this.#options;
    const known = (): number => {
      this.#boot ||= boot();
      return this.#boot;
    };
    return {
      device,
      outbox,
      get boot() {
        return known();
      },
    };
  }

  async #prepare(session: number): Promise<Omit<ConnectionOptions, "protocol" | "clock" | "signal">> {
    const { config, device } = this.#options;
    const limits = this.#limits;
    if (this.#broker === undefined) throw new Error("no broker");
    const credentials = await readCredentials(config, device);
    return {
      broker: this.#broker,
      ...credentials,
      clientId: device,
      will: {
        topic: upTopic(device, "state"),
        payload: this.#stateText({ status: "lost", session, run: this.#run }),
      },
      receiveWindow: config.receive_window,
      keepaliveS: limits.keepaliveS,
      connectTimeoutMs: limits.connectTimeoutMs,
      inbound: {
        packetBytes: limits.downPayloadBytes + limits.downOverheadBytes,
        bytesPerSecond: limits.downBytesPerSecond,
      },
      onMessage: (topic, payload) => this.#onMessage(topic, payload),
    };
  }

  async #onConnected(connection: Connection, session: number): Promise<void> {
    const { config, device, log, counters } = this.#options;
    if (config.acknowledgement === "monitor") await connection.subscribe([downTopic(device, "ack")]);
    await this.#listenToCommands(connection);
    await this.#announce(connection);
    counters.add("uplink.connections");
    this.#reason = undefined;
    log.info({ protocol: connection.protocol, session }, "uplink connected");
    this.#publisher.attach(connection);
    this.#timers = [
      setInterval(() => this.#tick(connection), this.#limits.tickEveryMs),
      setInterval(() => void this.#beat(connection), this.#limits.healthEveryMs),
    ];
    void this.#beat(connection);
  }

  /** A broker that does not let the device read commands or rule sets is no reason to send nothing. */
  async #listenToCommands(connection: Connection): Promise<void> {
    const { log } = this.#options;
    if (this.#commands !== undefined) {
      await connection.subscribe([this.#commands.filter]).catch((error: unknown) => {
        log.warn({ reason: reasonOf(error) }, "commands are not heard");
      });
    }
    await this.#feed?.attach(connection).catch((error: unknown) => {
      log.warn({ reason: reasonOf(error) }, "rule sets are not heard of");
    });
  }

  /** A chunk of a bundle; undefined where it cannot be had now. */
  async fetchChunk(bundle: string, index: number): Promise<Uint8Array | undefined> {
    return this.#feed?.fetchChunk(bundle, index);
  }

  /** Tell how the agent does now, if there is a connection. */
  async tellHealth(): Promise<void> {
    const { connection } = this.#link;
    if (connection) await this.#beat(connection);
  }

  #onClosed(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#feed?.detach();
    this.#publisher.detach();
  }

  /** Log a loss of the link, or a further reason, once. */
  #onDown(reason: string, session: number): void {
    this.#downs++;
    this.#options.counters.add("uplink.downs");
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#options.log.warn({ reason, session }, "uplink is down");
  }

  /** The birth message, before anything else. A monitor answers it with its acknowledgement. */
  async #announce(connection: Connection): Promise<void> {
    const { device, outbox, log } = this.#options;
    const depth = await outbox.depth().catch(() => undefined);
    this.#toldLedger = outbox.ledger;
    const state = this.#onlineState(connection, depth?.lowestSequence ?? null);
    connection.publish(upTopic(device, "state"), this.#stateText(state), true, (outcome) => {
      if (outcome === "refused") log.warn("the broker does not let this device write its state");
    });
  }

  #tick(connection: Connection): void {
    if (connection.stalledMs() > this.#limits.pubackTimeoutMs) connection.drop("no PUBACK in time");
    else {
      this.#publisher.tick();
      // A store that was opened, or made anew, since the birth: whom its numbers belong to is told before long.
      if (this.#options.outbox.ledger !== this.#toldLedger) void this.#announce(connection);
    }
  }

  /** State again, in case a late will has overwritten it, and health. */
  async #beat(connection: Connection): Promise<void> {
    const { outbox, counters, clock, device, health } = this.#options;
    const depth = await outbox.depth().catch(() => undefined);
    if (depth === undefined || this.#isStopping) return;
    const lowestSeq = depth.lowestSequence ?? null;
    const nowMs = clock.wallMs();
    const { oldestCommittedMs: oldestMs } = depth;
    const data: HealthMessage["data"] = {
      ...health(),
      outbox: {
        messages: depth.messages,
        bytes: depth.bytes,
        oldestAgeS: oldestMs === undefined ? null : Math.max(0, Math.round((nowMs - oldestMs) / 1000)),
        lowestSeq,
      },
      uplink: {
        session: this.#link.session,
        protocol: connection.protocol,
        published: counters.get("uplink.published") + counters.get("uplink.repeated"),
        acknowledged: counters.get("uplink.acknowledged"),
        unacknowledged: this.#publisher.unacknowledged,
      },
    };
    this.#tellState(connection, this.#onlineState(connection, lowestSeq));
    this.#publisher.expectAnswer();
    connection.tell(upTopic(device, "health"), this.#envelopes.live(data, nowMs), false);
  }

  #onMessage(topic: string, payload: Buffer): undefined {
    const { device, counters, config } = this.#options;
    const isBounded = payload.length <= this.#limits.downPayloadBytes;
    if (isBounded && this.#commands?.receive(topic, payload)) return undefined;
    if (isBounded && this.#feed?.receive(topic, payload)) return undefined;
    const ack = isBounded && topic === downTopic(device, "ack") ? parseAck(payload) : undefined;
    if (ack === undefined) counters.add("uplink.down_refused");
    else if (config.acknowledgement === "monitor") this.#publisher.acknowledge(ack);
    return undefined;
  }

  #onlineState(connection: Connection, lowestSeq: number | null): StateData {
    const { version } = this.#options;
    const common = { status: "online", session: this.#link.session, run: this.#run, lowestSeq } as const;
    return { ...common, protocol: connection.protocol, ...(version !== undefined && { version }) };
  }

  #stateText(state: StateData): string {
    return this.#envelopes.live(state, this.#options.clock.wallMs());
  }

  #tellState(connection: Connection, state: StateData): void {
    connection.tell(upTopic(this.#options.device, "state"), this.#stateText(state), true);
  }
}
