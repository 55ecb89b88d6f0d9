import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CliContext, EXIT_DONE, EXIT_USAGE } from "../../../agent/cli/context.js";
import { type ReplayArguments, runReplay } from "../../../agent/cli/replay.js";
import { pcapFile } from "../../support/capture-file.js";
import { ethernet, ipv4, udp } from "../../support/frames.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const CONTEXT: CliContext = {
  language: "en",
  out: () => undefined,
  err: () => undefined,
  environment: {},
  isTerminal: false,
};
const RULE = 'alert dns any any -> any any (msg:"name"; dns.query; content:"example.jp"; sid:1;)\n';

/** Id 0x1234, recursion desired, one question: example.jp A IN. */
const QUERY = Buffer.from("123401000001000000000000076578616d706c65026a700000010001", "hex");

/** Replay one DNS query, with or without a rule that it matches; the lines written behind the one about rules. */
async function replayQuery(options: { records: boolean; hasRule: boolean }) {
  const directory = await temporaryDirectory();
  const capture = join(directory, "query.pcap");
  const eve = join(directory, "eve.json");
  const rules = join(directory, "one.rules");
  const frame = ethernet(ipv4({ source: "192.168.10.20", destination: "8.8.8.8" }, udp({}, QUERY)));
  writeFileSync(capture, pcapFile([{ bytes: frame, timeUs: 1_700_000_000_123_456 }]));
  writeFileSync(rules, RULE);
  const args: ReplayArguments = {
    pcap: [capture],
    rules: options.hasRule ? [rules] : [],
    eve,
    vars: undefined,
    homeNet: undefined,
    thresholdFile: undefined,
    disableConf: undefined,
    enableConf: undefined,
    dropConf: undefined,
    modifyConf: undefined,
    why: undefined,
    whyLimit: 20,
    packetAlertMax: 15,
    json: false,
    batch: undefined,
    stats: false,
    more: false,
    records: options.records,
    allowEmpty: false,
    cache: true,
  };
  const code = await runReplay(CONTEXT, args);
  if (code !== EXIT_DONE) return { code, events: [] };
  const lines = readFileSync(eve, "utf8").trimEnd().split("\n");
  return { code, events: lines.slice(1).map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("with --records a replay needs no rules and writes messages and flows in EVE form", async () => {
  const { code, events } = await replayQuery({ records: true, hasRule: false });
  expect(code).toBe(EXIT_DONE);
  expect(events).toMatchObject([
    {
      timestamp: "2023-11-14T22:13:20.123456+0000",
      event_type: "dns",
      src_ip: "192.168.10.20",
      src_port: 40000,
      dest_ip: "8.8.8.8",
      dest_port: 53,
      proto: "UDP",
      app_proto: "dns",
      dns: { type: "query", id: 0x1234, rrname: "example.jp", rrtype: "A", tx_id: 0 },
    },
    {
      event_type: "flow",
      app_proto: "dns",
      flow: {
        pkts_toserver: 1,
        pkts_toclient: 0,
        start: "2023-11-14T22:13:20.123456+0000",
        end: "2023-11-14T22:13:20.123456+0000",
        age: 0,
        state: "new",
      },
    },
  ]);
  expect(events[0]!.flow_id).toBe(events[1]!.flow_id);
});

test("with --records alerts have the community id of their flow", async () => {
  const { events } = await replayQuery({ records: true, hasRule: true });
  expect(events.map((event) => event.event_type).sort()).toEqual(["alert", "dns", "flow"]);
  expect(new Set(events.map((event) => event.community_id)).size).toBe(1);
});

test("without --records there are only alerts, as they are", async () => {
  const { events } = await replayQuery({ records: false, hasRule: true });
  expect(events.map((event) => event.event_type)).toEqual(["alert"]);
  expect(events[0]).not.toHaveProperty("community_id");
});

test("without --records a replay without rules is wrong usage", async () => {
  expect((await replayQuery({ records: false, hasRule: false })).code).toBe(EXIT_USAGE);
});
