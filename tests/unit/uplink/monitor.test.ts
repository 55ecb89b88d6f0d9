import { describe, expect, it } from "vitest";
import { displayWidth } from "../../../agent/base/text-layout.js";
import type { IncidentMessage } from "../../../agent/uplink/schema/incident.js";
import type { StateMessage } from "../../../agent/uplink/schema/state.js";
import { acceptState, type Device, Devices, progressOf } from "../../../scripts/monitor/devices.js";
import { JsonReport } from "../../../scripts/monitor/report.js";
import { Screen, type ScreenOptions } from "../../../scripts/monitor/screen.js";
import { INCIDENT } from "../../support/incident-message.js";

function screen(options: Partial<ScreenOptions> = {}): { screen: Screen; text: () => string } {
  let written = "";
  const made = new Screen({
    language: "ja",
    columns: 80,
    hasColour: false,
    write: (text) => {
      written += text;
    },
    ...options,
  });
  return { screen: made, text: () => written };
}

describe("the monitor's screen", () => {
  it.each(["ja", "en"] as const)(
    "says in %s which device, what it talked to, which rule, how often",
    (language) => {
      const { screen: made, text } = screen({ language });
      made.onMessage(INCIDENT, "incident");
      for (const word of ["android-3f", "192.168.10.57", "c2.example", "443", "1:2024001", "K7-4F3-9M"]) {
        expect(text()).toContain(word);
      }
      expect(text()).toContain(language === "ja" ? "要対応" : "Action needed");
      for (const line of text().split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    },
  );

  it("prints an incident once, its growth as a line, and the whole again where it became serious", () => {
    const { screen: made, text } = screen({ language: "en" });
    const grown = (fields: Partial<IncidentMessage["data"]>): IncidentMessage => ({
      ...INCIDENT,
      data: { ...INCIDENT.data, ...fields },
    });
    made.onMessage(grown({ verdict: "watch" }), "incident");
    const whole = text().length;
    made.onMessage(grown({ verdict: "watch", state: "updated", count: 12 }), "incident");
    expect(text().slice(whole)).toBe("K7-4F3-9M goes on: 12 hits so far.\n");
    const before = text().length;
    made.onMessage(grown({ verdict: "act", state: "updated", count: 13 }), "incident");
    expect(text().slice(before)).toContain("192.168.10.57");
    made.onMessage(grown({ state: "closed", count: 14, foldedInto: "AA-BBB-CC" }), "incident");
    expect(text()).toContain("K7-4F3-9M is part of AA-BBB-CC now.");
    expect(made.incidents).toBe(1);
  });

  it("colours only where it may, and never lets a device's name act on the terminal", () => {
    const hostile: IncidentMessage = {
      ...INCIDENT,
      data: {
        ...INCIDENT.data,
        id: "\u001b[2J",
        insideHosts: {
          named: [{ address: "10.0.0.1", hostname: "\u001b]0;x\u0007\r" }],
          count: 1,
          isEstimate: false,
        },
      },
    };
    const plain = screen();
    plain.screen.onMessage(hostile, "incident");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(plain.text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const coloured = screen({ hasColour: true });
    coloured.screen.onMessage(INCIDENT, "incident");
    expect(coloured.text()).toContain("\u001b[1;31m");
  });

  it("does not show what is no incident, and marks what came late", () => {
    const { screen: made, text } = screen({ language: "en" });
    made.onMessage({ ...INCIDENT, data: { id: 5 } } as unknown as IncidentMessage, "incident");
    expect(text()).toBe("");
    made.onMessage({ ...INCIDENT, historical: true }, "incident");
    expect(text()).toContain("delivered late");
  });

  it("adds up at the end", () => {
    const { screen: made, text } = screen();
    made.onMessage(INCIDENT, "incident");
    made.totals({ devices: 1, received: 3, stored: 2, repeats: 1, invalid: 0, lost: 0, missing: 0 });
    expect(text()).toContain("1 台の機器から 1 件の検知（要対応 1 件、要注意 0 件、参考 0 件）");
    expect(text()).toContain("保存 2 件、重複除外 1 件");
  });

  it("speaks JSON, one object per line", () => {
    const lines: string[] = [];
    const report = new JsonReport((line) => void lines.push(line));
    report.onConnected(5);
    report.onMessage(INCIDENT, "incident");
    report.onMessage({ ...INCIDENT, seq: 2 }, "incident");
    report.totals({ devices: 1, received: 2, stored: 2, repeats: 0, invalid: 0, lost: 0, missing: 0 });
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      "connected",
      "incident",
      "incident",
      "totals",
    ]);
    expect(JSON.parse(lines[3]!)).toMatchObject({ incidents: 1, stored: 2 });
  });
});

describe("what a monitor knows of a device", () => {
  const state = (
    ledger: string,
    boot: number,
    session: number,
    status: "online" | "lost" | "stopped",
    run?: string,
  ): StateMessage => ({
    v: 1,
    device: "box-1",
    ledger,
    boot,
    seq: null,
    class: null,
    sentAt: "2026-11-22T00:00:01.000Z",
    committedAt: null,
    data: { status, session, ...(run !== undefined && { run }) },
  });

  it("does not let a will that comes late override a newer birth", () => {
    const device = new Devices().get("box-1", 0)!;
    expect(acceptState(device, state("a", 1, 1, "online"))).toBe("news");
    expect(acceptState(device, state("a", 1, 2, "online"))).toBe("news");
    expect(acceptState(device, state("a", 1, 1, "lost"))).toBe("stale");
    expect(acceptState(device, state("a", 2, 1, "online"))).toBe("news");
    expect(acceptState(device, state("a", 1, 2, "lost"))).toBe("stale");
    expect(device.status).toBe("online");
    expect(acceptState(device, state("a", 2, 1, "online"))).toBe("repeat");
    expect(acceptState(device, state("a", 2, 1, "lost"))).toBe("news");
    expect(device.status).toBe("lost");
  });

  it("takes a ledger never seen for the newer life, and the earlier one for the past", () => {
    const device = new Devices().get("box-1", 0)!;
    progressOf(device, "a");
    acceptState(device, state("a", 9, 9, "online"));
    expect(acceptState(device, state("b", 1, 1, "online"))).toBe("news");
    expect(acceptState(device, state("a", 9, 9, "lost"))).toBe("stale");
  });

  describe("whose store could not be opened at its start", () => {
    const known = (): Device => {
      const device = new Devices().get("box-1", 0)!;
      acceptState(device, state("a", 5, 3, "online", "r1"));
      return device;
    };

    it("takes its birth for a newer life, and late wills of the one before for the past", () => {
      const device = known();
      expect(acceptState(device, state("", 0, 1, "online", "r2"))).toBe("news");
      expect(acceptState(device, state("a", 5, 3, "lost", "r1"))).toBe("stale");
      expect(device).toMatchObject({ status: "online", ledger: "a" });
    });

    it("goes on with the same run when the store opens, and believes a will written before that", () => {
      const device = known();
      acceptState(device, state("", 0, 1, "online", "r2"));
      expect(acceptState(device, state("a", 6, 1, "online", "r2"))).toBe("repeat");
      expect(device).toMatchObject({ ledger: "a", boot: 6 });
      expect(acceptState(device, state("", 0, 1, "lost", "r2"))).toBe("news");
      expect(device).toMatchObject({ status: "lost", ledger: "a", boot: 6 });
    });

    it("does not let a will written before that override a later connection, run or ledger", () => {
      const device = known();
      acceptState(device, state("", 0, 1, "online", "r2"));
      acceptState(device, state("a", 6, 2, "online", "r2"));
      expect(acceptState(device, state("", 0, 1, "lost", "r2"))).toBe("stale");
      acceptState(device, state("a", 7, 1, "online", "r3"));
      expect(acceptState(device, state("", 0, 1, "lost", "r2"))).toBe("stale");
      expect(acceptState(device, state("", 0, 9, "lost", "never heard of"))).toBe("stale");
      acceptState(device, state("b", 1, 1, "online", "r3"));
      acceptState(device, state("a", 7, 1, "lost", "r3"));
      expect(device).toMatchObject({ status: "lost", ledger: "b", boot: 1 });
    });
  });

  it("names a silent device once per silence", () => {
    const devices = new Devices();
    const device = devices.get("box-1", 0)!;
    acceptState(device, state("a", 1, 1, "online"));
    expect(devices.newlySilent(180_000)).toEqual([]);
    expect(devices.newlySilent(180_001)).toEqual([device]);
    expect(devices.newlySilent(400_000)).toEqual([]);
  });

  it("does not grow beyond its bound", () => {
    const devices = new Devices();
    for (let i = 0; i < 10_000; i++) expect(devices.get(`box-${i}`, 0)).toBeDefined();
    expect(devices.get("one-too-many", 0)).toBeUndefined();
    expect(devices.get("box-5", 0)).toBeDefined();
  });
});
