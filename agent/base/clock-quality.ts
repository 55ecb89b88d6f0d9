/**
 * Owns what the box's wall clock is worth, and when it was moved.
 *
 * A clock is judged by three questions: can its time be right at all (a box without battery wakes up in 1970), does
 * anything keep it right, and does it run beside the monotonic clock. Durations go by the monotonic clock, so a jump
 * costs nothing but a mark in what is told.
 */
import { existsSync } from "node:fs";
import type { Clock } from "./clock.js";

/** `unset`: cannot be right. `free`: nobody corrects it. `synchronized`: NTP has. */
export const CLOCK_QUALITIES = ["unset", "free", "synchronized"] as const;
export type ClockQuality = (typeof CLOCK_QUALITIES)[number];

/** A wall clock before this was never set, one behind it was set wrong. */
const EARLIEST_WALL_MS = Date.UTC(2024, 0, 1);
const LATEST_WALL_MS = Date.UTC(2100, 0, 1);
/** What a clock may be corrected by within a second or two without having jumped. */
const JUMP_MS = 2_000;
/** systemd-timesyncd makes it, and so do chrony's and ntpd's units on Debian through it. */
const NTP_MARK = "/run/systemd/timesync/synchronized";

export class ClockWatch {
  readonly #clock: Clock;
  readonly #isSynchronized: () => boolean;
  #offsetMs: number;
  #jumps = 0;

  constructor(clock: Clock, isSynchronized: () => boolean = () => existsSync(NTP_MARK)) {
    this.#clock = clock;
    this.#isSynchronized = isSynchronized;
    this.#offsetMs = clock.wallMs() - clock.monotonicMs();
  }

  get quality(): ClockQuality {
    const wallMs = this.#clock.wallMs();
    if (wallMs < EARLIEST_WALL_MS || wallMs > LATEST_WALL_MS) return "unset";
    return this.#isSynchronized() ? "synchronized" : "free";
  }

  /** Jumps noticed so far. */
  get jumps(): number {
    return this.#jumps;
  }

  /** To be called every second. Returns by how much the clock has jumped since the last call, milliseconds; mostly 0. */
  tick(): number {
    const offsetMs = this.#clock.wallMs() - this.#clock.monotonicMs();
    const jumpMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (Math.abs(jumpMs) < JUMP_MS) return 0;
    this.#jumps += 1;
    return jumpMs;
  }
}
