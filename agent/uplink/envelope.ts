/** Owns the text of every message under `up`: the envelope around data that is JSON text already. */
import type { OutboxMessage } from "../base/outbox.js";
import { ENVELOPE_VERSION } from "./schema/envelope.js";

/** Who sends. */
export interface Sender {
  readonly device: string;
  /** May rise once: from 0, as long as the store could not be opened, to its number. */
  readonly boot: number;
  /** The outbox, whose ledger may change: when a store had to be made anew while the agent runs. */
  readonly outbox: { readonly ledger: string };
}

/** Largest magnitude of a time JavaScript can write; a broken clock or a damaged row may exceed it. */
const LATEST_MS = 8.64e15;

export class EnvelopeWriter {
  readonly #sender: Sender;
  readonly #historicalMs: number;
  #ledger: string | undefined;
  #boot: number | undefined;
  #head = "";

  constructor(sender: Sender, historicalMs: number) {
    this.#sender = sender;
    this.#historicalMs = historicalMs;
  }

  /** A message of the outbox, sent at wall time `nowMs`. */
  numbered(message: OutboxMessage, nowMs: number): string {
    const { sequence, priority, committedMs, clock, payload } = message;
    // One that seems to come from the future was written before the clock was put back.
    const isHistorical = Math.abs(nowMs - committedMs) > this.#historicalMs;
    return (
      `${this.#common()},"seq":${sequence},"class":"${priority}","sentAt":"${instant(nowMs)}",` +
      `"committedAt":"${instant(committedMs)}",${clock ? `"clock":"${clock}",` : ""}${isHistorical ? '"historical":true,' : ""}"data":${payload}}`
    );
  }

  /** A message about now, outside the numbering. */
  live(data: unknown, nowMs: number): string {
    return (
      `${this.#common()},"seq":null,"class":null,"sentAt":"${instant(nowMs)}","committedAt":null,` +
      `"data":${JSON.stringify(data)}}`
    );
  }

  /** The members that all messages begin with, without the closing brace. */
  #common(): string {
    const { device, boot, outbox } = this.#sender;
    if (outbox.ledger !== this.#ledger || boot !== this.#boot) {
      this.#ledger = outbox.ledger;
      this.#boot = boot;
      this.#head = JSON.stringify({ v: ENVELOPE_VERSION, device, ledger: this.#ledger, boot }).slice(0, -1);
    }
    return this.#head;
  }
}

function instant(ms: number): string {
  const isTime = Number.isFinite(ms) && Math.abs(ms) <= LATEST_MS;
  return new Date(isTime ? ms : 0).toISOString();
}
