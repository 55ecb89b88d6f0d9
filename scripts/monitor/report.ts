/** Owns what the monitor's two outputs, screen and JSON, have in common; and the JSON one. */
import type { NumberedMessage } from "#agent/uplink/schema/envelope.js";
import type { HealthMessage } from "#agent/uplink/schema/health.js";
import type { Device } from "./devices.js";
import type { Range } from "./held-ranges.js";
import type { MonitorNews, MonitorTotals } from "./monitor.js";

export interface Report extends MonitorNews {
  /** Different incidents so far. */
  readonly incidents: number;
  totals(totals: MonitorTotals): void;
}

/** Incidents remembered for counting. */
const MAX_COUNTED = 100_000;

/** One JSON object per line, each with an `event`. */
export class JsonReport implements Report {
  readonly #write: (text: string) => void;
  readonly #ids = new Set<string>();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get incidents(): number {
    return this.#ids.size;
  }

  onConnected(protocol: number): void {
    this.#line("connected", { protocol });
  }

  onDown(reason: string): void {
    this.#line("down", { reason });
  }

  onMessage(message: NumberedMessage, kind: string): void {
    if (kind === "incident" && this.#ids.size < MAX_COUNTED) {
      this.#ids.add(`${message.device} ${"id" in message.data ? message.data.id : message.seq}`);
    }
    this.#line(kind, { message });
  }

  onState({ id, ledger, boot, session, status }: Device): void {
    this.#line("state", { device: id, status, ledger, boot, session });
  }

  onHealth(message: HealthMessage): void {
    this.#line("health", { message });
  }

  onGaps(device: string, ranges: readonly Range[]): void {
    this.#line("gaps", { device, ranges });
  }

  onCheckpoint(device: string, verdict: string, epoch: number): void {
    this.#line("checkpoint", { device, verdict, epoch });
  }

  onSilence(device: string): void {
    this.#line("silence", { device });
  }

  totals(totals: MonitorTotals): void {
    this.#line("totals", { incidents: this.incidents, ...totals });
  }

  #line(event: string, fields: object): void {
    this.#write(`${JSON.stringify({ event, ...fields })}\n`);
  }
}
