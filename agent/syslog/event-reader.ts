/**
 * Owns what becomes of lines beside being kept: each is read by its source's format, counted by what it says, and what others want to
 * know is handed over in batches. Bound between two batches: MAX_TRAFFIC of connections, questions and requests, of which no more would be
 * judged anyway, and MAX_RARE of leases and detections, so that a flood of the former loses none of the latter; more are counted as shed.
 */
import type { LogEvent } from "./log-event.js";
import { FormatReader } from "./log-formats.js";
import type { LogSource } from "./log-source.js";
import type { SyslogMessage } from "./syslog-message.js";
import type { SourcedEvent } from "./thread-messages.js";

const MAX_TRAFFIC = 250;
const MAX_RARE = 500;
/** A device's clock that is further off than that is wrong. */
const MAX_SKEW_MS = 24 * 3_600_000;

export class EventReader {
  readonly #readers = new Map<LogSource, FormatReader>();
  readonly #counts: Partial<Record<LogEvent["kind"] | "shed", number>> = {};
  #waiting: SourcedEvent[] = [];
  #rare = 0;

  get counts(): Readonly<Partial<Record<LogEvent["kind"] | "shed", number>>> {
    return this.#counts;
  }

  /** Whether the line is of a known format. */
  read(message: SyslogMessage, source: LogSource): boolean {
    const reader = this.#readers.get(source) ?? new FormatReader(source.format);
    this.#readers.set(source, reader);
    const event = reader.read(message);
    if (event === undefined) return false;
    this.#count(event.kind);
    if (event.kind === "other") return true;
    const isRare = event.kind === "ips" || event.kind === "dhcp";
    const traffic = this.#waiting.length - this.#rare;
    if (isRare ? this.#rare >= MAX_RARE : traffic >= MAX_TRAFFIC) this.#count("shed");
    else {
      const { receivedMs, timeMs = receivedMs } = message;
      const isBelieved = Math.abs(timeMs - receivedMs) <= MAX_SKEW_MS;
      if (isRare) this.#rare++;
      const { name } = source;
      this.#waiting.push({
        source: name,
        format: reader.formatName,
        timeMs: isBelieved ? timeMs : receivedMs,
        event,
      });
    }
    return true;
  }

  /** What has come since the last time. */
  take(): readonly SourcedEvent[] {
    const events = this.#waiting;
    this.#waiting = [];
    this.#rare = 0;
    return events;
  }

  #count(kind: LogEvent["kind"] | "shed"): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
}
