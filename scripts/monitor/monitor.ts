/**
 * Owns the receiving: message → batch → commit → acknowledgement, and the news that come of it.
 *
 * Nothing is acknowledged before SQLite has committed it. What is no valid message is counted and not acknowledged:
 * its sender is broken and keeps it.
 *
 * Bound: `QUEUE_LENGTH` messages wait for the next commit; then the broker is not read any further.
 */
import { systemClock } from "#agent/base/clock.js";
import { isValid } from "#agent/base/json-schema.js";
import type { BrokerUrl } from "#agent/config/semantics.js";
import type { Connection } from "#agent/uplink/connection.js";
import type { TlsFiles } from "#agent/uplink/guarded-socket.js";
import { UPLINK_LIMITS, type UplinkLimits } from "#agent/uplink/limits.js";
import { Link } from "#agent/uplink/link.js";
import { CHECKPOINT_SCHEMA, type CheckpointMessage } from "#agent/uplink/schema/checkpoint.js";
import { NUMBERED_SCHEMA, type NumberedMessage } from "#agent/uplink/schema/envelope.js";
import { HEALTH_SCHEMA, type HealthMessage } from "#agent/uplink/schema/health.js";
import { INFO_SCHEMA, type InfoMessage } from "#agent/uplink/schema/info.js";
import { STATE_SCHEMA, type StateMessage } from "#agent/uplink/schema/state.js";
import { ANY_DEVICE, downTopic, parseUpTopic, upTopic } from "#agent/uplink/topics.js";
import { type CheckpointVerdict, judgeCheckpoint } from "./checkpoint.js";
import { MonitorDatabase, type StoredMessage } from "./database.js";
import { acceptState, type Device, Devices, type LedgerProgress, progressOf } from "./devices.js";
import type { Range } from "./held-ranges.js";

/** What happens, for a screen or a test. Called after the commit. */
export interface MonitorNews {
  onConnected?(protocol: number): void;
  onDown?(reason: string): void;
  onMessage?(message: NumberedMessage, kind: string): void;
  onState?(device: Device): void;
  onHealth?(message: HealthMessage): void;
  /** Numbers a device will not send any more and that are not here. */
  onGaps?(device: string, gaps: readonly Range[]): void;
  onSilence?(device: string): void;
  /** A seal of the device's chain of evidence, held against those kept before. */
  onCheckpoint?(device: string, verdict: CheckpointVerdict, epoch: number): void;
}

export interface MonitorOptions {
  readonly broker: BrokerUrl;
  readonly tls?: TlsFiles;
  readonly username?: string;
  readonly password?: string;
  readonly clientId: string;
  /** Monitors of the same group share the work (MQTT 5). */
  readonly group: string;
  /** Whether this is the only monitor: else what it does not hold may be with another, and is no gap. */
  readonly isAlone: boolean;
  readonly file: string;
  readonly news: MonitorNews;
  /** How long the explanation of a gap is waited for. */
  readonly gapPatienceMs?: number;
  readonly limits?: Partial<UplinkLimits>;
}

export interface MonitorTotals {
  devices: number;
  /** Numbered messages received, repeats included. */
  received: number;
  stored: number;
  repeats: number;
  invalid: number;
  /** Numbers that will not come any more and that the device has not accounted for. */
  lost: number;
  /** Numbers below the highest that have not come yet. */
  missing: number;
}

interface Received extends StoredMessage {
  readonly message: NumberedMessage;
}

const QUEUE_LENGTH = 4_000;
const BATCH = 1_000;
const INBOUND = { packetBytes: 256 * 1024, bytesPerSecond: 64 * 1024 * 1024 };
const OWN_WINDOW = 64;
/** Numbers by which the saved progress may be behind; so many rows are read per ledger at a start. */
const SAVE_EVERY = 5_000;
/** There are few monitors and many devices wait for them: they need not spread their attempts as devices do. */
const BACKOFF_LONGEST_MS = 2_000;
const SILENCE_CHECK_MS = 10_000;
/** A device repeats its lowest number every minute: a gap is told with the next word after this. */
const GAP_PATIENCE_MS = 30_000;

export class Monitor {
  readonly #options: MonitorOptions;
  readonly #link: Link;
  readonly #devices = new Devices();
  readonly #totals = { received: 0, stored: 0, repeats: 0, invalid: 0 };
  #connection: Connection | undefined;
  #database: MonitorDatabase | undefined;
  #queue: Received[] = [];
  #committing: Promise<void> | undefined;
  #resume: (() => void) | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  #isKilled = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#link = new Link({
      protocol: "auto",
      clock: systemClock,
      limits: { ...UPLINK_LIMITS, backoffLongestMs: BACKOFF_LONGEST_MS, ...options.limits },
      prepare: async () => ({
        broker: options.broker,
        tls: options.tls ?? {},
        clientId: options.clientId,
        username: options.username,
        password: options.password,
        receiveWindow: OWN_WINDOW,
        keepaliveS: UPLINK_LIMITS.keepaliveS,
        connectTimeoutMs: UPLINK_LIMITS.connectTimeoutMs,
        inbound: INBOUND,
        onMessage: (topic, payload, isRetained) => this.#onMessage(topic, payload, isRetained),
      }),
      onConnected: (connection) => this.#onConnected(connection),
      onClosed: () => {
        this.#connection = undefined;
      },
      onDown: (reason) => options.news.onDown?.(reason),
    });
  }

  async start(): Promise<void> {
    const database = await MonitorDatabase.open(this.#options.file);
    this.#database = database;
    for (const { device: id, ledger, upTo, above, gaps, allowances } of await database.ledgers()) {
      const device = this.#devices.get(id, systemClock.monotonicMs());
      if (!device) break;
      const progress = progressOf(device, ledger);
      progress.savedUpTo = upTo;
      progress.held.raiseFloor(upTo + 1);
      for (const sequence of above) progress.held.add(sequence);
      progress.gaps.restore(gaps, allowances, systemClock.monotonicMs());
    }
    this.#silenceTimer = setInterval(() => this.#checkSilence(), SILENCE_CHECK_MS);
    this.#link.start();
  }

  /** Commit and acknowledge what has come, then end. */
  async stop(): Promise<void> {
    clearInterval(this.#silenceTimer);
    await this.#drain();
    await this.#link.stop();
    await this.#drain();
    for (const device of this.#devices.all()) {
      for (const [ledger, progress] of device.ledgers) await this.#save(device.id, ledger, progress);
    }
    await this.#database?.close();
    this.#database = undefined;
  }

  /** End as a power cut would: nothing that waits is committed or acknowledged. */
  async kill(): Promise<void> {
    clearInterval(this.#silenceTimer);
    this.#isKilled = true;
    this.#queue = [];
    this.#link.connection?.drop("killed");
    await this.#link.stop();
    await this.#committing;
    await this.#database?.close();
    this.#database = undefined;
  }

  get isConnected(): boolean {
    return this.#link.connection !== undefined;
  }

  /** Numbered messages in the database, from earlier runs too. */
  async count(): Promise<number> {
    return (await this.#database?.count()) ?? 0;
  }

  totals(): MonitorTotals {
    let devices = 0;
    let missing = 0;
    let lost = 0;
    for (const device of this.#devices.all()) {
      devices++;
      for (const { held, gaps } of device.ledgers.values()) {
        missing += held.missing();
        lost += gaps.told;
      }
    }
    return { ...this.#totals, devices, missing, lost };
  }

  async #onConnected(connection: Connection): Promise<void> {
    const { group, news } = this.#options;
    // Retained states come together with the answer to the subscription, and are answered.
    this.#connection = connection;
    const all = upTopic(ANY_DEVICE, "#");
    // State is not shared: every monitor answers it, and retained messages do not come by a shared subscription.
    const filters =
      connection.protocol === 5 ? [`$share/${group}/${all}`, upTopic(ANY_DEVICE, "state")] : [all];
    await connection.subscribe(filters);
    news.onConnected?.(connection.protocol);
  }

  #onMessage(topic: string, payload: Buffer, isRetained: boolean): Promise<void> | undefined {
    const address = parseUpTopic(topic);
    const device = address && this.#devices.get(address.device, systemClock.monotonicMs());
    if (!device || this.#isKilled) return undefined;
    device.heardMs = systemClock.monotonicMs();
    device.isSilent = false;
    const text = payload.toString("utf8");
    const value = parseJson(text);
    if (address.kind === "state" && isValid(STATE_SCHEMA, value)) {
      this.#onState(device, value as StateMessage, isRetained);
    } else if (address.kind === "health" && isValid(HEALTH_SCHEMA, value)) {
      this.#onHealth(device, value as HealthMessage);
    } else if (isValid(NUMBERED_SCHEMA, value) && (value as NumberedMessage).device === device.id) {
      const message = value as NumberedMessage;
      this.#totals.received++;
      this.#queue.push({
        device: device.id,
        ledger: message.ledger,
        seq: message.seq,
        class: message.class,
        kind: address.kind,
        committedAt: message.committedAt,
        text,
        message,
      });
      this.#committing ??= this.#commit();
      if (this.#queue.length >= QUEUE_LENGTH) {
        return new Promise((resolve) => {
          this.#resume = resolve;
        });
      }
    } else {
      this.#totals.invalid++;
    }
    return undefined;
  }

  #onState(device: Device, state: StateMessage, isRetained: boolean): void {
    const verdict = acceptState(device, state);
    if (verdict === "stale") return;
    const { held } = progressOf(device, state.ledger);
    this.#raiseFloor(device, state.ledger, state.data.lowestSeq ?? 0);
    if (verdict === "news") this.#options.news.onState?.(device);
    if (state.data.status !== "online") return;
    const acks = held.acknowledge(state.ledger, []);
    // A retained state was there before this subscription: so were, perhaps, messages that nobody heard.
    this.#send(device.id, isRetained ? acks.map((ack) => ({ ...ack, fresh: true as const })) : acks);
  }

  #onHealth(device: Device, health: HealthMessage): void {
    this.#raiseFloor(device, health.ledger, health.data.outbox.lowestSeq ?? 0);
    this.#options.news.onHealth?.(health);
  }

  /** Numbers below the device's lowest that wait here for their commit are no gaps: so it is done behind them. */
  #raiseFloor(device: Device, ledger: string, lowest: number): void {
    const raise = (): void => {
      const { held, gaps } = progressOf(device, ledger);
      const found = held.raiseFloor(lowest);
      if (this.#isKilled || !this.#options.isAlone) return;
      const nowMs = systemClock.monotonicMs();
      gaps.note(found, nowMs);
      const due = gaps.due(nowMs, this.#options.gapPatienceMs ?? GAP_PATIENCE_MS);
      if (due.length > 0) this.#options.news.onGaps?.(device.id, due);
      if (found.length > 0) void this.#database?.saveGaps(device.id, ledger, gaps);
    };
    if (this.#committing) void this.#committing.then(raise);
    else raise();
  }

  /** What a device says of its store accounts for numbers that will not come. */
  async #explain(message: NumberedMessage): Promise<void> {
    const device = this.#devices.get(message.device, systemClock.monotonicMs());
    if (!device || !isValid(INFO_SCHEMA, message)) return;
    const { gaps } = progressOf(device, message.ledger);
    if (gaps.explain(message as InfoMessage)) {
      await this.#database?.saveGaps(device.id, message.ledger, gaps);
    }
  }

  async #judge(message: NumberedMessage): Promise<void> {
    if (!this.#database || !isValid(CHECKPOINT_SCHEMA, message)) return;
    const { device, data } = message as CheckpointMessage;
    const { verdict, seal } = judgeCheckpoint(data, await this.#database.checkpoints(device));
    if (seal && verdict !== "repeat") await this.#database.keepCheckpoint(device, data.key, seal, verdict);
    this.#options.news.onCheckpoint?.(device, verdict, seal?.epoch ?? -1);
  }

  /** Commit batch after batch until the queue is empty. A failing disk ends the monitor: devices keep everything. */
  async #commit(): Promise<void> {
    while (this.#queue.length > 0 && this.#database) {
      const batch = this.#queue.slice(0, BATCH);
      this.#queue = this.#queue.slice(BATCH);
      const fresh = await this.#database.insert(batch);
      if (this.#isKilled) return;
      this.#totals.stored += fresh.length;
      this.#totals.repeats += batch.length - fresh.length;
      for (const { message, kind } of fresh) {
        this.#options.news.onMessage?.(message, kind);
        if (kind === "info") await this.#explain(message);
        if (kind === "checkpoint") await this.#judge(message);
      }
      await this.#acknowledge(batch);
      if (this.#queue.length < QUEUE_LENGTH / 2) {
        this.#resume?.();
        this.#resume = undefined;
      }
    }
    this.#committing = undefined;
  }

  async #acknowledge(batch: readonly Received[]): Promise<void> {
    const groups = new Map<string, { device: Device; ledger: string; sequences: number[] }>();
    for (const { device: id, ledger, seq } of batch) {
      const device = this.#devices.get(id, systemClock.monotonicMs());
      if (!device) continue;
      const key = JSON.stringify([id, ledger]);
      const group = groups.get(key) ?? { device, ledger, sequences: [] };
      groups.set(key, group);
      group.sequences.push(seq);
      progressOf(device, ledger).held.add(seq);
    }
    for (const { device, ledger, sequences } of groups.values()) {
      const progress = progressOf(device, ledger);
      this.#send(device.id, progress.held.acknowledge(ledger, sequences));
      const isDue = progress.held.upTo - progress.savedUpTo >= SAVE_EVERY;
      if (isDue || progress.savedUpTo < 0) await this.#save(device.id, ledger, progress);
    }
  }

  async #save(device: string, ledger: string, progress: LedgerProgress): Promise<void> {
    progress.savedUpTo = progress.held.upTo;
    await this.#database?.setProgress(device, ledger, progress.savedUpTo);
  }

  /** An acknowledgement that does not get through is repaired by the device's repeat. */
  #send(device: string, acks: readonly object[]): void {
    const connection = this.#connection;
    if (!connection || this.#isKilled) return;
    for (const ack of acks) {
      const topic = downTopic(device, "ack");
      const text = JSON.stringify(ack);
      if (connection.canPublish()) connection.publish(topic, text, false, () => undefined);
      else connection.tell(topic, text, false);
    }
  }

  #checkSilence(): void {
    for (const device of this.#devices.newlySilent(systemClock.monotonicMs())) {
      this.#options.news.onSilence?.(device.id);
    }
  }

  async #drain(): Promise<void> {
    while (this.#committing) await this.#committing;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
