/**
 * Owns what a broker says about rule sets: desired versions and withdrawals for the device and its groups, and the chunks of a
 * bundle, asked for one at a time. Nothing here is trusted; what is too large, of another form or not asked for is counted.
 *
 * Memory: one chunk, and one desired version a topic.
 */
import type { Counters } from "../base/counters.js";
import { isValid } from "../base/json-schema.js";
import type { Connection } from "./connection.js";
import { DESIRED_RULES_SCHEMA, type DesiredRules } from "./schema/desired-rules.js";
import { contentTopic, downTopic, groupName } from "./topics.js";

export interface RuleFeedOptions {
  readonly groups: readonly string[];
  readonly onDesired: (desired: DesiredRules) => void;
  /** A signed document; its bytes are not looked into. */
  readonly onWithdrawal: (envelope: Uint8Array) => void;
}

const WITHDRAWAL = "withdrawal";
const MAX_WITHDRAWAL_BYTES = 16 * 1024;
/** A retained message comes at once or is not there. */
const CHUNK_PATIENCE_MS = 20_000;

export class RuleFeed {
  readonly #options: RuleFeedOptions;
  readonly #counters: Counters;
  readonly #topics: ReadonlyMap<string, "desired" | "withdrawal">;
  #connection: Connection | undefined;
  #awaited: { readonly topic: string; readonly done: (chunk: Buffer | undefined) => void } | undefined;

  constructor(device: string, options: RuleFeedOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
    const readers = [device, ...options.groups.map(groupName)];
    this.#topics = new Map(
      readers.flatMap((reader) => [
        [downTopic(reader, "rules/vendor"), "desired"] as const,
        [downTopic(reader, "rules/site"), "desired"] as const,
        [downTopic(reader, `rules/${WITHDRAWAL}`), "withdrawal"] as const,
      ]),
    );
  }

  /** @throws Error where the broker does not let this device read about its rules */
  async attach(connection: Connection): Promise<void> {
    this.#connection = connection;
    await connection.subscribe([...this.#topics.keys()]);
  }

  detach(): void {
    this.#connection = undefined;
    this.#awaited?.done(undefined);
  }

  /** Take a message; false where it is none of these. */
  receive(topic: string, payload: Buffer): boolean {
    if (this.#awaited?.topic === topic) {
      this.#awaited.done(payload);
      return true;
    }
    const kind = this.#topics.get(topic);
    if (kind === undefined) return false;
    // An empty retained message takes the one before away.
    if (payload.length === 0) return true;
    if (kind === "withdrawal") {
      if (payload.length <= MAX_WITHDRAWAL_BYTES) this.#options.onWithdrawal(payload);
      else this.#counters.add("rules.down_refused");
      return true;
    }
    const desired = parse(payload);
    if (desired === undefined) this.#counters.add("rules.down_refused");
    else this.#options.onDesired(desired);
    return true;
  }

  /** A chunk of a bundle; undefined where there is no connection or no such chunk. */
  async fetchChunk(bundle: string, index: number): Promise<Buffer | undefined> {
    const connection = this.#connection;
    if (connection === undefined || this.#awaited !== undefined) return undefined;
    const topic = contentTopic(bundle, index);
    let timer: NodeJS.Timeout | undefined;
    try {
      const chunk = new Promise<Buffer | undefined>((done) => {
        this.#awaited = { topic, done };
        timer = setTimeout(() => done(undefined), CHUNK_PATIENCE_MS);
      });
      await connection.subscribe([topic]);
      return await chunk;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      this.#awaited = undefined;
      connection.unsubscribe(topic);
    }
  }
}

function parse(payload: Uint8Array): DesiredRules | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return isValid(DESIRED_RULES_SCHEMA, value) ? (value as DesiredRules) : undefined;
  } catch {
    return undefined;
  }
}
