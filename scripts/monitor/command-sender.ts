/**
 * Owns one command to one device: sent where the device is there, answered by its result, however that ends.
 *
 * A connection of its own: monitors that are at work are not disturbed, and go on storing the result as everything else.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#agent/base/clock.js";
import { AgentError, type ErrorCode, reasonOf } from "#agent/base/errors.js";
import { isValid } from "#agent/base/json-schema.js";
import type { BrokerUrl } from "#agent/config/semantics.js";
import {
  ConnectFailure,
  type Connection,
  type ConnectionOptions,
  openConnection,
  type PublishOutcome,
} from "#agent/uplink/connection.js";
import type { TlsFiles } from "#agent/uplink/guarded-socket.js";
import { UPLINK_LIMITS } from "#agent/uplink/limits.js";
import { RESULT_SCHEMA, type ResultData, type ResultMessage } from "#agent/uplink/schema/command.js";
import { HEALTH_SCHEMA, type HealthMessage } from "#agent/uplink/schema/health.js";
import { RULES_SCHEMA, type RulesMessage } from "#agent/uplink/schema/rules.js";
import { STATE_SCHEMA, type StateMessage } from "#agent/uplink/schema/state.js";
import { downTopic, parseUpTopic, upTopic } from "#agent/uplink/topics.js";

/** What devices serve. */
export const COMMANDS = ["health", "rules"] as const;
export type Command = (typeof COMMANDS)[number];

export interface SendOptions {
  readonly broker: BrokerUrl;
  readonly tls: TlsFiles;
  readonly username?: string;
  readonly password?: string;
  readonly device: string;
  readonly command: Command;
  readonly timeoutMs: number;
}

export interface CommandAnswer {
  readonly result: ResultData;
  /** What the device has told on the way to it. */
  readonly told: HealthMessage | RulesMessage | undefined;
}

const TOLD = { health: HEALTH_SCHEMA, rules: RULES_SCHEMA } as const;
const INBOUND = { packetBytes: 256 * 1024, bytesPerSecond: 64 * 1024 * 1024 };
const ID_BYTES = 8;
/** A retained state comes right behind the answer to the subscription. */
const STATE_MS = 3_000;
const POLL_MS = 5;
const END_MS = 500;

/**
 * Send a command and wait for its result.
 *
 * @throws AgentError `error.monitor.broker`, `.unknown_device`, `.device_away`, `.not_listening`, `.may_not_send` or `.no_answer`
 */
export async function sendCommand(options: SendOptions): Promise<CommandAnswer> {
  const { device, command, timeoutMs } = options;
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  const id = `send-${randomBytes(ID_BYTES).toString("hex")}`;
  let state: StateMessage["data"]["status"] | undefined;
  let told: CommandAnswer["told"];
  let result: ResultData | undefined;
  let outcome: PublishOutcome | undefined;
  const fail = (code: ErrorCode): never => {
    throw new AgentError(code, { device, command, status: state ?? "", seconds: timeoutMs / 1000 });
  };
  const connection = await connect(options, (topic, payload) => {
    const { kind } = parseUpTopic(topic) ?? {};
    const value = parseJson(payload);
    if (kind === "state" && isValid(STATE_SCHEMA, value)) state = (value as StateMessage).data.status;
    if (kind === command && isValid(TOLD[command], value)) told = value as CommandAnswer["told"];
    if (kind !== "result" || !isValid(RESULT_SCHEMA, value)) return;
    const { data } = value as ResultMessage;
    if (data.id === id) result = data;
  });
  const waitUntil = async (isDone: () => boolean, untilMs: number): Promise<void> => {
    while (!isDone() && connection.canPublish() && systemClock.monotonicMs() < untilMs) await sleep(POLL_MS);
  };
  try {
    await connection.subscribe(["state", "result", command].map((kind) => upTopic(device, kind)));
    const stateMs = Math.min(deadlineMs, systemClock.monotonicMs() + STATE_MS);
    await waitUntil(() => state !== undefined, stateMs);
    if (state === undefined) fail("error.monitor.unknown_device");
    if (state !== "online") fail("error.monitor.device_away");
    told = undefined;
    const text = JSON.stringify({ v: 1, id });
    connection.publish(downTopic(device, `cmd/${command}`), text, false, (now) => {
      outcome = now;
    });
    await waitUntil(() => result !== undefined || outcome === "unheard" || outcome === "refused", deadlineMs);
    if (result) return { result, told };
    if (outcome === "unheard") fail("error.monitor.not_listening");
    if (outcome === "refused") fail("error.monitor.may_not_send");
    return fail("error.monitor.no_answer");
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw brokerError(options, error);
  } finally {
    await connection.end(END_MS);
  }
}

/** In MQTT 5, else 3.1.1. */
async function connect(
  options: SendOptions,
  onMessage: (topic: string, payload: Buffer) => void,
): Promise<Connection> {
  const { broker, tls, username, password, timeoutMs } = options;
  const common: Omit<ConnectionOptions, "protocol"> = {
    broker,
    tls,
    clientId: `monitor-send-${process.pid}`,
    username,
    password,
    // A publish that is open must not look like a connection that has ended.
    receiveWindow: 8,
    keepaliveS: UPLINK_LIMITS.keepaliveS,
    connectTimeoutMs: Math.min(timeoutMs, UPLINK_LIMITS.connectTimeoutMs),
    inbound: INBOUND,
    clock: systemClock,
    signal: new AbortController().signal,
    onMessage: (topic, payload) => {
      onMessage(topic, payload);
      return undefined;
    },
  };
  try {
    return await openConnection({ ...common, protocol: 5 }).catch((error: unknown) => {
      if (error instanceof ConnectFailure && error.kind !== "other") {
        return openConnection({ ...common, protocol: 4 });
      }
      throw error;
    });
  } catch (error) {
    throw brokerError(options, error);
  }
}

function brokerError({ broker }: SendOptions, error: unknown): AgentError {
  const params = { host: broker.host, port: broker.port, reason: reasonOf(error) };
  return new AgentError("error.monitor.broker", params, { cause: error });
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}
