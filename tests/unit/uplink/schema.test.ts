import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import type { JsonSchema } from "../../../agent/base/json-schema.js";
import { CONFIG_SCHEMA } from "../../../agent/config/schema.js";
import { DeviceBook } from "../../../agent/device/device-book.js";
import { VendorTable } from "../../../agent/device/vendor-table.js";
import type { Incident } from "../../../agent/incident/incident.js";
import { type Summary, summarize } from "../../../agent/incident/summary.js";
import { Tally } from "../../../agent/incident/tally.js";
import type { Theme } from "../../../agent/incident/theme.js";
import type { StoreNotice } from "../../../agent/store/notice.js";
import { EnvelopeWriter } from "../../../agent/uplink/envelope.js";
import { ACK_SCHEMA } from "../../../agent/uplink/schema/ack.js";
import { CHECKPOINT_SCHEMA } from "../../../agent/uplink/schema/checkpoint.js";
import { COMMAND_SCHEMA, RESULT_SCHEMA } from "../../../agent/uplink/schema/command.js";
import { DESIRED_RULES_SCHEMA } from "../../../agent/uplink/schema/desired-rules.js";
import { DEVICE_SCHEMA } from "../../../agent/uplink/schema/device.js";
import { NUMBERED_SCHEMA } from "../../../agent/uplink/schema/envelope.js";
import { HEALTH_SCHEMA } from "../../../agent/uplink/schema/health.js";
import { INCIDENT_SCHEMA, type IncidentMessage } from "../../../agent/uplink/schema/incident.js";
import { INFO_SCHEMA } from "../../../agent/uplink/schema/info.js";
import { RULES_SCHEMA } from "../../../agent/uplink/schema/rules.js";
import { SELFTEST_SCHEMA } from "../../../agent/uplink/schema/selftest.js";
import { STATE_SCHEMA } from "../../../agent/uplink/schema/state.js";
import { SUMMARY_SCHEMA, type SummaryMessage } from "../../../agent/uplink/schema/summary.js";
import { makeObservation } from "../../support/detection.js";
import { HEALTH } from "../../support/uplink-bench.js";

const published: readonly [file: string, schema: JsonSchema][] = [
  ["agent/uplink/schema/ack.schema.json", ACK_SCHEMA],
  ["agent/uplink/schema/checkpoint.schema.json", CHECKPOINT_SCHEMA],
  ["agent/uplink/schema/command.schema.json", COMMAND_SCHEMA],
  ["agent/uplink/schema/result.schema.json", RESULT_SCHEMA],
  ["agent/uplink/schema/rules.schema.json", RULES_SCHEMA],
  ["agent/uplink/schema/desired-rules.schema.json", DESIRED_RULES_SCHEMA],
  ["agent/uplink/schema/device.schema.json", DEVICE_SCHEMA],
  ["agent/uplink/schema/health.schema.json", HEALTH_SCHEMA],
  ["agent/uplink/schema/incident.schema.json", INCIDENT_SCHEMA],
  ["agent/uplink/schema/info.schema.json", INFO_SCHEMA],
  ["agent/uplink/schema/numbered.schema.json", NUMBERED_SCHEMA],
  ["agent/uplink/schema/selftest.schema.json", SELFTEST_SCHEMA],
  ["agent/uplink/schema/state.schema.json", STATE_SCHEMA],
  ["agent/uplink/schema/summary.schema.json", SUMMARY_SCHEMA],
  ["agent/config/config.schema.json", CONFIG_SCHEMA],
];

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

/** JSON as the formatter of this repository lays it out: lists of plain values stand on one line where they fit. */
function publishedText(schema: JsonSchema): string {
  const text = JSON.stringify(schema, null, 2);
  const lists = /^(?<head>.*)\[\n(?<items>[^[\]{}]*?)\n\s*\](?<tail>,?)$/gm;
  const oneLine = text.replace(lists, (whole, head: string, items: string, tail: string) => {
    const line = `${head}[${items.trim().replace(/\n\s*/g, " ")}]${tail}`;
    return line.length <= 110 ? line : whole;
  });
  return `${oneLine}\n`;
}

describe("published JSON Schemas", () => {
  // To renew the files after a change of the source: vitest run tests/unit/uplink/schema.test.ts -u
  it.each(published)("%s is what the source says", async (file, schema) => {
    await expect(publishedText(schema)).toMatchFileSnapshot(`../../../${file}`);
  });

  it.each(published)("%s is a valid schema of draft 2020-12", (_file, schema) => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: true });
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });
});

describe("messages", () => {
  const writer = new EnvelopeWriter({ device: "box-1", boot: 7, outbox: { ledger: "ab12" } }, 60_000);
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
  const errorsOf = (schema: JsonSchema, text: string) => {
    const validate = ajv.compile(schema);
    validate(JSON.parse(text));
    return validate.errors;
  };

  it("of a device is a card as the box keeps it, without the servers it asks for", () => {
    const observed = new DeviceBook({
      isInside: () => true,
      vendors: VendorTable.ofBuild(),
      counters: new Counters(),
      maxDevices: 1,
      monotonicMs: () => 0,
    });
    const fields = {
      hostname: "pc",
      vendor: "MSFT 5.0",
      parameters: "1,3",
      model: "X1",
      services: "ipp",
      user_agent: "x",
    };
    observed.observe(makeObservation({ fields }));
    const { id } = observed.cards()[0]!;
    const { card } = observed.label(id, { owner: "Sato", room: "2F", port: "7", name: "PC" })!;
    const payload = JSON.stringify({ event: "new", card: { ...card, peers: undefined } });
    const message = { sequence: 9, topic: "device", priority: "low", payload, committedMs: 0 } as const;
    expect(errorsOf(DEVICE_SCHEMA, writer.numbered(message, 0))).toBeNull();
  });

  it("of the outbox are valid by Ajv's judgement, with and without the mark of history", () => {
    const message = {
      sequence: 9,
      priority: "high",
      topic: "incident",
      payload: "{}",
      committedMs: 0,
    } as const;
    expect(errorsOf(NUMBERED_SCHEMA, writer.numbered(message, 0))).toBeNull();
    expect(errorsOf(NUMBERED_SCHEMA, writer.numbered(message, 1e9))).toBeNull();
    expect(errorsOf(NUMBERED_SCHEMA, writer.numbered({ ...message, committedMs: 8.64e15 }, 0))).toBeNull();
  });

  it("of an incident are valid by Ajv's judgement, and the agent's type fits the published one", () => {
    const incident: Incident = {
      id: "K7-4F3-9M",
      state: "opened",
      rule: {
        sid: 2,
        gid: 1,
        rev: 3,
        signature: "ET MALWARE x",
        category: "A Network Trojan was detected",
        severity: 1,
        metadata: { former_category: ["MALWARE"] },
      },
      theme: "malware",
      direction: "outbound",
      scope: "pair",
      verdict: "act",
      insideHost: { address: "192.168.1.5", hostname: "PC-5" },
      insideHosts: { named: [{ address: "192.168.1.5" }], count: 1, isEstimate: false },
      remotes: { named: [{ name: "bad.example" }], count: 1, isEstimate: false },
      protocol: "TCP",
      ports: [443],
      isAnswered: true,
      firstSeen: "2026-11-22T00:00:00.000Z",
      lastSeen: "2026-11-22T00:00:00.000Z",
      count: 1,
      evidence: [{ kind: "tls.sni", value: "bad.example", count: 1 }],
    };
    // Arrays of the schema's type are not readonly; the rest must be assignable as it is.
    const data: Mutable<Incident> = structuredClone(incident) as Mutable<Incident>;
    const published: IncidentMessage["data"] = data;
    const theme: Theme = published.theme;
    expect(theme).toBe("malware");
    const payload = JSON.stringify(published);
    const message = { sequence: 9, priority: "high", topic: "incident", payload, committedMs: 0 } as const;
    expect(errorsOf(INCIDENT_SCHEMA, writer.numbered(message, 0))).toBeNull();
  });

  it("of a summary are valid by Ajv's judgement, and the agent's type fits the published one", () => {
    const tally = new Tally("hour/1");
    tally.add(["hit", 1, 2, "outbound", "192.168.1.5"], 3);
    tally.set(["rule", 1, 2, "ET MALWARE x"], 0);
    tally.set(["gap", "capture.silent", "lan0", 1_790_000_000_000], -1);
    const summary = summarize("hour", 7, tally, 1_790_000_000_000, { version: "ab", loaded: 1, refused: 0 });
    const published: SummaryMessage["data"] = structuredClone(summary) as Mutable<Summary>;
    const payload = JSON.stringify(published);
    const message = { sequence: 9, priority: "high", topic: "summary", payload, committedMs: 0 } as const;
    expect(errorsOf(SUMMARY_SCHEMA, writer.numbered(message, 0))).toBeNull();
  });

  it("about the store are valid by Ajv's judgement", () => {
    const salvaged: StoreNotice = {
      event: "store.salvaged",
      setAside: "sekisho.db.corrupt-1",
      detections: 1,
      incidents: 1,
      logs: 1,
      messages: 1,
      isComplete: true,
      skippedFirst: 5,
      skippedLast: 1_000_004,
    };
    const tombstone: StoreNotice = {
      event: "store.tombstone",
      priority: "low",
      firstSequence: 3,
      lastSequence: 9,
      messages: 4,
      bytes: 400,
      replaced: 1,
    };
    const damaged: StoreNotice = { event: "store.damaged", messages: [{ sequence: 1, priority: "low" }] };
    const ballast: StoreNotice = { event: "store.ballast", isReleased: true, bytes: 1_000 };
    const range = { firstNumber: 1, lastNumber: 9, records: 4, bytes: 400 };
    const departed: StoreNotice = {
      event: "store.departed",
      departed: [{ part: "logs", priority: "low", ...range }],
    };
    for (const notice of [salvaged, tombstone, damaged, ballast, departed]) {
      const message = {
        sequence: 9,
        priority: "high",
        topic: "info",
        payload: JSON.stringify(notice),
        committedMs: 0,
      } as const;
      expect(errorsOf(INFO_SCHEMA, writer.numbered(message, 0))).toBeNull();
    }
  });

  it("of state and health are valid by Ajv's judgement", () => {
    const state = { status: "online", session: 1, protocol: 5, version: "0.1.0", lowestSeq: null };
    expect(errorsOf(STATE_SCHEMA, writer.live(state, 0))).toBeNull();
    const health = {
      ...HEALTH,
      outbox: { messages: 0, bytes: 0, oldestAgeS: null, lowestSeq: null },
      uplink: { session: 1, protocol: 4, published: 0, acknowledged: 0, unacknowledged: 0 },
    };
    expect(errorsOf(HEALTH_SCHEMA, writer.live(health, 0))).toBeNull();
  });
});
