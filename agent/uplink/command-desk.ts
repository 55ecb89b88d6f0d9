/**
 * Owns the commands of a monitor: `down/cmd/<name>`. Each is answered by one result, which travels through the outbox like
 * everything that must not be lost. What is no command is counted and not answered.
 *
 * The broker says who may send commands; here only what they may cost is bounded: so many a minute, one at a time of a
 * name. None of them changes what is detected or kept.
 */
import type { Clock } from "../base/clock.js";
import type { Counters } from "../base/counters.js";
import { reasonOf } from "../base/errors.js";
import { isValid } from "../base/json-schema.js";
import { COMMAND_SCHEMA, type CommandMessage, type ResultData } from "./schema/command.js";
import { downTopic } from "./topics.js";

/** What the agent does on a command; a rejection becomes the result. */
export type CommandHandlers = Readonly<Record<string, () => Promise<void> | void>>;

export interface CommandOptions {
  readonly handlers: CommandHandlers;
  /** Puts a result into the outbox. */
  readonly reply: (result: ResultData) => void;
}

const MOST_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const REASON_CHARACTERS = 500;

export class CommandDesk {
  readonly #prefix: string;
  readonly #options: CommandOptions;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #running = new Set<string>();
  #minuteMs = Number.NEGATIVE_INFINITY;
  #taken = 0;

  constructor(device: string, options: CommandOptions, clock: Clock, counters: Counters) {
    this.#prefix = downTopic(device, "cmd/");
    this.#options = options;
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Filter of all commands. */
  get filter(): string {
    return `${this.#prefix}+`;
  }

  /** Take a message; false where it is no command. */
  receive(topic: string, payload: Uint8Array): boolean {
    if (!topic.startsWith(this.#prefix)) return false;
    const command = topic.slice(this.#prefix.length);
    const message = parse(payload);
    if (message === undefined || !/^[a-z][a-z_]{0,31}$/.test(command)) return false;
    this.#counters.add("uplink.commands");
    void this.#run(command, message.id);
    return true;
  }

  async #run(command: string, id: string): Promise<void> {
    const { handlers, reply } = this.#options;
    if (!this.#pay() || this.#running.has(command)) {
      // Not even a result: whoever floods must not fill the outbox.
      this.#counters.add("uplink.commands_refused");
      return;
    }
    const handler = Object.hasOwn(handlers, command) ? handlers[command] : undefined;
    if (handler === undefined) {
      reply({ id, command, ok: false, code: "unknown_command" });
      return;
    }
    this.#running.add(command);
    try {
      await handler();
      reply({ id, command, ok: true });
    } catch (error) {
      reply({ id, command, ok: false, code: "failed", reason: reasonOf(error).slice(0, REASON_CHARACTERS) });
    } finally {
      this.#running.delete(command);
    }
  }

  #pay(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      this.#taken = 0;
    }
    this.#taken++;
    return this.#taken <= MOST_PER_MINUTE;
  }
}

function parse(payload: Uint8Array): CommandMessage | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return isValid(COMMAND_SCHEMA, value) ? (value as CommandMessage) : undefined;
  } catch {
    return undefined;
  }
}
