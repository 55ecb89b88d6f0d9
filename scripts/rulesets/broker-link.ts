/** The operator's connection to the broker: publishes retained messages and hears what devices say. */
import { randomUUID } from "node:crypto";
import type { Argv } from "yargs";
import { systemClock } from "#agent/base/clock.js";
import { readPasswordFile, readPublicFile, readSecretFile } from "#agent/config/secret-file.js";
import { parseBrokerUrl } from "#agent/config/semantics.js";
import { type Connection, openConnection } from "#agent/uplink/connection.js";
import { UPLINK_LIMITS } from "#agent/uplink/limits.js";
import { OperatorError } from "./operator-error.js";

export interface BrokerArguments {
  readonly broker: string;
  readonly username: string | undefined;
  readonly passwordFile: string | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

export function withBrokerOptions<T>(yargs: Argv<T>) {
  return yargs
    .option("broker", {
      type: "string",
      default: process.env.SEKISHO_BROKER ?? "mqtt://127.0.0.1:1883",
      describe: "mqtts://host:port; SEKISHO_BROKER says it for all commands",
    })
    .option("username", { type: "string", describe: "User at the broker" })
    .option("password-file", { type: "string", describe: "File whose first line is the password" })
    .option("ca-file", { type: "string", describe: "Certificates to believe instead of the system's" })
    .option("cert-file", { type: "string", describe: "Client certificate" })
    .option("key-file", { type: "string", describe: "Its key" });
}

const RECEIVE_WINDOW = 16;
const WINDOW_POLL_MS = 5;
/** A fleet's reports may come all at once. */
const BYTES_PER_SECOND = 64 * 1024 * 1024;

export class BrokerLink {
  readonly #connection: Connection;
  readonly #abort: AbortController;

  private constructor(connection: Connection, abort: AbortController) {
    this.#connection = connection;
    this.#abort = abort;
  }

  /** @throws OperatorError where there is no connection */
  static async open(
    args: BrokerArguments,
    onMessage: (topic: string, payload: Buffer) => void,
  ): Promise<BrokerLink> {
    const broker = parseBrokerUrl(args.broker);
    if (typeof broker === "string") throw new OperatorError(`${args.broker} is no broker's address.`);
    const abort = new AbortController();
    try {
      const connection = await openConnection({
        broker,
        tls: {
          ...(args.caFile !== undefined && { ca: await readPublicFile(args.caFile) }),
          ...(args.certFile !== undefined && { cert: await readPublicFile(args.certFile) }),
          ...(args.keyFile !== undefined && { key: await readSecretFile(args.keyFile) }),
        },
        clientId: `rules-${randomUUID()}`,
        username: args.username,
        password: args.passwordFile === undefined ? undefined : await readPasswordFile(args.passwordFile),
        protocol: 5,
        receiveWindow: RECEIVE_WINDOW,
        keepaliveS: UPLINK_LIMITS.keepaliveS,
        connectTimeoutMs: UPLINK_LIMITS.connectTimeoutMs,
        inbound: { packetBytes: 256 * 1024, bytesPerSecond: BYTES_PER_SECOND },
        clock: systemClock,
        signal: abort.signal,
        onMessage: (topic, payload) => {
          onMessage(topic, payload);
          return undefined;
        },
      });
      return new BrokerLink(connection, abort);
    } catch (error) {
      throw new OperatorError(`No connection to ${args.broker}: ${(error as Error).message}`);
    }
  }

  /** @throws OperatorError where the broker does not allow it */
  async subscribe(...filters: string[]): Promise<void> {
    try {
      await this.#connection.subscribe(filters);
    } catch (error) {
      throw new OperatorError(
        `The broker does not let this user read ${filters.join(", ")}: ${(error as Error).message}`,
      );
    }
  }

  /** Have the broker keep a message; an empty one takes the one before away. @throws OperatorError where it does not */
  async retain(topic: string, payload: string | Buffer): Promise<void> {
    while (!this.#connection.canPublish())
      await new Promise((resolve) => setTimeout(resolve, WINDOW_POLL_MS));
    const outcome = await new Promise<string>((resolve) =>
      this.#connection.publish(topic, payload, true, resolve),
    );
    if (outcome === "refused" || outcome === "lost")
      throw new OperatorError(`The broker did not take ${topic} (${outcome}).`);
  }

  async close(): Promise<void> {
    await this.#connection.end(1000);
    this.#abort.abort();
  }
}
