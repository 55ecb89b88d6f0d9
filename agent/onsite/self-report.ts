/**
 * Owns what the agent says of itself: takes the figures of all parts once a second, judges them, and makes of them the one
 * status that the control socket, the metrics and the health message are read from.
 */
import type { ClockQuality } from "../base/clock-quality.js";
import { verdictOf } from "./condition.js";
import { type HealthLimits, HealthWatch, type PartFact, type RuleSetFact } from "./health-watch.js";
import { isLinkUp } from "./link-state.js";
import type { SensorStatus, Status } from "./status.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** One sensor as its keeper sees it. */
export interface SensorView extends SensorStatus {
  /** false for a capture file. */
  readonly isInterface: boolean;
  readonly undecodable: number;
  readonly shed: number;
  readonly givenUpBytes: number;
}

/** Where the figures come from; each is asked when it is needed. */
export interface ReportedParts {
  readonly device: string;
  readonly version: string;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly clockQuality: () => ClockQuality;
  readonly rules: () => {
    readonly loaded: number;
    readonly refused: number;
    readonly newestMs: number | undefined;
  };
  readonly ruleSets: () => readonly RuleSetFact[];
  readonly logs?: () => readonly PartFact[];
  readonly sensors: () => readonly SensorView[];
  readonly store: () => Status["store"] & { readonly shed: number };
  readonly uplink: () => Status["uplink"] & { readonly isMonitorSilent: boolean };
  readonly forward?: () => NonNullable<Status["forward"]>;
  readonly outbox: () => Status["outbox"];
  readonly counters: () => Readonly<Record<string, number>>;
  /** Whether all that was to be served on the box is served. */
  readonly hasControl: () => boolean;
}

export class SelfReport {
  readonly #parts: ReportedParts;
  readonly #watch: HealthWatch;
  readonly #startedMs: number;

  constructor(parts: ReportedParts, limits: HealthLimits) {
    this.#parts = parts;
    this.#startedMs = parts.monotonicMs();
    this.#watch = new HealthWatch(limits, this.#startedMs);
  }

  /** Take the figures; call about once a second. */
  observe(): void {
    const { sensors, rules, store, uplink, monotonicMs, hasControl } = this.#parts;
    const { shed, state } = store();
    this.#watch.observe({
      nowMs: monotonicMs(),
      isClockUnset: this.#parts.clockQuality() === "unset",
      sensors: sensors().map((sensor) => ({
        ...sensor,
        interfaceName: sensor.interface,
        isLinkUp: sensor.isInterface ? isLinkUp(sensor.interface) : undefined,
      })),
      rules: { loaded: rules().loaded, ageDays: this.#rulesAgeDays() },
      ruleSets: this.#parts.ruleSets(),
      logs: this.#parts.logs?.() ?? [],
      store: { isWriting: state === "ready", shed },
      uplink: uplink(),
      hasControl: hasControl(),
    });
  }

  status(): Status {
    const parts = this.#parts;
    const { conditions } = this.#watch;
    const { state, bytes, budgetBytes } = parts.store();
    const { isConfigured, isConnected, reason, unacknowledged } = parts.uplink();
    const { loaded, refused } = parts.rules();
    const { user, system } = process.cpuUsage();
    return {
      device: parts.device,
      version: parts.version,
      verdict: verdictOf(conditions),
      conditions,
      uptimeS: Math.floor((parts.monotonicMs() - this.#startedMs) / 1000),
      rssBytes: process.memoryUsage.rss(),
      cpuS: (user + system) / 1_000_000,
      clock: parts.clockQuality(),
      sensors: parts.sensors().map(({ isInterface, undecodable, shed, givenUpBytes, ...sensor }) => sensor),
      rules: { loaded, refused, ageDays: this.#rulesAgeDays() },
      store: { state, bytes, budgetBytes },
      uplink: { isConfigured, isConnected, reason, unacknowledged },
      ...(parts.forward && { forward: parts.forward() }),
      outbox: parts.outbox(),
      counters: parts.counters(),
    };
  }

  /** 0 where it cannot be told: by a clock that was never set everything looks new. */
  #rulesAgeDays(): number {
    const { newestMs } = this.#parts.rules();
    return newestMs === undefined ? 0 : Math.max(0, (this.#parts.wallMs() - newestMs) / DAY_MS);
  }
}
