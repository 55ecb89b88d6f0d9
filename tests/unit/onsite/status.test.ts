import { describe, expect, test } from "vitest";
import { displayWidth } from "../../../agent/base/text-layout.js";
import { CONDITION_LEVELS, type Condition, type ConditionName } from "../../../agent/onsite/condition.js";
import { metricsAnswer } from "../../../agent/onsite/metrics.js";
import type { Status } from "../../../agent/onsite/status.js";
import { statusScreen } from "../../../agent/onsite/status-screen.js";

const STATUS: Status = {
  device: "box-17",
  version: "0.1.0",
  verdict: "ok",
  conditions: [],
  uptimeS: 273_600,
  rssBytes: 133 * 1024 * 1024,
  cpuS: 12.5,
  clock: "synchronized",
  sensors: [
    {
      interface: "lan0",
      driver: "pcap",
      isAlive: true,
      hasFinished: false,
      packets: 12_345_678,
      bytes: 1,
      drops: 0,
      restarts: 0,
    },
  ],
  rules: { loaded: 24_820, refused: 7, ageDays: 3.4 },
  store: { state: "ready", bytes: 12 * 1024 * 1024, budgetBytes: 256 * 1024 * 1024 },
  uplink: { isConfigured: true, isConnected: true, reason: null, unacknowledged: 0 },
  outbox: { messages: 0, bytes: 0 },
  counters: { "sensor.packets": 5, 'odd"name\\': 1, "flow.active": 7 },
};

const conditions: Condition[] = Object.entries(CONDITION_LEVELS).map(([name, level]) => ({
  name: name as ConditionName,
  level,
  subject: "lan0",
  params: {
    version: 7,
    reason: "drops",
    expires: "2026-12-01",
    minutes: 12,
    percent: 60,
    days: 100,
    count: 3,
    megabytes: 5,
  },
}));

describe("the status on a screen", () => {
  test("says the verdict first, then what the parts do", () => {
    expect(statusScreen(STATUS, "en")).toEqual([
      "sekisho 0.1.0 on box-17: working",
      "  Running     for 3 days 4 hours, 133 MB of memory",
      "  lan0        12,345,678 packets seen, 0 lost (pcap)",
      "  Rules       24,820 in force, 7 refused, newest file 3 days old",
      "  Store       12.0 of 256 MB used",
      "  Monitor     connected, 0 messages wait",
    ]);
  });

  test.each(["en", "ja"] as const)(
    "names every condition with a remedy within 80 columns (%s)",
    (language) => {
      const lines = statusScreen({ ...STATUS, verdict: "failing", conditions }, language)
        .join("\n")
        .split("\n");
      expect(lines.filter((line) => line.startsWith("  ! "))).toHaveLength(conditions.length);
      expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
      expect(lines.join("\n")).not.toMatch(/\{\w+\}/);
    },
  );
});

describe("metrics", () => {
  const lines = metricsAnswer({ ...STATUS, verdict: "failing", conditions })
    .body.trimEnd()
    .split("\n");

  test("every sample follows the help and type of its family, and is written as Prometheus reads it", () => {
    const types = new Map<string, string>();
    for (const line of lines) {
      const type = /^# TYPE (\S+) (gauge|counter)$/.exec(line);
      if (type) types.set(type[1]!, type[2]!);
      else if (!line.startsWith("# HELP ")) {
        const sample =
          /^([a-z_]+)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? -?\d+(\.\d+)?(e[+-]\d+)?$/.exec(line);
        expect(sample, line).not.toBeNull();
        expect(types.has(sample![1]!), line).toBe(true);
      }
    }
    for (const [name, type] of types) expect(name.endsWith("_total"), name).toBe(type === "counter");
  });

  test("the verdict, every condition and every counter can be read off", () => {
    expect(lines).toContain('sekisho_health{verdict="failing"} 1');
    expect(lines).toContain('sekisho_condition{name="capture.silent",level="failing",subject="lan0"} 1');
    expect(lines).toContain('sekisho_events_total{name="odd\\"name\\\\"} 1');
    expect(lines).toContain('sekisho_level{name="flow.active"} 7');
    expect(lines).toContain("process_cpu_seconds_total 12.5");
    expect(lines.join("\n")).not.toContain('events_total{name="flow.active"}');
  });
});
