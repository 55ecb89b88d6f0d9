import { describe, expect, it } from "vitest";
import { type Suppression, SuppressionSet } from "../../../agent/incident/suppression.js";
import { DeskRun } from "../../support/desk-run.js";
import { makeDetection } from "../../support/detection.js";

const HOUR = 3_600_000;

describe("the uplink's budget", () => {
  it("keeps back what is only information first, and counts it in the summary", () => {
    const run = new DeskRun({ budgetBytesPerHour: 16 * 1024 });
    for (let n = 0; n < 400; n++) {
      run.observe({
        signatureId: n + 1,
        clientAddress: "198.51.100.7",
        serverAddress: "192.168.1.9",
        isAnswered: false,
      });
    }
    const kept = run.counters.get("incident.kept_back");
    expect(kept).toBeGreaterThan(380);
    const [acted] = run.observe({ signatureId: 9_999 });
    expect(acted).toMatchObject({ priority: "critical", message: { topic: "incident" } });
    run.pass(HOUR);
    const [summary] = run.summaries();
    expect(summary!.incidents).toEqual({ act: 1, watch: 0, information: 400 });
    expect(summary!.folded).toBeGreaterThanOrEqual(kept);
    const bytes = run.messages
      .filter(({ topic }) => topic === "incident")
      .reduce((sum, { payload }) => sum + payload.length + 320, 0);
    expect(bytes).toBeLessThan(2 * 16 * 1024);
  });

  it("never keeps back the opening of what is to be acted on, but stores everything", () => {
    const run = new DeskRun({ budgetBytesPerHour: 16 * 1024 });
    for (let n = 0; n < 200; n++) {
      const [entry] = run.observe({ signatureId: n + 1 });
      expect(entry).toMatchObject({ incident: { isOpen: true }, message: { topic: "incident" } });
    }
  });
});

describe("the uplink's budget over restarts", () => {
  const knock = (run: DeskRun, rules: number): void => {
    for (let n = 0; n < rules; n++) {
      run.observe({
        signatureId: n + 1,
        clientAddress: "198.51.100.7",
        serverAddress: "192.168.1.9",
        isAnswered: false,
      });
    }
  };
  const incidentBytes = (run: DeskRun): number =>
    run.messages
      .filter(({ topic }) => topic === "incident")
      .reduce((sum, { payload }) => sum + payload.length + 320, 0);

  it("is one for all of them: an agent that is started again and again cannot spend it anew", () => {
    const budgetBytesPerHour = 16 * 1024;
    let run = new DeskRun({ budgetBytesPerHour });
    let sent = 0;
    for (let start = 0; start < 10; start++) {
      knock(run, 40);
      sent += incidentBytes(run);
      run = new DeskRun({ budgetBytesPerHour, after: run });
    }
    expect(sent).toBeGreaterThan(budgetBytesPerHour / 2);
    expect(sent).toBeLessThanOrEqual(budgetBytesPerHour);
  });

  it("fills again with the time of operation, also without a message", () => {
    const first = new DeskRun({ budgetBytesPerHour: 16 * 1024 });
    knock(first, 40);
    first.pass(HOUR);
    const second = new DeskRun({ budgetBytesPerHour: 16 * 1024, after: first });
    knock(second, 40);
    expect(incidentBytes(second)).toBeGreaterThan(4 * 1024);
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
    const run = new DeskRun({ suppressions: [suppression] });
    expect(run.observe({})).toMatchObject([{ priority: "low", detection: { signatureId: 2_000_001 } }]);
    expect(run.observe({ signatureId: 2_000_002 })[0]).toHaveProperty("message");
    expect(run.observe({ clientAddress: "192.168.2.5" })[0]).toHaveProperty("message");
    expect(run.messages).toHaveLength(2);
    expect(run.counters.get("suppression.hidden")).toBe(1);
    run.pass(HOUR);
    expect(run.summaries()[0]).toMatchObject({
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
