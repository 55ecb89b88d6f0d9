/** An incident desk by a clock that is moved by hand, and what it would have sent. */
import { ClockWatch } from "../../agent/base/clock-quality.js";
import { Counters } from "../../agent/base/counters.js";
import { DeviceHints } from "../../agent/incident/device-hints.js";
import type { HealthSample } from "../../agent/incident/gap-watch.js";
import { type DeskEntry, IncidentDesk } from "../../agent/incident/incident-desk.js";
import type { Summary } from "../../agent/incident/summary.js";
import { type Suppression, SuppressionSet } from "../../agent/incident/suppression.js";
import type { Detection } from "../../agent/sensor/detection.js";
import { isInside, makeDetection } from "./detection.js";
import { ManualClock } from "./manual-clock.js";

const SAMPLE: HealthSample = {
  conditions: [],
  sensors: [],
  rules: { version: "abc", loaded: 1, refused: 0 },
};
/** Envelope, topic and MQTT's headers around a payload. */
const OVERHEAD_BYTES = 320;

export interface DeskRunOptions {
  readonly budgetBytesPerHour?: number;
  readonly suppressions?: readonly Suppression[];
}

export class DeskRun {
  readonly clock = new ManualClock(new Date(2026, 10, 27, 9).getTime());
  readonly counters = new Counters();
  readonly messages: { topic: string; payload: string }[] = [];
  sentBytes = 0;
  readonly #desk: IncidentDesk;

  constructor({ budgetBytesPerHour = 512 * 1024, suppressions = [] }: DeskRunOptions = {}) {
    const set = new SuppressionSet(suppressions);
    this.#desk = new IncidentDesk({
      clock: this.clock,
      watch: new ClockWatch(this.clock, () => true),
      isInside,
      hints: new DeviceHints(),
      counters: this.counters,
      suppressions: { find: (detection) => set.find(detection, () => true) },
      budgetBytesPerHour,
    });
    this.#desk.resumeSummaries([]);
  }

  observe(changes: Partial<Detection>): readonly DeskEntry[] {
    return this.#keep(this.#desk.observe(makeDetection(changes)));
  }

  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 30_000) {
      this.clock.advance(30_000);
      this.#keep(this.#desk.tick(SAMPLE));
    }
  }

  summaries(): Summary[] {
    return this.messages
      .filter(({ topic }) => topic === "summary")
      .map(({ payload }) => JSON.parse(payload) as Summary);
  }

  #keep(entries: readonly DeskEntry[]): readonly DeskEntry[] {
    for (const { message } of entries) {
      if (!message) continue;
      this.messages.push(message);
      this.sentBytes += Buffer.byteLength(message.payload) + OVERHEAD_BYTES;
    }
    return entries;
  }
}
