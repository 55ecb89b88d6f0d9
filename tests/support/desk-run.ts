/** An incident desk by a clock that is moved by hand, and what it would have sent. */
import { ClockWatch } from "../../agent/base/clock-quality.js";
import { Counters } from "../../agent/base/counters.js";
import type { HealthSample } from "../../agent/incident/gap-watch.js";
import { type DeskEntry, IncidentDesk } from "../../agent/incident/incident-desk.js";
import type { Summary } from "../../agent/incident/summary.js";
import { type Suppression, SuppressionSet } from "../../agent/incident/suppression.js";
import type { TallyAmount, TallyChange } from "../../agent/incident/tally.js";
import type { Detection } from "../../agent/sensor/detection.js";
import { directoryOf, isInside, makeDetection } from "./detection.js";
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
  readonly detailBytesPerHour?: number;
  readonly suppressions?: readonly Suppression[];
  /** The run before, whose numbers the store has kept. */
  readonly after?: DeskRun;
}

export class DeskRun {
  readonly clock = new ManualClock(new Date(2026, 10, 27, 9).getTime());
  readonly counters = new Counters();
  readonly messages: { topic: string; payload: string }[] = [];
  sentBytes = 0;
  /** Numbers as the store would have them. */
  readonly #amounts = new Map<string, TallyAmount>();
  readonly #desk: IncidentDesk;

  constructor({
    budgetBytesPerHour = 512 * 1024,
    detailBytesPerHour = 16 * 1024 * 1024,
    suppressions = [],
    after,
  }: DeskRunOptions = {}) {
    const set = new SuppressionSet(suppressions);
    this.#desk = new IncidentDesk({
      clock: this.clock,
      watch: new ClockWatch(this.clock, () => true),
      isInside,
      devices: directoryOf(),
      counters: this.counters,
      suppressions: { find: (detection) => set.find(detection, () => true) },
      budgetBytesPerHour,
      detailBytesPerHour,
    });
    this.#keep(this.#desk.resumeSummaries(after ? [...after.#amounts.values()] : []));
    if (after)
      for (const [name, amount] of after.#amounts)
        if (amount[0] === "budget") this.#amounts.set(name, amount);
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

  /** What is stored when the agent is stopped. */
  settle(): readonly DeskEntry[] {
    return this.#keep(this.#desk.settle());
  }

  summaries(): Summary[] {
    return this.messages
      .filter(({ topic }) => topic === "summary")
      .map(({ payload }) => JSON.parse(payload) as Summary);
  }

  #count({ add = [], set = [], drop = [] }: TallyChange): void {
    for (const [name, [period]] of this.#amounts) if (drop.includes(period)) this.#amounts.delete(name);
    for (const amount of set) this.#amounts.set(JSON.stringify(amount.slice(0, 2)), amount);
    for (const [period, key, amount] of add) {
      const name = JSON.stringify([period, key]);
      this.#amounts.set(name, [period, key, (this.#amounts.get(name)?.[2] ?? 0) + amount]);
    }
  }

  #keep(entries: readonly DeskEntry[]): readonly DeskEntry[] {
    for (const { message, tally } of entries) {
      this.#count(tally ?? {});
      if (!message) continue;
      this.messages.push(message);
      this.sentBytes += Buffer.byteLength(message.payload) + OVERHEAD_BYTES;
    }
    return entries;
  }
}
