/** What records say behind segments that the sensor did not get, protocol by protocol. */
import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import type { TrafficRecord } from "../../../agent/sensor/traffic-record.js";
import { bind, bindAck, request, response } from "../../support/dcerpc-pdus.js";
import { bytesOf } from "../../support/frames.js";
import { imageOf } from "../../support/rules.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

function recordsOf(serverPort: number, talk: (conversation: TcpConversation) => void): TrafficRecord[] {
  const records: TrafficRecord[] = [];
  const sensor = new Sensor({
    image: imageOf(),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 16, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onTraffic: (record) => records.push(record),
    wallMs: () => 0,
  });
  talk(new TcpConversation(sensor, { serverPort }));
  sensor.finish();
  return records;
}

function objectsOf(records: readonly TrafficRecord[], event: string): Record<string, unknown>[] {
  return records
    .filter((record) => record.event === event)
    .map(({ metadata }) => metadata[event] as Record<string, unknown>);
}

function query(name: string): Uint8Array {
  const message = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.length, ...bytesOf(name), 0, 0, 1, 0, 1];
  return Uint8Array.from([0, message.length, ...message]);
}

test("DNS over TCP: a lost message, whole or its end, hides only itself", () => {
  for (const seen of [0, 6]) {
    const lost = query("two");
    const records = recordsOf(53, (conversation) => {
      conversation.client(query("one"));
      if (seen > 0) conversation.client(lost.slice(0, seen));
      conversation.lostClient(lost.slice(seen)).client(query("three")).client(query("four"));
    });
    expect(objectsOf(records, "dns").map(({ rrname }) => rrname)).toEqual(["one", "three", "four"]);
    expect(records.at(-1)!.metadata.tcp).toMatchObject({ ts_gap: true });
  }
});

test("DNS over TCP: where only the end of a lost message comes, nothing is made up", () => {
  const records = recordsOf(53, (conversation) => {
    conversation.client(query("one")).lostClient(query("two"));
    conversation.client(query("two").slice(6)).client(query("three"));
  });
  expect(objectsOf(records, "dns").map(({ rrname }) => rrname)).toEqual(["one"]);
});

test("DCERPC: calls behind a lost one are told", () => {
  const records = recordsOf(135, (conversation) => {
    conversation
      .client(bind())
      .server(bindAck(0))
      .client(request(1, 3, "stub"))
      .server(response(1, "answer"));
    conversation.lostClient(request(2, 4, "lost"));
    conversation.client(request(3, 5, "later")).server(response(3, "answer"));
  });
  expect(objectsOf(records, "dcerpc")).toMatchObject([
    { request: "BIND", response: "BINDACK" },
    { call_id: 1, response: "RESPONSE" },
    { call_id: 3, response: "RESPONSE", req: { opnum: 5 } },
  ]);
});

test("FTP: a command whose reply was lost has none, and the next ones have theirs", () => {
  const records = recordsOf(21, (conversation) => {
    conversation.server("220 (x)\r\n").client("USER a\r\n").server("331 pw\r\n").client("PASS b\r\n");
    conversation.lostServer("230 ok\r\n").client("PWD\r\n").server("257 /\r\n");
  });
  expect(objectsOf(records, "ftp").slice(1)).toMatchObject([
    { command: "USER", reply: ["pw"] },
    { command: "PASS", reply_received: "no" },
    { command: "PWD", reply: ["/"] },
  ]);
});

test("SMTP: a lost part of a mail leaves envelope and header as they are", () => {
  const records = recordsOf(25, (conversation) => {
    conversation.server("220 x ESMTP\r\n").client("EHLO a\r\n").server("250 ok\r\n");
    conversation
      .client("MAIL FROM:<a@b>\r\n")
      .server("250 ok\r\n")
      .client("RCPT TO:<c@d>\r\n")
      .server("250 ok\r\n");
    conversation.client("DATA\r\n").server("354 go\r\n").client("Subject: x\r\n\r\nbody\r\n");
    conversation.lostClient("more\r\n").client("end\r\n.\r\n").server("250 ok\r\n");
  });
  expect(objectsOf(records, "smtp")).toMatchObject([{ mail_from: "<a@b>", rcpt_to: ["<c@d>"] }]);
  expect(objectsOf(records, "smtp")).toHaveLength(1);
});
