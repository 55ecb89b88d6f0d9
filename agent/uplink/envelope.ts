/** Owns the text of every message under `up`: the envelope around data that is JSON text already. */
import type { OutboxMessage } from "../base/outbox.js";
import { ENVELOPE_VERSION } from "./schema/envelope.js";

/** Who sends: the same in every message of a process. */
export interface Sender {
  readonly device: string;
  readonly ledger: string;
  readonly boot: number;
}

/** Largest magnitude of a time JavaScript can write; a broken clock or a damaged row may exceed it. */
const LATEST_MS = 8.64e15;

export class EnvelopeWriter {
  readonly #head: string;
  readonly #historicalMs: number;

  constructor(sender: Sender, historicalMs: number) {
    const { device, ledger, boot } = sender;
    this.#head = JSON.stringify({ v: ENVELOPE_VERSION, device, ledger, boot }).slice(0, -1);
    this.#historicalMs = historicalMs;
  }

  /** A message of the outbox, sent at wall time `nowMs`. */
  numbered(message: OutboxMessage, nowMs: number): string {
    const { sequence, priority, committedMs, payload } = message;
    const isHistorical = nowMs - committedMs > this.#historicalMs;
    return (
      `${this.#head},"seq":${sequence},"class":"${priority}","sentAt":"${instant(nowMs)}",` +
      `"committedAt":"${instant(committedMs)}",${isHistorical ? '"historical":true,' : ""}"data":${payload}}`
    );
  }

  /** A message about now, outside the numbering. */
  live(data: unknown, nowMs: number): string {
    return (
      `${this.#head},"seq":null,"class":null,"sentAt":"${instant(nowMs)}","committedAt":null,` +
      `"data":${JSON.stringify(data)}}`
    );
  }
}

function instant(ms: number): string {
  const isTime = Number.isFinite(ms) && Math.abs(ms) <= LATEST_MS;
  return new Date(isTime ? ms : 0).toISOString();
}
