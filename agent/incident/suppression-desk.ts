/**
 * Owns which suppressions are in force now: reads their file anew when it has changed, and lets them end.
 *
 * A file that cannot be read changes nothing, and is said: at the start it means that nothing is hidden. An end is
 * counted down by the monotonic clock, so that a clock that jumps ends nothing early; a step of the clock counts only
 * where NTP has made it or the clock was never set before.
 */
import { stat } from "node:fs/promises";
import type { Clock } from "../base/clock.js";
import type { ClockQuality, ClockWatch } from "../base/clock-quality.js";
import type { Counters } from "../base/counters.js";
import { reasonOf } from "../base/errors.js";
import type { Log } from "../base/log.js";
import type { Detection } from "../sensor/detection.js";
import { type Suppression, SuppressionSet } from "./suppression.js";
import { readSuppressions } from "./suppression-file.js";

export interface SuppressionDeskOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly watch: ClockWatch;
  readonly counters: Counters;
  readonly log: Log;
  /** Told of what the file says now that it did not say before; at the start of all of it. */
  readonly onChange?: (change: SuppressionChange) => void;
}

export interface SuppressionChange {
  readonly added: readonly Suppression[];
  readonly removed: readonly Suppression[];
}

export class SuppressionDesk {
  readonly #options: SuppressionDeskOptions;
  #set = new SuppressionSet([]);
  #all: readonly Suppression[] = [];
  /** What the file was when it was last read. */
  #mark = "";
  /** Wall time at monotonic time 0, as far as it is believed. */
  #originMs: number;
  #quality: ClockQuality;

  constructor(options: SuppressionDeskOptions) {
    this.#options = options;
    this.#originMs = options.clock.wallMs() - options.clock.monotonicMs();
    this.#quality = options.watch.quality;
  }

  /** Look whether the file has changed; to be called at the start and every few seconds. Never rejects. */
  async refresh(): Promise<void> {
    const { file, counters, log } = this.#options;
    this.#followClock();
    const mark = await stat(file).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      ({ code }) => (code === "ENOENT" ? "none" : `unreadable ${code}`),
    );
    if (mark !== this.#mark) {
      this.#mark = mark;
      try {
        const before = this.#all;
        this.#all = await readSuppressions(file);
        this.#set = new SuppressionSet(this.#all);
        this.#tell(before, this.#all);
        if (this.#all.length > 0) log.info({ suppressions: this.#all.length }, "suppressions are read");
      } catch (error) {
        counters.add("suppression.file_errors");
        log.error({ reason: reasonOf(error) }, "suppressions cannot be read; those known stay in force");
      }
    }
    counters.set("suppression.active", this.#all.filter((one) => this.#isInForce(one)).length);
  }

  /** The suppression that hides a detection, if one does. */
  find(detection: Detection): Suppression | undefined {
    return this.#set.size === 0
      ? undefined
      : this.#set.find(detection, (suppression) => this.#isInForce(suppression));
  }

  #tell(before: readonly Suppression[], after: readonly Suppression[]): void {
    const without = (some: readonly Suppression[], others: readonly Suppression[]): readonly Suppression[] =>
      some.filter((one) => !others.some((other) => JSON.stringify(other) === JSON.stringify(one)));
    const change = { added: without(after, before), removed: without(before, after) };
    if (change.added.length + change.removed.length > 0) this.#options.onChange?.(change);
  }

  #isInForce({ expiresAt }: Suppression): boolean {
    return this.#originMs + this.#options.clock.monotonicMs() < Date.parse(expiresAt);
  }

  #followClock(): void {
    const { clock, watch } = this.#options;
    const before = this.#quality;
    this.#quality = watch.quality;
    if (this.#quality === "synchronized" || before === "unset")
      this.#originMs = clock.wallMs() - clock.monotonicMs();
  }
}
