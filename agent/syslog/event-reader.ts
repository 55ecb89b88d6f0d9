/**
 * Owns what becomes of lines beside being kept: each is read by its source's format, counted by what it says, and what others want to
 * know is handed over in batches. Bound: MAX_WAITING events between two batches; more are counted as shed.
 */
import type { LogEvent } from "./log-event.js";
import { FormatReader } from "./log-formats.js";
import type { LogSource } from "./log-source.js";
import type { SyslogMessage } from "./syslog-message.js";
import type { SourcedEvent } from "./thread-messages.js";

const MAX_WAITING = 1000;
/** A device's clock that is further off than that is wrong. */
const MAX_SKEW_MS = 24 * 3_600_000;

export class EventReader {
  readonly #readers = new Map<LogSource, FormatReader>();
  readonly #counts: Partial<Record<LogEvent["kind"] | "shed", number>> = {};
  #waiting: SourcedEvent[] = [];

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
    if (this.#waiting.length >= MAX_WAITING) this.#count("shed");
    else {
      const { receivedMs, timeMs = receivedMs } = message;
      const isBelieved = Math.abs(timeMs - receivedMs) <= MAX_SKEW_MS;
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
    return events;
  }

  #count(kind: LogEvent["kind"] | "shed"): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
}
