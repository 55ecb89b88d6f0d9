/** Messages about the agent itself, as entries for the store: from there they reach the monitor in order and once. */
import type { RuleSummary } from "./active-rules.js";
import type { AgentError } from "./base/errors.js";
import type { Overflow } from "./sensor/detection.js";
import type { StoreEntry } from "./store/record.js";
import type { RuleSetChange } from "./update/update-state.js";
import type { RulesData } from "./uplink/schema/rules.js";

export function messageEntry(topic: string, data: object): StoreEntry {
  return { priority: "high", message: { topic, payload: JSON.stringify(data) } };
}

/** A sensor is gone and will be started again. */
export function gapEntry(interfaceName: string, error: AgentError, wallMs: number): StoreEntry {
  const at = new Date(wallMs).toISOString();
  return messageEntry("info", { event: "sensor_gap", interface: interfaceName, at, reason: error.message });
}

/** Records of a sensor were too many in a second and were not handed over. */
export function overflowEntry({ interfaceName, shed }: Overflow, wallMs: number): StoreEntry {
  const at = new Date(wallMs).toISOString();
  return messageEntry("info", { event: "sensor_overflow", interface: interfaceName, at, shed });
}

/** Who changed the rule sets, when and how: a line of the agent's own log. */
export function ruleSetEntry(change: RuleSetChange): StoreEntry {
  const payload = JSON.stringify({ event: "rule_sets", ...change });
  return { priority: "high", log: { timeMs: Date.parse(change.at), source: "sekisho", payload } };
}

/** Which rules are in force, and what became of the others. */
export function rulesEntry(
  { newestMs, version, generation, loaded, refused }: RuleSummary,
  sets: NonNullable<RulesData["sets"]>,
): StoreEntry {
  const newest = newestMs === undefined ? null : new Date(newestMs).toISOString();
  return messageEntry("rules", { version, generation, loaded, refused, newest, sets } satisfies RulesData);
}
