import { describe, expect, test } from "vitest";
import { CONDITION_LEVELS, VERDICT_EXIT_CODES, verdictOf } from "../../../agent/onsite/condition.js";
import { type HealthFacts, HealthWatch, type SensorFacts } from "../../../agent/onsite/health-watch.js";

const LIMITS = { silenceMs: 600_000, rulesMaxAgeDays: 90, uplinkPatienceMs: 900_000 };
const SENSOR: SensorFacts = {
  interfaceName: "lan0",
  isAlive: true,
  hasFinished: false,
  isLinkUp: true,
  packets: 0,
  drops: 0,
  undecodable: 0,
  shed: 0,
  givenUpBytes: 0,
};
const WELL: Omit<HealthFacts, "nowMs"> = {
  isClockUnset: false,
  ruleSets: [],
  sensors: [SENSOR],
  rules: { loaded: 10, ageDays: 1 },
  store: { isWriting: true, shed: 0 },
  uplink: { isConfigured: true, isConnected: true, isMonitorSilent: false },
  hasControl: true,
};

/** Plays one look a second; `factsAt` says what is seen at each second. */
function namesAfter(seconds: number, factsAt: (second: number) => Partial<HealthFacts>): string[] {
  const watch = new HealthWatch(LIMITS, 0);
  for (let second = 0; second <= seconds; second++) {
    watch.observe({ ...WELL, ...factsAt(second), nowMs: second * 1000 });
  }
  return watch.conditions.map(({ name }) => name);
}

const sensorAt = (change: (second: number) => Partial<SensorFacts>) => (second: number) => ({
  sensors: [{ ...SENSOR, packets: second * 10, ...change(second) }],
});

describe("health", () => {
  test("an agent that sees packets, has rules and writes has no condition", () => {
    expect(
      namesAfter(
        1200,
        sensorAt(() => ({})),
      ),
    ).toEqual([]);
  });

  test.each<[string, Partial<HealthFacts>]>([
    ["rules.none", { rules: { loaded: 0, ageDays: 0 } }],
    [
      "rules.expired",
      { ruleSets: [{ name: "rules.expired", subject: "vendor", params: { expires: "2026-12-01" } }] },
    ],
    ["rules.stale", { rules: { loaded: 1, ageDays: 91 } }],
    ["store.cannot_write", { store: { isWriting: false, shed: 0 } }],
    ["store.shedding", { store: { isWriting: true, shed: 3 } }],
    ["monitor.silent", { uplink: { isConfigured: true, isConnected: true, isMonitorSilent: true } }],
    ["clock.unset", { isClockUnset: true }],
    ["control.unavailable", { hasControl: false }],
    ["sensor.stalled", { sensors: [{ ...SENSOR, isAlive: false }] }],
    ["capture.link_down", { sensors: [{ ...SENSOR, isLinkUp: false }] }],
  ])("%s is said at once", (name, facts) => {
    expect(namesAfter(0, () => facts)).toEqual([name]);
  });

  test("payload given up for lack of time is said until a minute went without", () => {
    const busy = sensorAt((second) => ({ givenUpBytes: Math.min(second, 5) * 1_000_000 }));
    expect(namesAfter(6, busy)).toEqual(["sensor.overloaded"]);
    expect(namesAfter(130, busy)).toEqual([]);
  });

  test("a link without a packet is silence after the configured time, not before, and a packet ends it", () => {
    const quiet = sensorAt((second) => ({ packets: Math.min(second, 5) }));
    expect(namesAfter(604, quiet)).toEqual([]);
    expect(namesAfter(606, quiet)).toEqual(["capture.silent"]);
    const again = sensorAt((second) => ({ packets: second > 700 ? 6 : 5 }));
    expect(namesAfter(701, again)).toEqual([]);
  });

  test("a capture file that came to its end is done, not silent or dead", () => {
    expect(
      namesAfter(
        2000,
        sensorAt(() => ({ hasFinished: true, isAlive: false, packets: 7, isLinkUp: undefined })),
      ),
    ).toEqual([]);
  });

  test("a majority of unreadable packets is a failure, a minority is daily life", () => {
    const share = (part: number) => sensorAt((second) => ({ undecodable: second * 10 * part }));
    expect(namesAfter(130, share(0.6))).toEqual(["capture.undecodable"]);
    expect(namesAfter(130, share(0.4))).toEqual([]);
  });

  test("lost packets are said while they are lost and for a window afterwards", () => {
    const lossy = sensorAt((second) => ({ drops: Math.min(second, 100) * 5 }));
    expect(namesAfter(100, lossy)).toEqual(["capture.drops"]);
    expect(namesAfter(260, lossy)).toEqual([]);
  });

  test("a sensor that was started again counts from nothing and is not blamed for it", () => {
    const restarted = sensorAt((second) => ({
      packets: second > 300 ? second - 300 : second * 10,
      drops: 0,
    }));
    expect(namesAfter(400, restarted)).toEqual([]);
  });

  test("a broker is called away only after patience, and where one is configured", () => {
    const away = { uplink: { isConfigured: true, isConnected: false, isMonitorSilent: false } };
    const seeing = sensorAt(() => ({}));
    expect(namesAfter(899, (second) => ({ ...seeing(second), ...away }))).toEqual([]);
    expect(namesAfter(900, (second) => ({ ...seeing(second), ...away }))).toEqual(["uplink.down"]);
    const none = { uplink: { isConfigured: false, isConnected: false, isMonitorSilent: false } };
    expect(namesAfter(2000, (second) => ({ ...seeing(second), ...none }))).toEqual([]);
  });

  test("what makes the agent blind is failing, what only hinders it is degraded, and the exit code follows", () => {
    const failing = Object.entries(CONDITION_LEVELS).filter(([, level]) => level === "failing");
    expect(failing.map(([name]) => name).sort()).toEqual([
      "capture.link_down",
      "capture.silent",
      "capture.undecodable",
      "rules.none",
      "sensor.stalled",
      "store.cannot_write",
      "syslog.down",
    ]);
    const degraded = { name: "clock.unset", level: "degraded", params: {} } as const;
    const worse = { name: "rules.none", level: "failing", params: {} } as const;
    expect(VERDICT_EXIT_CODES[verdictOf([])]).toBe(0);
    expect(VERDICT_EXIT_CODES[verdictOf([degraded])]).toBe(3);
    expect(VERDICT_EXIT_CODES[verdictOf([degraded, worse])]).toBe(1);
  });
});
