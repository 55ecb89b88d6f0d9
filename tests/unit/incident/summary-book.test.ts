import { describe, expect, it } from "vitest";
import { ClockWatch } from "../../../agent/base/clock-quality.js";
import type { HealthSample } from "../../../agent/incident/gap-watch.js";
import type { Summary } from "../../../agent/incident/summary.js";
import { SummaryBook, type SummaryEntry } from "../../../agent/incident/summary-book.js";
import type { TallyAmount } from "../../../agent/incident/tally.js";
import { triage } from "../../../agent/incident/triage.js";
import { isInside, makeDetection } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";
import { TallyTable } from "../../support/tally-table.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Ten past nine. */
const MORNING = new Date(2026, 10, 27, 9, 10).getTime();

class Office {
  readonly clock: ManualClock;
  readonly table: TallyTable;
  book: SummaryBook;
  conditions: { name: string; subject?: string }[] = [];
  packets = 0;

  constructor(table = new TallyTable(), clock = new ManualClock(MORNING)) {
    this.table = table;
    this.clock = clock;
    this.book = this.#start();
  }

  #start(): SummaryBook {
    const book = new SummaryBook({ clock: this.clock, watch: new ClockWatch(this.clock, () => true) });
    this.keep([book.resume(this.table.rows())]);
    return book;
  }

  keep(entries: readonly SummaryEntry[]): void {
    for (const entry of entries) this.table.keep(entry);
  }

  /** Let time pass, looking every ten seconds. */
  pass(ms: number, packetsPerTick = 10): void {
    for (let left = ms; left > 0; left -= 10_000) {
      this.clock.advance(Math.min(left, 10_000));
      this.packets += packetsPerTick;
      this.keep(this.book.tick(this.sample()));
    }
  }

  detect(changes: Parameters<typeof makeDetection>[0] = {}): void {
    const detection = makeDetection(changes);
    this.table.change(this.book.count(detection, triage(detection, isInside)));
  }

  /** The power fails; the box is off for a while. */
  crash(offMs: number): void {
    this.clock.wall += offMs;
    this.packets = 0;
    this.book = this.#start();
  }

  sample(): HealthSample {
    return {
      conditions: this.conditions,
      sensors: [{ interface: "lan0", packets: this.packets, drops: 0 }],
      rules: { version: "abc", loaded: 3, refused: 0 },
    };
  }

  get summaries(): Summary[] {
    return this.table.messages.map(({ payload }) => JSON.parse(payload) as Summary);
  }
}

describe("summaries", () => {
  it("sign off a quiet hour and a quiet day with what makes them believable", () => {
    const office = new Office();
    office.pass(16 * HOUR);
    const hours = office.summaries.filter(({ period }) => period === "hour");
    const [day, ...others] = office.summaries.filter(({ period }) => period === "day");
    expect(others).toEqual([]);
    expect(hours.map(({ index }) => index)).toEqual(hours.map((_, i) => i + 1));
    expect(hours[0]).toMatchObject({
      statement: "nothing_happened",
      signedOff: true,
      gaps: [],
      durationS: 50 * 60,
      packets: 3000,
      drops: 0,
      clock: "synchronized",
      rules: { version: "abc", loaded: 3, refused: 0 },
    });
    expect(new Date(hours[0]!.to).getMinutes()).toBe(0);
    expect(day).toMatchObject({
      statement: "nothing_happened",
      signedOff: true,
      durationS: 890 * 60,
      index: 1,
    });
    expect(new Date(day!.to).getHours()).toBe(0);
    for (const [i, { from }] of hours.entries()) if (i > 0) expect(from).toBe(hours[i - 1]!.to);
  });

  it("count by rule, device and direction", () => {
    const office = new Office();
    for (let i = 0; i < 5; i++) office.detect();
    office.detect({ clientAddress: "198.51.100.7", serverAddress: "192.168.1.9", isAnswered: false });
    office.pass(HOUR);
    expect(office.summaries[0]).toMatchObject({
      statement: "activity",
      signedOff: true,
      detections: 6,
      byDirection: { outbound: 5, inbound: 1, lateral: 0, transit: 0 },
      rows: [
        {
          sid: 2_000_001,
          signature: "TEST something bad",
          direction: "outbound",
          device: "192.168.1.20",
          count: 5,
        },
        { direction: "inbound", device: "192.168.1.9", count: 1 },
      ],
      otherDetections: 0,
    });
  });

  it("claim nothing where a detection may have been missed, and say when that was", () => {
    const office = new Office();
    office.pass(10 * MINUTE);
    office.conditions = [{ name: "capture.silent", subject: "lan0" }, { name: "uplink.down" }];
    office.pass(5 * MINUTE);
    office.conditions = [];
    office.pass(2 * HOUR);
    expect(office.summaries[0]).toMatchObject({
      statement: "unproven",
      signedOff: false,
      gaps: [{ name: "capture.silent", subject: "lan0", durationS: 300 }],
    });
    expect(office.summaries[1]).toMatchObject({ signedOff: true });
  });

  it("carry a gap that lasts over the hour into the next one", () => {
    const office = new Office();
    office.conditions = [{ name: "store.cannot_write" }];
    office.pass(2 * HOUR);
    expect(office.summaries.map(({ gaps }) => gaps.map(({ durationS }) => durationS))).toEqual([
      [2990],
      [3600],
    ]);
  });

  it("lose and double no period and no detection when the power fails at any moment", () => {
    const office = new Office();
    let detections = 0;
    for (let i = 0; i < 60; i++) {
      office.detect();
      detections++;
      office.pass(7 * MINUTE);
      office.crash(i % 3 === 0 ? 90_000 : 1_000);
    }
    office.pass(3 * HOUR);
    const hours = office.summaries.filter(({ period }) => period === "hour");
    expect(hours.map(({ index }) => index)).toEqual(hours.map((_, i) => i + 1));
    for (const [i, { from }] of hours.entries()) if (i > 0) expect(from).toBe(hours[i - 1]!.to);
    expect(hours.reduce((sum, hour) => sum + hour.detections, 0)).toBe(detections);
    expect(hours[0]!.gaps.map(({ name }) => name)).toContain("agent.stopped");
    expect(hours[0]!.signedOff).toBe(false);
  });

  it("end one long period after a weekend without power, and say so", () => {
    const office = new Office();
    office.pass(10 * MINUTE);
    office.crash(60 * HOUR);
    office.pass(10_000);
    const [hour, day] = office.summaries;
    expect(hour).toMatchObject({ period: "hour", statement: "unproven", uptimeS: 610 });
    expect(hour!.gaps).toEqual([expect.objectContaining({ name: "agent.stopped", durationS: 60 * 3600 })]);
    expect(day).toMatchObject({ period: "day", durationS: 60 * 3600 + 610 });
  });

  it("count what comes while the store cannot be read into the period that was running", () => {
    const office = new Office();
    office.detect();
    office.pass(MINUTE);
    const book = new SummaryBook({ clock: office.clock, watch: new ClockWatch(office.clock, () => true) });
    const detection = makeDetection();
    office.table.change(book.count(detection, triage(detection, isInside)));
    office.keep([book.resume(office.table.rows().filter(([period]) => period !== "hour/0"))]);
    office.book = book;
    office.pass(HOUR);
    expect(office.summaries).toMatchObject([{ index: 1, detections: 2 }]);
    expect(office.table.rows().some(([period]) => period === "hour/0" || period === "hour/1")).toBe(false);
  });

  it("take over a period whose beginning never reached the disk", () => {
    const office = new Office();
    office.detect();
    const stray: TallyAmount = [
      "hour/2",
      JSON.stringify(["hit", 1, 2_000_001, "outbound", "192.168.1.20"]),
      4,
    ];
    office.table.change({ add: [stray] });
    office.crash(1_000);
    office.pass(HOUR);
    expect(office.summaries).toMatchObject([{ index: 1, detections: 5 }]);
  });

  it("stay within their bound whatever is counted", () => {
    const office = new Office();
    for (let i = 0; i < 3_000; i++)
      office.detect({
        signatureId: i + 1,
        signature: "x".repeat(2_000),
        clientAddress: `10.0.${i >> 8}.${i & 255}`,
      });
    expect(office.table.rows().length).toBeLessThan(1_300);
    office.pass(HOUR);
    const [message] = office.table.messages;
    expect(message!.payload.length).toBeLessThan(16_384);
    const [summary] = office.summaries;
    expect(summary!.detections).toBe(3_000);
    expect(summary!.rows.reduce((sum, { count }) => sum + count, 0) + summary!.otherDetections).toBe(3_000);
  });
});

describe("summaries by a clock that jumps", () => {
  it("are neither shorter nor longer for it, and end on the hour again afterwards", () => {
    const office = new Office();
    office.pass(10 * MINUTE);
    office.clock.wall += 10 * 365 * 24 * HOUR + 20 * MINUTE;
    office.pass(40 * MINUTE);
    expect(office.summaries).toMatchObject([{ durationS: 3000, clockJumps: 1, index: 1 }]);
    office.pass(100 * MINUTE);
    const next = office.summaries[1]!;
    expect(next.durationS).toBeGreaterThanOrEqual(1800);
    expect(next.durationS).toBeLessThanOrEqual(5400);
    expect(new Date(next.to).getMinutes()).toBe(0);
  });

  it("last their length by a clock that was never set, and say what their times are worth", () => {
    const office = new Office(undefined, new ManualClock(5_000));
    office.pass(2 * HOUR);
    expect(office.summaries).toMatchObject([
      { durationS: 3600, clock: "unset" },
      { durationS: 3600, clock: "unset" },
    ]);
  });

  it("do not say how long the agent was off where the clock cannot tell", () => {
    const office = new Office();
    office.pass(10 * MINUTE);
    office.crash(-24 * HOUR);
    office.pass(HOUR);
    expect(office.summaries[0]!.gaps).toEqual([
      expect.objectContaining({ name: "agent.stopped", durationS: null }),
    ]);
  });
});
