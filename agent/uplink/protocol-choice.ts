/**
 * Owns which MQTT version is spoken: 5 first, 3.1.1 where the broker does not know 5, and 5 again after a while.
 *
 * Brokers without MQTT 5 answer a version 5 CONNECT with "unacceptable protocol version", or just close. A close may
 * also mean a broker that is about to stop, so it takes two in a row to change over.
 */
import type { Clock } from "../base/clock.js";

export type ProtocolVersion = 5 | 4;

/** How an attempt to connect ended. */
export type AttemptOutcome = "accepted" | "version-refused" | "closed-unanswered" | "failed";

export class ProtocolChoice {
  readonly #fixed: ProtocolVersion | undefined;
  readonly #clock: Clock;
  readonly #retryMs: number;
  /** When 3.1.1 was found to be what the broker speaks. */
  #olderSinceMs: number | undefined;
  #isTryingOlder = false;
  #closes = 0;

  constructor(setting: "auto" | ProtocolVersion, clock: Clock, retryMs: number) {
    this.#fixed = setting === "auto" ? undefined : setting;
    this.#clock = clock;
    this.#retryMs = retryMs;
  }

  /** The version for the next attempt. */
  next(): ProtocolVersion {
    if (this.#fixed !== undefined) return this.#fixed;
    if (this.#isTryingOlder) return 4;
    if (this.#olderSinceMs === undefined) return 5;
    return this.#clock.monotonicMs() - this.#olderSinceMs < this.#retryMs ? 4 : 5;
  }

  /** Note the outcome of an attempt. Returns whether the next one should follow at once, with the other version. */
  note(version: ProtocolVersion, outcome: AttemptOutcome): boolean {
    if (this.#fixed !== undefined) return false;
    if (version === 4) {
      // 3.1.1 refused as well: it was not the version. Begin anew with 5 next time.
      if (outcome === "accepted") this.#olderSinceMs ??= this.#clock.monotonicMs();
      else if (this.#isTryingOlder) this.#olderSinceMs = undefined;
      this.#isTryingOlder = false;
      this.#closes = 0;
      return false;
    }
    this.#closes = outcome === "closed-unanswered" ? this.#closes + 1 : 0;
    const shouldTryOlder = outcome === "version-refused" || this.#closes >= 2;
    if (shouldTryOlder || outcome === "accepted") this.#olderSinceMs = undefined;
    this.#isTryingOlder = shouldTryOlder;
    return shouldTryOlder;
  }
}
