/**
 * Owns one MQTT connection from CONNECT to close, and everything that is MQTT.js.
 *
 * MQTT.js encodes, decodes and keeps alive. Not used of it: its reconnecting, its queues, its packet store (a message
 * that is not confirmed is still in the outbox), its QoS 2. After the close nothing of it remains; the next
 * connection is a new object.
 *
 * Bound: at most `receiveWindow` publishes are open, and never more than the broker's Receive Maximum; MQTT.js itself
 * does not count them (MQTT 5.0 section 4.9).
 */
import { Readable } from "node:stream";
import type { IClientOptions, MqttClient } from "mqtt";
import type { Clock } from "../base/clock.js";
import { reasonOf } from "../base/errors.js";
import type { BrokerUrl } from "../config/semantics.js";
import { dial, GuardedSocket, type TlsFiles } from "./guarded-socket.js";
import type { InboundLimits } from "./inbound-guard.js";
import type { ProtocolVersion } from "./protocol-choice.js";

export interface ConnectionOptions {
  readonly broker: BrokerUrl;
  readonly tls: TlsFiles;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly protocol: ProtocolVersion;
  /** Published by the broker, retained, when this connection ends without a DISCONNECT. */
  readonly will?: { readonly topic: string; readonly payload: string };
  readonly receiveWindow: number;
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  readonly inbound: InboundLimits;
  readonly clock: Clock;
  /** Gives up connecting, or drops the connection. */
  readonly signal: AbortSignal;
  /** A message came. While a returned promise is open, no further one is read: that is the back-pressure. */
  readonly onMessage: (topic: string, payload: Buffer, isRetained: boolean) => Promise<void> | undefined;
}

/** How a publish at QoS 1 ended. `unheard`: taken, but nobody subscribes to it. `lost`: no answer before the close. */
export type PublishOutcome = "accepted" | "unheard" | "refused" | "lost";

/** Why there is no connection. `version`: MQTT version refused. `unanswered`: closed in place of a CONNACK. */
export type ConnectFailureKind = "version" | "unanswered" | "other";

export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";

  constructor(
    readonly kind: ConnectFailureKind,
    reason: string,
  ) {
    super(reason);
  }
}

const UNACCEPTABLE_VERSION = 1;
const UNSUPPORTED_VERSION = 132;
const NO_MATCHING_SUBSCRIBERS = 16;
/** What the broker may have open towards us at QoS 1 (version 5). */
const OWN_RECEIVE_MAXIMUM = 64;

/**
 * Connect.
 *
 * @throws ConnectFailure where there is no accepting CONNACK in time.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  // Only here: the sensors of a starting agent do not wait for it.
  const { MqttClient } = await import("mqtt");
  if (options.signal.aborted) throw new ConnectFailure("other", "stopped");
  const socket = new GuardedSocket(
    dial(options.broker, options.tls),
    options.broker.isTls ? "secureConnect" : "connect",
    options.inbound,
    options.clock,
  );
  const abort = (): void => void socket.destroy();
  options.signal.addEventListener("abort", abort);
  socket.once("close", () => options.signal.removeEventListener("abort", abort));
  const client = new MqttClient(() => socket, clientOptions(options));
  client.handleMessage = (packet, done) => {
    const pause = options.onMessage(packet.topic, Buffer.from(packet.payload), packet.retain);
    if (pause === undefined) done();
    else void pause.then(() => done());
  };
  return new Promise((resolve, reject) => {
    let reason: unknown;
    const fail = (): void => {
      const code = (reason as { code?: unknown } | undefined)?.code;
      const isVersion = code === UNACCEPTABLE_VERSION || code === UNSUPPORTED_VERSION;
      const isUnanswered = reason === undefined || code === "ECONNRESET";
      const kind = isVersion ? "version" : isUnanswered && socket.isClosedByPeer ? "unanswered" : "other";
      dispose(client);
      reject(new ConnectFailure(kind, reason === undefined ? "closed without an answer" : reasonOf(reason)));
    };
    client.on("error", (error) => {
      reason ??= error;
      // An unreadable CONNACK leaves the stream open.
      if (!client.connected) socket.destroy();
    });
    client.once("close", fail);
    client.once("connect", (connack) => {
      client.removeAllListeners("error");
      client.off("close", fail);
      resolve(new Connection(client, socket, options, connack.properties));
    });
  });
}

export class Connection {
  readonly protocol: ProtocolVersion;
  /** Largest packet the broker takes. */
  readonly maximumPacketBytes: number;
  /** Resolves with the reason when the connection has ended, for whatever reason. Never rejects. */
  readonly closed: Promise<string>;
  readonly #client: MqttClient;
  readonly #socket: GuardedSocket;
  readonly #clock: Clock;
  readonly #window: number;
  #open = 0;
  /** When the broker last answered a publish, or the first of the open ones began. */
  #progressMs = 0;
  /** Reason code of the PUBACK that is being handled; MQTT.js does not hand it to the callback. */
  #pubackCode = 0;
  #reason: string | undefined;

  constructor(
    client: MqttClient,
    socket: GuardedSocket,
    options: ConnectionOptions,
    broker: { receiveMaximum?: number; maximumPacketSize?: number } | undefined,
  ) {
    this.#client = client;
    this.#socket = socket;
    this.#clock = options.clock;
    this.protocol = options.protocol;
    this.maximumPacketBytes = broker?.maximumPacketSize ?? 0xfffffff;
    this.#window = Math.min(options.receiveWindow, broker?.receiveMaximum ?? 0xffff);
    this.closed = new Promise((resolve) => {
      // MQTT.js goes on reading after a packet it could not understand. Who sends one is not understood further.
      client.on("error", (error) => this.drop(reasonOf(error)));
      client.on("packetreceive", (packet) => {
        if (packet.cmd === "puback") this.#pubackCode = packet.reasonCode ?? 0;
      });
      client.on("disconnect", (packet) => {
        // Closing is the broker's turn; one that does not is not waited for.
        this.drop(`broker disconnected, reason code ${packet.reasonCode ?? 0}`);
      });
      client.once("close", () => {
        dispose(client);
        resolve(this.#reason ?? "closed by the broker");
      });
    });
  }

  /** Whether the window has room for a further publish at QoS 1. */
  canPublish(): boolean {
    return this.#client.connected && this.#open < this.#window;
  }

  /** How long publishes have been open without any answer, milliseconds. */
  stalledMs(): number {
    return this.#open === 0 ? 0 : this.#clock.monotonicMs() - this.#progressMs;
  }

  /** Publish at QoS 1; `onOutcome` is called once, never from within this call while connected. */
  publish(
    topic: string,
    payload: string | Buffer,
    retain: boolean,
    onOutcome: (outcome: PublishOutcome) => void,
  ): void {
    if (this.#open++ === 0) this.#progressMs = this.#clock.monotonicMs();
    this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
      this.#open--;
      this.#progressMs = this.#clock.monotonicMs();
      if (error) onOutcome("code" in error && typeof error.code === "number" ? "refused" : "lost");
      else onOutcome(this.#pubackCode === NO_MATCHING_SUBSCRIBERS ? "unheard" : "accepted");
    });
  }

  /** Publish at QoS 0: outside the window, no answer, lost where the connection is. */
  tell(topic: string, payload: string, retain: boolean): void {
    if (this.#client.connected) this.#client.publish(topic, payload, { qos: 0, retain }, () => undefined);
  }

  /** Subscribe at QoS 1. Rejects where the broker does not grant every filter, or the connection ends. */
  async subscribe(filters: readonly string[]): Promise<void> {
    // A client that has closed meanwhile would queue the request and never answer.
    const closed = this.closed.then((reason): never => {
      throw new Error(reason);
    });
    const granted = await Promise.race([closed, this.#client.subscribeAsync([...filters], { qos: 1 })]);
    const denied = granted.find((grant) => grant.qos > 2);
    if (denied) throw new Error(`subscription to ${denied.topic} refused`);
  }

  /** Hear no more of a filter; without an answer, for nothing hangs on it. */
  unsubscribe(filter: string): void {
    if (this.#client.connected) this.#client.unsubscribe(filter, () => undefined);
  }

  /** End in order, with a DISCONNECT: the broker does not publish the will. Ends anyhow after `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.drop("end took too long"), patienceMs);
    this.#reason ??= "ended";
    this.#client.end(false);
    await this.closed;
    clearTimeout(timer);
  }

  /** End at once, without a DISCONNECT. */
  drop(reason: string): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }
}

function clientOptions(options: ConnectionOptions): IClientOptions {
  const isNewer = options.protocol === 5;
  return {
    protocolVersion: options.protocol,
    clientId: options.clientId,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    keepalive: options.keepaliveS,
    connectTimeout: options.connectTimeoutMs,
    outgoingStore: keepsNothing,
    incomingStore: keepsNothing,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.will && {
      will: { topic: options.will.topic, payload: Buffer.from(options.will.payload), qos: 1, retain: true },
    }),
    ...(isNewer && {
      properties: {
        sessionExpiryInterval: 0,
        receiveMaximum: OWN_RECEIVE_MAXIMUM,
        maximumPacketSize: options.inbound.packetBytes,
      },
    }),
  };
}

/** MQTT.js's packet store, without a store: the outbox has everything. */
const keepsNothing: NonNullable<IClientOptions["outgoingStore"]> = {
  put(_packet, done) {
    done();
    return keepsNothing;
  },
  del(_packet, done) {
    done();
    return keepsNothing;
  },
  get(_packet, done) {
    done(new Error("nothing is kept"));
    return keepsNothing;
  },
  createStream() {
    return Readable.from([]) as unknown as ReturnType<typeof keepsNothing.createStream>;
  },
  close(done) {
    done();
  },
};

/** Leave no timer behind. Errors that still come have nobody to tell. */
function dispose(client: MqttClient): void {
  client.removeAllListeners();
  client.on("error", () => undefined);
  client.end(true);
}
