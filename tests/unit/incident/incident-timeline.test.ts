import { describe, expect, it } from "vitest";
import type { Incident } from "#agent/incident/incident.js";
import { IncidentTimeline } from "#agent/incident/incident-timeline.js";
import { makeDetection } from "../../support/detection.js";
import { INCIDENT } from "../../support/incident-message.js";

const START_MS = Date.UTC(2026, 8, 21, 9, 0, 0);
const PHONE = "192.168.10.57";

function incident(changed: Partial<Incident> = {}): Incident {
  const insideHost = { address: PHONE };
  return {
    ...(INCIDENT.data as Incident),
    rule: { ...INCIDENT.data.rule, sid: 7, gid: 1 },
    scope: "pair",
    state: "updated",
    insideHost,
    insideHosts: { named: [insideHost], count: 1, isEstimate: false },
    remotes: { named: [{ name: "c2.example", address: "203.0.113.9" }], count: 1, isEstimate: false },
    firstSeen: new Date(START_MS).toISOString(),
    lastSeen: new Date(START_MS + 3_600_000).toISOString(),
    count: 4,
    ...changed,
  };
}

function hit(afterMs: number, changed: Parameters<typeof makeDetection>[0] = {}) {
  return makeDetection({
    timeUs: (START_MS + afterMs) * 1000,
    signatureId: 7,
    generatorId: 1,
    clientAddress: PHONE,
    serverAddress: "203.0.113.9",
    serverPort: 443,
    applicationProtocol: "tls",
    metadata: { tls: { sni: "c2.example" } },
    ...changed,
  });
}

const linesOf = (timeline: IncidentTimeline, language: "en" | "ja" = "en"): string[] =>
  timeline.lines(language, "UTC").map(({ when, text }) => `${when} ${text}`.trim());

describe("the timeline of an incident", () => {
  it("puts hits that are close together into one line, and leaves out what belongs to others", () => {
    const timeline = new IncidentTimeline(incident());
    for (const afterMs of [0, 5_000, 3_600_000]) timeline.add(hit(afterMs));
    timeline.add(hit(10_000, { signatureId: 8 }));
    timeline.add(hit(10_000, { clientAddress: "192.168.10.58" }));
    timeline.add(hit(10_000, { metadata: { tls: { sni: "other.example" } } }));
    timeline.add(hit(7_200_000));
    expect(linesOf(timeline)).toEqual([
      "2026-09-21 09:00:00 2 hits: c2.example",
      "10:00:00 hit: c2.example",
      "1 more hits are counted, but not kept one by one.",
    ]);
  });

  it("tells what else the device did around it, and when it became quiet", () => {
    const timeline = new IncidentTimeline(incident({ state: "closed", count: 1 }));
    timeline.add(hit(0));
    const at = (ms: number) => new Date(START_MS + ms).toISOString();
    const near = incident({ id: "AA-AAA-AA", firstSeen: at(-60_000), lastSeen: at(-60_000) });
    timeline.addOther(near);
    timeline.addOther(incident({ id: "CC-CCC-CC", firstSeen: at(-8e6), lastSeen: at(-7.9e6) }));
    timeline.addOther(incident({ id: "DD-DDD-DD", insideHost: { address: "192.168.10.99" } }));
    timeline.addOther(incident());
    const lines = linesOf(timeline);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^2026-09-21 08:59:00 also AA-AAA-AA: /);
    expect(lines[2]).toBe("10:00:00 quiet since then");
    expect(linesOf(timeline, "ja")[1]).toBe("09:00:00 検知: c2.example");
  });

  it("says first and last where no detection is kept any more", () => {
    const lines = linesOf(new IncidentTimeline(incident()));
    expect(lines).toEqual([
      "2026-09-21 09:00:00 first hit: c2.example (203.0.113.9)",
      "10:00:00 last of 4 hits",
    ]);
  });

  it("has a bound however long and varied an incident was", () => {
    const days = 400 * 86_400_000;
    const long = incident({ scope: "many-remotes", lastSeen: new Date(START_MS + days).toISOString() });
    const timeline = new IncidentTimeline(long);
    for (let index = 0; index < 5_000; index++) {
      const serverAddress = `203.0.113.${index % 250}`;
      timeline.add(hit((days / 5_000) * index, { serverAddress, metadata: {} }));
    }
    const lines = timeline.lines("en", "UTC");
    expect(lines.length).toBeLessThanOrEqual(13);
    for (const { text } of lines) expect(text.length).toBeLessThan(120);
  });
});
