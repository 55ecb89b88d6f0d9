/** The forms in which records are sent on. */
import { expect, it } from "vitest";
import { ecsEvent } from "../../../agent/forward/ecs-event.js";
import { eveEvent } from "../../../agent/forward/eve-event.js";
import type { ForwardMessage } from "../../../agent/forward/forward-record.js";
import { jsonLine, MAX_MESSAGE_BYTES, syslogMessage } from "../../../agent/forward/rfc5424.js";
import { textLine } from "../../../agent/forward/text-line.js";
import { forwardRecords } from "../../../agent/forward-records.js";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import { LogBlock } from "../../../agent/syslog/log-block.js";
import { makeDetection } from "../../support/detection.js";
import { INCIDENT } from "../../support/incident-message.js";

const ORIGIN = { device: "office-1", version: "1.2.3", isSynchronized: () => false };
const AT = Date.UTC(2026, 10, 28, 1, 2, 3, 4);
const COMMON = { priority: "normal", timeMs: AT, bytes: 0 } as const;
const DETECTION: ForwardMessage = {
  ...COMMON,
  kind: "detections",
  detection: makeDetection({
    action: "drop",
    applicationProtocol: "tls",
    metadata: { tls: { sni: "bad.example" } },
  }),
};
const INCIDENT_RECORD: ForwardMessage = { ...COMMON, kind: "incidents", incident: { ...INCIDENT.data } };
const LOG: ForwardMessage = {
  ...COMMON,
  kind: "logs",
  source: "rtx 1210",
  line: "遮断\u001b[31m 192.0.2.1\r\n",
};
const EVENT: ForwardMessage = {
  ...COMMON,
  kind: "agent",
  topic: "info",
  data: { event: "sensor_gap", interface: "lan0" },
};

it("a detection has its fields of the Elastic Common Schema", () => {
  expect(ecsEvent(DETECTION, ORIGIN)).toMatchObject({
    "@timestamp": "2026-11-28T01:02:03.004Z",
    ecs: { version: "8.11.0" },
    event: { kind: "alert", category: ["intrusion_detection", "network"], type: ["denied"], severity: 1 },
    rule: {
      id: "1:2000001",
      name: "TEST something bad",
      version: "3",
      category: "A Network Trojan was detected",
    },
    source: { ip: "192.168.1.20", port: 50_000 },
    destination: { ip: "203.0.113.9", port: 443 },
    network: { transport: "tcp", type: "ipv4", protocol: "tls" },
    observer: { name: "office-1", product: "sekisho", ingress: { interface: { name: "eth0" } } },
    related: { ip: ["192.168.1.20", "203.0.113.9"] },
    tls: { client: { server_name: "bad.example" } },
  });
});

it("incidents, the agent's own events and lines of other devices have theirs", () => {
  expect(ecsEvent(INCIDENT_RECORD, ORIGIN)).toMatchObject({
    event: { kind: "alert", id: "K7-4F3-9M", action: "incident-opened", type: ["start"] },
    host: { ip: ["192.168.10.57"], name: "android-3f" },
    tags: ["verdict-act"],
  });
  expect(ecsEvent(EVENT, ORIGIN)).toMatchObject({
    event: { action: "sensor_gap", dataset: "sekisho.agent" },
  });
  expect(ecsEvent(LOG, ORIGIN)).toMatchObject({ host: { name: "rtx 1210" }, event: { original: LOG.line } });
  expect(eveEvent(EVENT, ORIGIN)).toEqual({
    timestamp: "2026-11-28T01:02:03.004000+0000",
    host: "office-1",
    event_type: "agent",
    agent: { topic: "info", event: "sensor_gap", interface: "lan0" },
  });
});

it("a line of text is one line, whatever stands in a record, and says what is not ASCII behind a mark", () => {
  expect(textLine(LOG)).toBe("遮断\\u001b[31m 192.0.2.1\\u000d\\u000a");
  const { bytes } = syslogMessage(LOG, "text", ORIGIN, 7);
  const text = bytes.toString();
  const header = new HeaderParser().parse(text, AT);
  expect(header).toMatchObject({ quality: "ok", host: "rtx_1210", messageId: "log", structuredData: "" });
  expect(text).toContain(" - \u{feff}遮断");
  expect(textLine(INCIDENT_RECORD)).toMatch(/^incident=K7-4F3-9M state=opened verdict=act .*name=android-3f/);
  const quoted = makeDetection({ signature: 'say "x=\\"\ny' });
  expect(textLine({ ...COMMON, kind: "detections", detection: quoted })).toMatch(
    /^signature="say \\"x=\\\\\\"\\\\u000ay" /,
  );
});

it("JSON is ASCII, so that no mark stands before it", () => {
  const { text } = jsonLine(LOG, "eve", ORIGIN, 65_536);
  expect(text).toMatch(/^[ -~]+$/);
  expect(JSON.parse(text).log.message).toBe("遮断\u001b[31m 192.0.2.1\r\n");
});

it("no syslog message is longer than its bound, and JSON that was shortened is JSON still", () => {
  const metadata = { dns: { rrname: "あ".repeat(20_000) } };
  const large: ForwardMessage[] = [
    { ...COMMON, kind: "detections", detection: makeDetection({ metadata }) },
    { ...LOG, line: "あ".repeat(16_000) } as ForwardMessage,
    { ...EVENT, data: { event: "x", text: "y".repeat(60_000) } } as ForwardMessage,
    { ...INCIDENT_RECORD, incident: { ...INCIDENT.data, notes: "z".repeat(60_000) } } as ForwardMessage,
  ];
  for (const message of large) {
    for (const format of ["eve", "ecs"] as const) {
      const { bytes, isShortened } = syslogMessage(message, format, ORIGIN, 7);
      expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
      expect(isShortened).toBe(true);
      expect(() => JSON.parse(bytes.toString().slice(bytes.indexOf("{")))).not.toThrow();
    }
    const { bytes } = syslogMessage(message, "text", ORIGIN, 7);
    expect(bytes.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(bytes.toString()).not.toContain("\u{fffd}");
  }
});

it("what is committed is sent on once: detections, incidents, own events, lines; not what only the monitor needs", () => {
  const kinds = (entry: Parameters<typeof forwardRecords>[0]) =>
    forwardRecords(entry, AT).map(({ kind }) => kind);
  const payload = JSON.stringify(INCIDENT.data);
  const incident = { id: INCIDENT.data.id, isOpen: true, updatedMs: AT, payload };
  const message = { topic: "incident", payload };
  const detection = makeDetection();
  expect(kinds({ priority: "high", detection, incident, message })).toEqual(["detections", "incidents"]);
  const [hostile] = forwardRecords({ priority: "low", detection: makeDetection({ timeUs: 9e18 }) }, AT);
  expect(hostile!.timeMs).toBe(0);
  const told = (topic: string) => kinds({ priority: "high", message: { topic, payload: "{}" } });
  expect(["info", "rules", "checkpoint", "summary", "device"].map((topic) => told(topic).length)).toEqual([
    1, 1, 1, 0, 0,
  ]);
  const block = new LogBlock("rtx");
  for (const line of ["a", "遮断"]) block.add(AT, "ok", line, "utf-8", Buffer.byteLength(line));
  const [record] = forwardRecords({ priority: "low", log: block.take(AT) }, AT);
  expect(record).toMatchObject({ kind: "logs", source: "rtx", count: 2 });
  if (record?.kind !== "logs") return;
  expect(record.lines().map(({ line }) => line)).toEqual(["a", "遮断"]);
});
