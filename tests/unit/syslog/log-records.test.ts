import { describe, expect, it } from "vitest";
import { FIRST_LOG_GENERATOR } from "../../../agent/incident/same-event.js";
import { recordsOfEvents } from "../../../agent/log-records.js";
import { EventReader } from "../../../agent/syslog/event-reader.js";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import { LogSource } from "../../../agent/syslog/log-source.js";
import { FIXTURES } from "../../support/log-fixtures.js";

const NOW = Date.UTC(2026, 10, 28, 10, 0, 5);
const source = new LogSource({ name: "utm", address: "192.0.2.1", utc_offset_min: 540 }, 0);

/** What becomes of lines that a source of unknown format sends. */
function recordsOf(reader: EventReader, lines: readonly string[]) {
  const headers = new HeaderParser();
  for (const line of lines) {
    const header = headers.parse(line, NOW, source.utcOffsetMin);
    reader.read({ ...header, line, text: line.slice(header.textStart), receivedMs: NOW }, source);
  }
  return recordsOfEvents(reader.take(), NOW);
}

describe("what another device's log says", () => {
  it("of its own detections becomes detections under its own numbers", () => {
    const lines = Object.values(FIXTURES).flatMap((fixtures) =>
      fixtures.filter(([, { kind }]) => kind === "ips").map(([line]) => line),
    );
    const records = recordsOf(new EventReader(), lines);
    expect(records).toHaveLength(lines.length);
    const knock = { sourceAddress: "198.51.100.7", destinationAddress: "203.0.113.1", interfaceName: "utm" };
    for (const record of records) {
      expect(record).toMatchObject({ kind: "detection", ...knock });
      if (record.kind === "detection") expect(record.generatorId).toBeGreaterThanOrEqual(FIRST_LOG_GENERATOR);
    }
    const ids = records.map((record) => (record.kind === "detection" ? record.signatureId : 0));
    expect(ids).toEqual(expect.arrayContaining([44444, 1055396, 41944, 40001]));
  });

  it("of leases is an observation, and of traffic is counted", () => {
    const reader = new EventReader();
    const records = recordsOf(
      reader,
      FIXTURES.dnsmasq!.map(([line]) => line),
    );
    expect(records).toEqual([
      {
        kind: "observation",
        timeUs: Date.UTC(2026, 10, 28, 10) * 1000,
        interfaceName: "utm",
        event: "dhcp",
        address: "192.168.100.2",
        macAddress: "00:00:5e:00:53:01",
        fields: { hostname: "KEIRI-PC" },
      },
    ]);
    expect(reader.counts).toEqual({ dns: 2, dhcp: 1, other: 1 });
  });

  it("is bounded, and what is beyond is counted", () => {
    const reader = new EventReader();
    const [line] = FIXTURES.dnsmasq!.find(([, { kind }]) => kind === "dhcp")!;
    expect(recordsOf(reader, Array(700).fill(line))).toHaveLength(500);
    expect(reader.counts.shed).toBe(200);
  });
});
