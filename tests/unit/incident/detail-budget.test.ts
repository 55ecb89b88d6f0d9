import { describe, expect, it } from "vitest";
import type { DeskEntry } from "../../../agent/incident/incident-desk.js";
import { DeskRun } from "../../support/desk-run.js";

const HOUR = 3_600_000;
const BUDGET = 64 * 1024;

const bytesOf = (entries: readonly DeskEntry[]): number =>
  entries.reduce(
    (sum, { detection }) => sum + (detection ? Buffer.byteLength(JSON.stringify(detection)) : 0),
    0,
  );
const storm = (run: DeskRun, hits: number): DeskEntry[] =>
  Array.from({ length: hits }, () => run.observe({ signatureId: 7 })).flat();
const hits = (run: DeskRun): number => run.summaries().reduce((sum, { detections }) => sum + detections, 0);

describe("the disk's budget for single detections", () => {
  it("holds in a storm of one rule, of which every hit is counted all the same", () => {
    const run = new DeskRun({ detailBytesPerHour: BUDGET });
    const written = bytesOf(storm(run, 2000));
    expect(written).toBeGreaterThan(BUDGET / 2);
    expect(written).toBeLessThanOrEqual(0.75 * BUDGET + 2048);
    run.pass(HOUR);
    expect(hits(run)).toBe(2000);
    expect(run.counters.get("detection.counted_only")).toBeGreaterThan(1000);
  });

  it("holds in a storm of ever new rules", () => {
    const run = new DeskRun({ detailBytesPerHour: BUDGET });
    const entries = Array.from({ length: 600 }, (_, n) => run.observe({ signatureId: n })).flat();
    expect(bytesOf(entries)).toBeLessThanOrEqual(BUDGET + 2048);
  });

  it("is left to what is new when repeats have used their part", () => {
    const run = new DeskRun({ detailBytesPerHour: BUDGET });
    storm(run, 500);
    expect(run.observe({ signatureId: 7 })).toEqual([]);
    expect(run.observe({ signatureId: 8 })[0]).toHaveProperty("detection.signatureId", 8);
    expect(run.observe({ signatureId: 7, destinationAddress: "203.0.113.99" })[0]).toHaveProperty(
      "detection",
    );
  });

  it("fills again with time, and never beyond one hour's bytes", () => {
    const run = new DeskRun({ detailBytesPerHour: BUDGET });
    storm(run, 500);
    run.pass(3 * HOUR);
    expect(bytesOf(storm(run, 500))).toBeLessThanOrEqual(0.75 * BUDGET + 2048);
    expect(run.observe({ signatureId: 7 })).toEqual([]);
  });

  it("tells the monitor how many were counted only: at once, then every hour", () => {
    const run = new DeskRun({ detailBytesPerHour: BUDGET });
    const told = (): number[] =>
      run.messages
        .filter(({ topic }) => topic === "info")
        .map(({ payload }) => (JSON.parse(payload) as { detections: number }).detections);
    storm(run, 500);
    run.pass(30_000);
    const [first] = told();
    expect(first).toBe(run.counters.get("detection.counted_only"));
    for (let minute = 0; minute < 59; minute++) {
      storm(run, 50);
      run.pass(60_000);
    }
    expect(told()).toHaveLength(1);
    run.pass(2 * 60_000);
    expect(told()).toHaveLength(2);
    expect(told()[1]! + first!).toBe(run.counters.get("detection.counted_only"));
  });

  it("loses no count where the agent is stopped in between, and doubles none", () => {
    const first = new DeskRun({ detailBytesPerHour: BUDGET });
    storm(first, 1000);
    first.settle();
    const second = new DeskRun({ detailBytesPerHour: BUDGET, after: first });
    storm(second, 1000);
    second.pass(2 * HOUR);
    expect(hits(second)).toBe(2000);
  });
});
