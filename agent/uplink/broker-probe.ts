/**
 * Owns the question why the broker cannot be reached: goes the way of a connection step by step with the configured
 * credentials and says at which one it ends. Leaves nothing behind: what it publishes is empty and not retained.
 *
 * It connects under the device's own name, so a running connection of the agent would be taken over: ask only where
 * there is none.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP } from "node:net";
import type { Clock } from "../base/clock.js";
import { reasonOf } from "../base/errors.js";
import type { Config } from "../config/schema.js";
import { type BrokerUrl, parseBrokerUrl } from "../config/semantics.js";
import { ConnectFailure, type Connection, openConnection } from "./connection.js";
import { type Credentials, readCredentials } from "./credentials.js";
import { dial } from "./guarded-socket.js";
import { UPLINK_LIMITS } from "./limits.js";
import { downTopic, upTopic } from "./topics.js";

/** Where the way ends. */
export type BrokerTrouble =
  | "key_mismatch"
  | "expired"
  | "name"
  | "refused"
  | "unreachable"
  | "no_tls"
  | "server_expired"
  | "other_name"
  | "untrusted"
  | "no_mqtt"
  | "denied"
  | "may_not_read"
  | "may_not_write";

export interface ProbeResult {
  readonly trouble: BrokerTrouble;
  /** Host, port, reason, file, date or topic, as far as they matter. */
  readonly params: Readonly<Record<string, string | number>>;
}

const PATIENCE_MS = 8_000;
const END_PATIENCE_MS = 1_000;
const DAY_MS = 86_400_000;
const PROBE_KIND = "probe";

/** When the certificate of the device ends, milliseconds since the Unix epoch; undefined where it has none. */
export async function certificateEndMs(
  config: Config["uplink"],
  device: string,
): Promise<number | undefined> {
  const { tls } = await readCredentials(config, device);
  return tls.cert && Date.parse(new X509Certificate(tls.cert).validTo);
}

/**
 * Try to get through to the broker.
 *
 * @returns the first trouble on the way; undefined where there is none
 * @throws AgentError where the files of the credentials cannot be used
 */
export async function probeBroker(
  config: Config["uplink"],
  device: string,
  clock: Clock,
): Promise<ProbeResult | undefined> {
  const broker = config.url === null ? "error.config.problem.url" : parseBrokerUrl(config.url);
  if (typeof broker === "string") return undefined;
  const credentials = await readCredentials(config, device);
  const { host, port } = broker;
  return (
    certificateTrouble(config, credentials, clock.wallMs()) ??
    (await nameTrouble(host)) ??
    (await dialTrouble(broker, credentials)) ??
    (await sessionTrouble(config, device, broker, credentials, clock, { host, port }))
  );
}

function certificateTrouble(
  { cert_file }: Config["uplink"],
  { tls }: Credentials,
  wallMs: number,
): ProbeResult | undefined {
  if (!tls.cert || !tls.key) return undefined;
  const certificate = new X509Certificate(tls.cert);
  const file = cert_file ?? "";
  if (!certificate.checkPrivateKey(createPrivateKey(tls.key)))
    return { trouble: "key_mismatch", params: { file } };
  const date = new Date(certificate.validTo).toISOString().slice(0, 10);
  return Date.parse(certificate.validTo) < wallMs
    ? { trouble: "expired", params: { file, date } }
    : undefined;
}

async function nameTrouble(host: string): Promise<ProbeResult | undefined> {
  if (isIP(host) !== 0) return undefined;
  try {
    await lookup(host);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { trouble: "name", params: { host, reason: code ?? reasonOf(error) } };
  }
}

const TROUBLE_BY_CODE: Readonly<Record<string, BrokerTrouble>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  CERT_HAS_EXPIRED: "server_expired",
  CERT_NOT_YET_VALID: "server_expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "other_name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  CERT_SIGNATURE_FAILURE: "untrusted",
};

/** TCP, and TLS where it is asked for. */
async function dialTrouble(broker: BrokerUrl, { tls }: Credentials): Promise<ProbeResult | undefined> {
  const socket = dial(broker, tls);
  const { host, port } = broker;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await once(socket, broker.isTls ? "secureConnect" : "connect", { signal });
    return undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const isLate = (error as Error).name === "AbortError";
    const trouble = isLate
      ? "unreachable"
      : (TROUBLE_BY_CODE[code] ?? (broker.isTls ? "no_tls" : "unreachable"));
    const reason = isLate ? `no answer in ${PATIENCE_MS / 1000} s` : code || reasonOf(error);
    return { trouble, params: { host, port, reason } };
  } finally {
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

/** MQTT: whether the broker lets the device in, and to its topics. */
async function sessionTrouble(
  config: Config["uplink"],
  device: string,
  broker: BrokerUrl,
  { tls, username, password }: Credentials,
  clock: Clock,
  place: { readonly host: string; readonly port: number },
): Promise<ProbeResult | undefined> {
  const open = (protocol: 5 | 4): Promise<Connection> =>
    openConnection({
      ...{ broker, tls, username, password, protocol, clock, clientId: device, receiveWindow: 1 },
      keepaliveS: UPLINK_LIMITS.keepaliveS,
      connectTimeoutMs: PATIENCE_MS,
      inbound: {
        packetBytes: UPLINK_LIMITS.downPayloadBytes + UPLINK_LIMITS.downOverheadBytes,
        bytesPerSecond: UPLINK_LIMITS.downBytesPerSecond,
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
      onMessage: () => undefined,
    });
  let connection: Connection;
  try {
    connection = await open(config.protocol === 4 ? 4 : 5).catch((error: unknown) => {
      if (error instanceof ConnectFailure && error.kind === "version" && config.protocol === "auto")
        return open(4);
      throw error;
    });
  } catch (error) {
    const reason = reasonOf(error);
    const isDenied = /not authori[sz]ed|bad user ?name|banned|identifier|certificate|alert/i.test(reason);
    return { trouble: isDenied ? "denied" : "no_mqtt", params: { ...place, reason } };
  }
  try {
    return await topicTrouble(connection, device);
  } finally {
    await connection.end(END_PATIENCE_MS);
  }
}

async function topicTrouble(connection: Connection, device: string): Promise<ProbeResult | undefined> {
  const readTopic = downTopic(device, "ack");
  try {
    await connection.subscribe([readTopic]);
  } catch {
    return { trouble: "may_not_read", params: { topic: readTopic } };
  }
  const topic = upTopic(device, PROBE_KIND);
  const outcome = await new Promise<string>((resolve) => connection.publish(topic, "", false, resolve));
  return outcome === "refused" || outcome === "lost"
    ? { trouble: "may_not_write", params: { topic } }
    : undefined;
}

/** Days until a moment, rounded down. */
export function daysUntil(endMs: number, nowMs: number): number {
  return Math.floor((endMs - nowMs) / DAY_MS);
}
