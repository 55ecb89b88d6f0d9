import { describe, expect, it } from "vitest";
import { ClockWatch } from "../../../agent/base/clock-quality.js";
import { Counters } from "../../../agent/base/counters.js";
import { DeviceHints } from "../../../agent/incident/device-hints.js";
import type { HealthSample } from "../../../agent/incident/gap-watch.js";
import { type DeskEntry, IncidentDesk } from "../../../agent/incident/incident-desk.js";
import type { Summary } from "../../../agent/incident/summary.js";
import { type Suppression, SuppressionSet } from "../../../agent/incident/suppression.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import { isInside, makeDetection } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";

const HOUR = 3_600_000;
const SAMPLE: HealthSample = {
  conditions: [],
  sensors: [],
  rules: { version: "abc", loaded: 1, refused: 0 },
};

function makeDesk(options: { budgetBytesPerHour?: number; suppressions?: readonly Suppression[] } = {}) {
  const clock = new ManualClock(new Date(2026, 10, 27, 9).getTime());
  const counters = new Counters();
  const set = new SuppressionSet(options.suppressions ?? []);
  const desk = new IncidentDesk({
    clock,
    watch: new ClockWatch(clock, () => true),
    isInside,
    hints: new DeviceHints(),
    counters,
    suppressions: { find: (detection) => set.find(detection, () => true) },
    budgetBytesPerHour: options.budgetBytesPerHour ?? 512 * 1024,
  });
  desk.resumeSummaries([]);
  let sentBytes = 0;
  const messages: { topic: string; payload: string }[] = [];
  const keep = (entries: readonly DeskEntry[]): void => {
    for (const { message } of entries) {
      if (!message) continue;
      messages.push(message);
      // With the envelope and what MQTT puts around it.
      sentBytes += Buffer.byteLength(message.payload) + 320;
    }
  };
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 30_000) {
      clock.advance(30_000);
      keep(desk.tick(SAMPLE));
    }
  };
  const observe = (changes: Partial<Detection>): readonly DeskEntry[] => {
    const entries = desk.observe(makeDetection(changes));
    keep(entries);
    return entries;
  };
  const summaries = () =>
    messages.filter(({ topic }) => topic === "summary").map(({ payload }) => JSON.parse(payload) as Summary);
  return { clock, counters, messages, pass, observe, summaries, sentBytes: () => sentBytes };
}

/** The n-th knock of a scan that goes on for an hour. */
const SCANS: Readonly<Record<string, (n: number) => Partial<Detection>>> = {
  "by one device inside over the whole Internet": (n) => ({
    serverAddress: `203.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    isAnswered: false,
  }),
  "from one stranger over all devices": (n) => ({
    clientAddress: "198.51.100.7",
    serverAddress: `192.168.${(n >> 8) & 255}.${n & 255}`,
    isAnswered: false,
  }),
  "from everywhere at one device": (n) => ({
    clientAddress: `198.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    serverAddress: "192.168.1.9",
    isAnswered: false,
  }),
};

describe("the same scan", () => {
  // The full million: scripts/chaos scan
  const DETECTIONS = 20_000;

  it.each(Object.entries(SCANS))("%s costs less than 64 KiB of uplink", (_what, knock) => {
    const { observe, pass, sentBytes, summaries } = makeDesk();
    for (let n = 0; n < DETECTIONS; n++) {
      observe({ category: "Detection of a Network Scan", severity: 2, ...knock(n) });
      if (n % (DETECTIONS / 120) < 1) pass(30_000);
    }
    pass(HOUR);
    expect(sentBytes()).toBeLessThan(64 * 1024);
    expect(summaries().reduce((sum, { detections }) => sum + detections, 0)).toBe(DETECTIONS);
  });
});

describe("the uplink's budget", () => {
  it("keeps back what is only information first, and counts it in the summary", () => {
    const { observe, pass, summaries, messages, counters } = makeDesk({ budgetBytesPerHour: 16 * 1024 });
    for (let n = 0; n < 400; n++) {
      observe({
        signatureId: n + 1,
        clientAddress: "198.51.100.7",
        serverAddress: "192.168.1.9",
        isAnswered: false,
      });
    }
    const kept = counters.get("incident.kept_back");
    expect(kept).toBeGreaterThan(380);
    const [acted] = observe({ signatureId: 9_999 });
    expect(acted).toMatchObject({ priority: "critical", message: { topic: "incident" } });
    pass(HOUR);
    const [summary] = summaries();
    expect(summary!.incidents).toEqual({ act: 1, watch: 0, information: 400 });
    expect(summary!.folded).toBeGreaterThanOrEqual(kept);
    const bytes = messages
      .filter(({ topic }) => topic === "incident")
      .reduce((sum, { payload }) => sum + payload.length + 320, 0);
    expect(bytes).toBeLessThan(2 * 16 * 1024);
  });

  it("never keeps back the opening of what is to be acted on, but stores everything", () => {
    const { observe } = makeDesk({ budgetBytesPerHour: 16 * 1024 });
    for (let n = 0; n < 200; n++) {
      const [entry] = observe({ signatureId: n + 1 });
      expect(entry).toMatchObject({ incident: { isOpen: true }, message: { topic: "incident" } });
    }
  });
});

describe("suppressions", () => {
  const suppression: Suppression = {
    id: "S1",
    gid: 1,
    sid: 2_000_001,
    source: "192.168.1.0/24",
    destination: "any",
    reason: "backup program",
    author: "tanaka",
    createdAt: "2026-11-01T00:00:00.000Z",
    expiresAt: "2027-01-01T00:00:00.000Z",
  };

  it("hide what they name: it is stored and counted, and nobody is told", () => {
    const { observe, pass, summaries, counters, messages } = makeDesk({ suppressions: [suppression] });
    expect(observe({})).toMatchObject([{ priority: "low", detection: { signatureId: 2_000_001 } }]);
    expect(observe({ signatureId: 2_000_002 })[0]).toHaveProperty("message");
    expect(observe({ clientAddress: "192.168.2.5" })[0]).toHaveProperty("message");
    expect(messages).toHaveLength(2);
    expect(counters.get("suppression.hidden")).toBe(1);
    pass(HOUR);
    expect(summaries()[0]).toMatchObject({
      detections: 2,
      hidden: 1,
      suppressions: [{ id: "S1", count: 1 }],
    });
  });

  it.each([
    ["any", "any", true],
    ["192.168.1.20", "203.0.113.0/24", true],
    ["192.168.1.21", "any", false],
    ["any", "203.0.114.0/24", false],
    ["any", "*.example.com", true],
    ["any", "cdn.example.com", true],
    ["any", "example.com", false],
  ])("from %s to %s: %s", (source, destination, isHidden) => {
    const set = new SuppressionSet([{ ...suppression, source, destination }]);
    const detection = makeDetection({ metadata: { tls: { sni: "CDN.example.com" } } });
    expect(set.find(detection, () => true) !== undefined).toBe(isHidden);
  });
});
