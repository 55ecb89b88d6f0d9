/**
 * Owns the judgement of the sources of logs: who has fallen silent, whose lines cannot be read any more, who floods, what was
 * lost on the way. Shares are judged over whole windows, so that one odd line is no condition.
 */
import type { SyslogStatus } from "./thread-messages.js";

export interface LogCondition {
  readonly name: "syslog.down" | "syslog.silent" | "syslog.unparsable" | "syslog.flooded" | "syslog.lost";
  /** The source; empty where it is about all. */
  readonly subject: string;
  readonly params: Readonly<Record<string, string | number>>;
}

const WINDOW_MS = 60_000;
/** Shares of few lines mean nothing. */
const FEWEST_LINES = 20;
const MOST_UNPARSABLE = 0.5;
/** A receiver that is being started is not down yet. */
const START_MS = 5000;

/** A count at the beginning of this window and of the one before. */
class Window {
  #previous = 0;
  #current = 0;

  /** How much the count has risen since the window before this one began. */
  rise(value: number): number {
    // A count that falls belongs to a receiver that was started anew.
    if (value < this.#current) {
      this.#previous = 0;
      this.#current = 0;
    }
    return value - this.#previous;
  }

  roll(value: number): void {
    this.#previous = this.#current;
    this.#current = value;
  }
}

export class SourceHealth {
  readonly #windows = new Map<string, Window>();
  #rolledMs = Number.NEGATIVE_INFINITY;
  #upMs = Number.NaN;

  /** @param nowMs monotonic */
  observe(nowMs: number, status: SyslogStatus | undefined, isListening: boolean): LogCondition[] {
    if (isListening || Number.isNaN(this.#upMs)) this.#upMs = nowMs;
    if (nowMs - this.#upMs >= START_MS) return [{ name: "syslog.down", subject: "", params: {} }];
    if (status === undefined) return [];
    const isRolling = nowMs - this.#rolledMs >= WINDOW_MS;
    if (isRolling) this.#rolledMs = nowMs;
    const rise = (key: string, value: number): number => {
      const window = this.#windows.get(key) ?? new Window();
      this.#windows.set(key, window);
      const risen = window.rise(value);
      if (isRolling) window.roll(value);
      return risen;
    };
    const found: LogCondition[] = [];
    let lost = rise("kernel", status.kernelDrops ?? 0);
    for (const source of status.sources) {
      const { name: subject, silentMs, silenceMs } = source;
      if (silenceMs > 0 && silentMs >= silenceMs)
        found.push({ name: "syslog.silent", subject, params: { minutes: Math.floor(silentMs / 60_000) } });
      const none = rise(`${subject} none`, source.none);
      const read = rise(`${subject} read`, source.ok + source.partial + source.none);
      if (read >= FEWEST_LINES && none / read > MOST_UNPARSABLE) {
        const percent = Math.round((none / read) * 100);
        found.push({ name: "syslog.unparsable", subject, params: { percent } });
      }
      const flooded = rise(`${subject} flooded`, source.flooded);
      if (flooded > 0) found.push({ name: "syslog.flooded", subject, params: { count: flooded } });
      lost += rise(`${subject} shed`, source.shed);
    }
    if (lost > 0) found.push({ name: "syslog.lost", subject: "", params: { count: lost } });
    return found;
  }
}
