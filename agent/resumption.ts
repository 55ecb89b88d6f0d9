/**
 * Takes up what the run before left in the store: open incidents, devices, summaries, and how it ended. A store that cannot be
 * read yet is asked again with each tick.
 */
import type { Clock } from "./base/clock.js";
import type { ClockWatch } from "./base/clock-quality.js";
import type { DeviceDesk } from "./device-desk.js";
import type { IncidentDesk } from "./incident/incident-desk.js";
import { lastAliveMs } from "./incident/tally.js";
import { tellLastRun } from "./last-run.js";
import type { StoreEntry } from "./store/record.js";
import type { Store } from "./store/store.js";

/** Open incidents taken up again after a restart. */
const MAX_RESUMED = 2048;

export interface ResumptionParts {
  readonly store: Store;
  /** Where the store lies: beside it are the last words of a run. */
  readonly storePath: string;
  readonly desk: IncidentDesk;
  readonly devices: DeviceDesk;
  readonly clock: Clock;
  readonly watch: ClockWatch;
  /** Have entries committed; resolves when they are. */
  readonly keep: (entries: readonly StoreEntry[]) => Promise<void>;
}

export class Resumption {
  readonly #parts: ResumptionParts;

  constructor(parts: ResumptionParts) {
    this.#parts = parts;
  }

  /** Once, before anybody listens. */
  async begin(): Promise<void> {
    const { store, desk, devices } = this.#parts;
    await devices.resume(store);
    const open = await store.openIncidents(MAX_RESUMED);
    desk.resumeIncidents([...open].reverse().map(({ payload }) => JSON.parse(payload)));
    await this.#resumeSummaries();
  }

  /** Once a second: what could not be read before. */
  tick(): void {
    void this.#parts.devices.resume(this.#parts.store);
    if (!this.#parts.desk.hasSummaries) void this.#resumeSummaries();
  }

  async #resumeSummaries(): Promise<void> {
    const { store, storePath, desk, clock, watch, keep } = this.#parts;
    const tally = await store.tally();
    if (!tally || desk.hasSummaries) return;
    const { isAfterCleanStop } = store.status();
    const now = { wallMs: clock.wallMs(), clockQuality: watch.quality };
    void tellLastRun({ storePath, isAfterCleanStop, aliveMs: lastAliveMs(tally), ...now }, keep);
    void keep(desk.resumeSummaries(tally));
  }
}
