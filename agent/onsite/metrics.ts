/**
 * Owns the Prometheus text format (exposition format 0.0.4) of what the agent counts.
 *
 * Names follow Prometheus' conventions: `sekisho_` first, base units, `_total` behind what only rises; of the process the names
 * that its client libraries use. The agent's own dotted counters become labels of one family, so that a new counter is no new
 * family, and those that also fall of another.
 */
import { isLevelName } from "../base/counters.js";
import type { Answer } from "./control-server.js";
import type { Status } from "./status.js";

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

/** One family of samples. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly (readonly [Labels, number])[];
}

/** The metrics of a status. */
export function metricsAnswer(status: Status): Answer {
  return { contentType: METRICS_CONTENT_TYPE, body: familiesOf(status).map(textOf).join("") };
}

function familiesOf(status: Status): Family[] {
  const one = (value: number): Family["samples"] => [[{}, value]];
  const gauge = (name: string, help: string, samples: Family["samples"]): Family => ({
    name: `sekisho_${name}`,
    help,
    type: "gauge",
    samples,
  });
  const counter = (name: string, help: string, samples: Family["samples"]): Family => ({
    ...gauge(name, help, samples),
    type: "counter",
  });
  const sensors = status.sensors.map((sensor) => ({ labels: { interface: sensor.interface }, sensor }));
  const named = (isLevel: boolean): Family["samples"] =>
    Object.entries(status.counters)
      .filter(([name]) => isLevelName(name) === isLevel)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [{ name }, value]);
  const process = (family: Family): Family => ({
    ...family,
    name: family.name.replace("sekisho", "process"),
  });
  return [
    process(gauge("resident_memory_bytes", "Resident memory size in bytes.", one(status.rssBytes))),
    process(counter("cpu_seconds_total", "User and system CPU time spent in seconds.", one(status.cpuS))),
    gauge("build_info", "Version of the agent.", [[{ version: status.version, device: status.device }, 1]]),
    gauge("health", "1 for the verdict that holds.", [
      ...(["ok", "degraded", "failing"] as const).map(
        (verdict) => [{ verdict }, verdict === status.verdict ? 1 : 0] as const,
      ),
    ]),
    gauge("condition", "1 for every condition that holds.", [
      ...status.conditions.map(
        ({ name, level, subject }) =>
          [{ name, level, ...(subject !== undefined && { subject }) }, 1] as const,
      ),
    ]),
    gauge("uptime_seconds", "Time since the agent was started.", one(status.uptimeS)),
    gauge(
      "sensor_up",
      "1 where the sensor gives signs of life.",
      sensors.map(({ labels, sensor }) => [labels, sensor.isAlive ? 1 : 0]),
    ),
    counter(
      "capture_packets_total",
      "Packets seen.",
      sensors.map(({ labels, sensor }) => [labels, sensor.packets]),
    ),
    counter(
      "capture_bytes_total",
      "Octets seen, as they were on the wire.",
      sensors.map(({ labels, sensor }) => [labels, sensor.bytes]),
    ),
    counter(
      "sensor_restarts_total",
      "How often the sensor was started again.",
      sensors.map(({ labels, sensor }) => [labels, sensor.restarts]),
    ),
    counter(
      "capture_dropped_packets_total",
      "Packets lost by kernel or interface.",
      sensors.map(({ labels, sensor }) => [labels, sensor.drops]),
    ),
    gauge("rules_loaded", "Rules in force.", one(status.rules.loaded)),
    gauge("rules_refused", "Rules that do not load.", one(status.rules.refused)),
    gauge(
      "rules_age_seconds",
      "Age of the newest rule file.",
      one(Math.round(status.rules.ageDays * 86_400)),
    ),
    gauge("store_size_bytes", "Charged to the store's budget.", one(status.store.bytes)),
    gauge("store_budget_bytes", "The store's budget.", one(status.store.budgetBytes)),
    gauge("uplink_connected", "1 while connected to the broker.", one(status.uplink.isConnected ? 1 : 0)),
    gauge("outbox_messages", "Messages not yet acknowledged.", one(status.outbox?.messages ?? 0)),
    gauge(
      "outbox_size_bytes",
      "Octets of the messages not yet acknowledged.",
      one(status.outbox?.bytes ?? 0),
    ),
    counter("events_total", "Everything that is counted, by its dotted name.", named(false)),
    gauge("level", "Everything that is held at the moment, by its dotted name.", named(true)),
  ];
}

function textOf({ name, help, type, samples }: Family): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}
