/**
 * Owns what the store does for itself now and then: mark the passing of time, let old rows go, tell what had to leave,
 * give free pages back, put the ballast in place again. Everything is done in small transactions; whoever wants to
 * write waits for one of them at most.
 */
import type { Clock } from "../base/clock.js";
import type { Ballast } from "./ballast.js";
import type { Keeper } from "./keeper.js";

/** Departures are told at most so often. */
const TELL_MS = 3_600_000;

export class Maintenance {
  readonly #keeper: Keeper;
  readonly #ballast: Ballast;
  readonly #clock: Clock;
  readonly #onNotice: () => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** `onNotice` is called when a notice has been committed. */
  constructor(keeper: Keeper, ballast: Ballast, clock: Clock, onNotice: () => void) {
    this.#keeper = keeper;
    this.#ballast = ballast;
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  start(intervalMs: number): void {
    this.#timer = setInterval(() => void this.run(), intervalMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Do what is due. A database that fails on the way is the keeper's. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    const backend = this.#keeper.backend;
    if (!backend) return;
    const { writer, database } = backend;
    try {
      const isTellingDue = this.#clock.monotonicMs() - this.#toldMs >= TELL_MS;
      if (isTellingDue || writer.timeline.isDue(writer.reading())) {
        if (await writer.tellDepartures()) this.#onNotice();
        if (isTellingDue) this.#toldMs = this.#clock.monotonicMs();
      }
      await writer.expire();
      await database.giveBack();
      const wasMissed = this.#keeper.isBallastReleased;
      if ((await this.#ballast.restore()) && wasMissed) {
        this.#keeper.isBallastReleased = false;
        const { bytes } = this.#ballast;
        await writer.write([], [{ event: "store.ballast", isReleased: false, bytes }]);
        this.#onNotice();
      }
    } catch (error) {
      this.#keeper.fail(error, backend);
    }
  }
}
