/** Joins what the parts of the agent know of themselves into the report behind `sekisho status`. */
import type { Clock } from "./base/clock.js";
import type { ClockQuality } from "./base/clock-quality.js";
import type { Counters } from "./base/counters.js";
import type { Config } from "./config/schema.js";
import type { ForwardDesk } from "./forward-desk.js";
import type { PartFact } from "./onsite/health-watch.js";
import { type ReportedParts, SelfReport } from "./onsite/self-report.js";
import type { SensorFleet } from "./sensor-fleet.js";
import type { Store } from "./store/store.js";
import type { Uplink } from "./uplink/uplink.js";

interface ReportingPart {
  conditions(): readonly PartFact[];
  counters(): Readonly<Record<string, number>>;
}

export interface ReportingParts extends Pick<ReportedParts, "rules" | "ruleSets" | "hasControl"> {
  readonly options: { readonly config: Config; readonly clock: Clock; readonly version: string };
  readonly clockQuality: () => ClockQuality;
  /** Parts with conditions and counters of their own. */
  readonly logs: readonly ReportingPart[];
  readonly forward: ForwardDesk;
  readonly fleet: SensorFleet;
  readonly store: Store;
  readonly uplink: Uplink;
  readonly counters: Counters;
}

export function agentReport(parts: ReportingParts): SelfReport {
  const { options, forward, fleet, store, uplink, counters } = parts;
  const judged = [...parts.logs, forward];
  const { config, clock, version } = options;
  return new SelfReport(
    {
      device: config.device.id,
      version,
      monotonicMs: clock.monotonicMs,
      wallMs: clock.wallMs,
      clockQuality: parts.clockQuality,
      rules: parts.rules,
      ruleSets: parts.ruleSets,
      logs: () => judged.flatMap((part) => part.conditions()),
      sensors: () => fleet.views(),
      store: () => {
        const { state, usage, budgetBytes } = store.status();
        const bytes = Object.values(usage).reduce((sum, part) => sum + part.bytes, 0);
        return { state, bytes, budgetBytes, shed: counters.get("store.shed") };
      },
      uplink: () => {
        const { reason, ...state } = uplink.state();
        return { ...state, reason: reason ?? null };
      },
      ...(forward.isWanted && { forward: () => forward.states() }),
      outbox: () => {
        const { records, bytes } = store.status().usage.outbox;
        return { messages: records, bytes };
      },
      counters: () =>
        Object.assign(
          {},
          ...[fleet, ...judged].map((part) => part.counters()),
          counters.snapshot(),
        ) as Record<string, number>,
      hasControl: parts.hasControl,
    },
    {
      silenceMs: config.health.silence_min * 60_000,
      rulesMaxAgeDays: config.health.rules_max_age_days,
      uplinkPatienceMs: config.health.uplink_patience_min * 60_000,
    },
  );
}
