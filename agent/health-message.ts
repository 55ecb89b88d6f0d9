/** The health message as the uplink sends it, made of what the agent says of itself. */
import type { Status } from "./onsite/status.js";
import type { HealthData } from "./uplink/schema/health.js";

/** @param generation of the rules in force */
export function healthMessage(status: Status, generation: number): HealthData {
  return {
    uptimeS: status.uptimeS,
    rssBytes: status.rssBytes,
    clock: status.clock,
    verdict: status.verdict,
    conditions: status.conditions.map(({ name, level, subject }) => ({
      name,
      level,
      ...(subject !== undefined && { subject }),
    })),
    sensors: status.sensors.map((sensor) => ({
      interface: sensor.interface,
      alive: sensor.isAlive,
      packets: sensor.packets,
      drops: sensor.drops,
    })),
    rules: { generation, loaded: status.rules.loaded, refused: status.rules.refused },
    store: { bytes: status.store.bytes, budgetBytes: status.store.budgetBytes },
    counters: { ...status.counters },
  };
}
