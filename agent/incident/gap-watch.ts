/**
 * Owns when "nothing happened" could not be told: what is wrong with the agent, as named conditions, becomes gaps that
 * last until it is right again. And what the sensors saw meanwhile.
 *
 * Durations go by the monotonic clock. Memory: one open gap per condition and interface (32).
 */
import type { Clock } from "../base/clock.js";

/** How the agent stands at one moment; packets and drops rise from the start of a sensor. */
export interface HealthSample {
  /** What is wrong, by name, and the interface it is about. */
  readonly conditions: readonly { readonly name: string; readonly subject?: string }[];
  readonly sensors: readonly {
    readonly interface: string;
    readonly packets: number;
    readonly drops: number;
  }[];
  readonly rules: { readonly version: string; readonly loaded: number; readonly refused: number };
}

export interface Gap {
  /** Name of the condition, or `agent.stopped`. */
  readonly name: string;
  /** Interface, or empty. */
  readonly subject: string;
  /** Wall time of the box, milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** -1 where it is not known: the clock was set meanwhile, or never. */
  readonly durationMs: number;
}

/** Conditions under which a detection may have been missed. The others say nothing about what was seen. */
const BLINDING: ReadonlySet<string> = new Set([
  "rules.none",
  "sensor.stalled",
  "capture.link_down",
  "capture.silent",
  "capture.undecodable",
  "capture.drops",
  "sensor.shedding",
  "store.cannot_write",
  "store.shedding",
]);
const MAX_OPEN = 32;

interface OpenGap {
  readonly name: string;
  readonly subject: string;
  readonly fromMs: number;
  readonly sinceMs: number;
}

export class GapWatch {
  readonly #clock: Clock;
  readonly #counts = new Map<string, { packets: number; drops: number }>();
  readonly #open = new Map<string, OpenGap>();
  #packets = 0;
  #drops = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Packets and drops since the last call. */
  takeTraffic(): { packets: number; drops: number } {
    const traffic = { packets: this.#packets, drops: this.#drops };
    this.#packets = 0;
    this.#drops = 0;
    return traffic;
  }

  /** Gaps that are open now, as long as they are by now. */
  openGaps(): readonly Gap[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#open.values()].map((gap) => closed(gap, nowMs));
  }

  /** Cut the open gaps: what they last from now on belongs to the next period. */
  cut(): void {
    const nowMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.wallMs();
    for (const [key, gap] of this.#open) this.#open.set(key, { ...gap, fromMs: wallMs, sinceMs: nowMs });
  }

  /** Look at everything; to be called every second. Returns the gaps that ended. */
  observe({ conditions, sensors }: HealthSample): readonly Gap[] {
    for (const sensor of sensors) this.#count(sensor);
    const nowMs = this.#clock.monotonicMs();
    const present = new Set<string>();
    for (const { name, subject = "" } of conditions) {
      const key = `${name} ${subject}`;
      if (!BLINDING.has(name)) continue;
      present.add(key);
      if (this.#open.has(key) || this.#open.size >= MAX_OPEN) continue;
      this.#open.set(key, { name, subject, fromMs: this.#clock.wallMs(), sinceMs: nowMs });
    }
    const ended: Gap[] = [];
    for (const [key, gap] of this.#open) {
      if (present.has(key)) continue;
      this.#open.delete(key);
      ended.push(closed(gap, nowMs));
    }
    return ended;
  }

  #count({ interface: name, packets, drops }: HealthSample["sensors"][number]): void {
    const before = this.#counts.get(name) ?? { packets: 0, drops: 0 };
    // A sensor that was started again counts from zero.
    this.#packets += packets >= before.packets ? packets - before.packets : packets;
    this.#drops += drops >= before.drops ? drops - before.drops : drops;
    this.#counts.set(name, { packets, drops });
  }
}

function closed({ name, subject, fromMs, sinceMs }: OpenGap, nowMs: number): Gap {
  return { name, subject, fromMs, durationMs: nowMs - sinceMs };
}
