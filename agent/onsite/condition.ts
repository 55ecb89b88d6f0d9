/**
 * Owns the named states of an agent that is not well. Who is healthy has none of them: an agent that detects nothing,
 * sees nothing or keeps nothing says so by name, in the health message, in `sekisho status` and in its exit code.
 */

/** failing: something it is there for does not happen. degraded: it happens, but not as it should. */
export type ConditionLevel = "failing" | "degraded";

/** Every state by its stable name, with what it means for the work of the agent. */
export const CONDITION_LEVELS = {
  "rules.none": "failing",
  "rules.stale": "degraded",
  "rules.expired": "degraded",
  "rules.taken_back": "degraded",
  "rules.damaged": "degraded",
  "sensor.stalled": "failing",
  "capture.link_down": "failing",
  "capture.silent": "failing",
  "capture.undecodable": "failing",
  "capture.drops": "degraded",
  "sensor.overloaded": "degraded",
  "sensor.shedding": "degraded",
  "store.cannot_write": "failing",
  "store.shedding": "degraded",
  "syslog.down": "failing",
  "syslog.silent": "degraded",
  "syslog.unparsable": "degraded",
  "syslog.flooded": "degraded",
  "syslog.lost": "degraded",
  "evidence.cannot_write": "degraded",
  "forward.down": "degraded",
  "forward.dropping": "degraded",
  "uplink.down": "degraded",
  "monitor.silent": "degraded",
  "clock.unset": "degraded",
  "control.unavailable": "degraded",
} as const satisfies Record<string, ConditionLevel>;

export type ConditionName = keyof typeof CONDITION_LEVELS;

export interface Condition {
  readonly name: ConditionName;
  readonly level: ConditionLevel;
  /** The interface or file it is about; absent where it is about the whole agent. */
  readonly subject?: string;
  /** Figures for the sentence that a person reads. */
  readonly params: Readonly<Record<string, string | number>>;
}

/** The health of an agent as one word. */
export type Verdict = "ok" | "degraded" | "failing";

/** The worst level among `conditions`. */
export function verdictOf(conditions: readonly Condition[]): Verdict {
  if (conditions.some(({ level }) => level === "failing")) return "failing";
  return conditions.length > 0 ? "degraded" : "ok";
}

/** Exit codes of `sekisho status --check`: 0 ok, 1 failing or not running, 3 degraded. */
export const VERDICT_EXIT_CODES: Readonly<Record<Verdict, number>> = { ok: 0, failing: 1, degraded: 3 };
