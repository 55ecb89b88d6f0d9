import { expect, it } from "vitest";
import { EventReader } from "../../../agent/syslog/event-reader.js";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import { LogSource } from "../../../agent/syslog/log-source.js";
import { messageOf } from "../../../agent/syslog/syslog-message.js";

const NOW = Date.UTC(2026, 10, 28, 10);
const headers = new HeaderParser();

it("a flood of connections is bounded, and loses no lease and no detection of the device", () => {
  const reader = new EventReader();
  const source = new LogSource({ name: "rtx", address: "192.0.2.1" }, 0);
  const read = (line: string) => reader.read(messageOf(headers.parse(line, NOW), line, NOW), source);
  for (let i = 0; i < 2000; i++)
    read(`<134>[INSPECT] PP[01][out][1] TCP 192.168.100.2:${i} > 203.0.113.80:443 (2026/11/28 19:00:00)`);
  read("<134>[DHCPD] LAN1(port1) Allocates 192.168.100.2: 00:00:5e:00:53:01");
  const events = reader.take();
  expect(events).toHaveLength(251);
  expect(events.at(-1)).toMatchObject({ source: "rtx", format: "yamaha", event: { kind: "dhcp" } });
  expect(reader.counts).toEqual({ flow: 2000, dhcp: 1, shed: 1750 });
  expect(reader.take()).toEqual([]);
});
