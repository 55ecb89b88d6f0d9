import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import type { TrafficRecord } from "../../../agent/sensor/traffic-record.js";
import { ethernet, icmpv4, ipv4, udp, vlan } from "../../support/frames.js";
import { imageOf } from "../../support/rules.js";
import { TEST_START_US } from "../../support/segments.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { CLIENT_HELLO_TLS12 } from "./proto/tls/golden.js";

/** A sensor without rules, and what it records. */
function recordingSensor(): { readonly sensor: Sensor; readonly records: TrafficRecord[] } {
  const records: TrafficRecord[] = [];
  const sensor = new Sensor({
    image: imageOf(),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onTraffic: (record) => records.push(record),
    wallMs: () => 0,
  });
  return { sensor, records };
}

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: example.jp\r\n\r\n`;

test("each HTTP request has one record, with the response where there is one", () => {
  const { sensor, records } = recordingSensor();
  new TcpConversation(sensor, { serverPort: 80 })
    .client(request("/a"))
    .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    .client(request("/b"))
    .client(request("/c"))
    .server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  sensor.finish();
  const http = records.filter(({ event }) => event === "http").map(({ metadata }) => metadata.http);
  expect(http).toMatchObject([
    { url: "/a", http_method: "GET", hostname: "example.jp", status: 200, length: 2 },
    { url: "/b", status: 404 },
    { url: "/c", length: 0 },
  ]);
  expect(http[2]).not.toHaveProperty("status");
});

test("a connection through a proxy is recorded beside the CONNECT that opened it", () => {
  const { sensor, records } = recordingSensor();
  new TcpConversation(sensor, { serverPort: 8080 })
    .client("CONNECT example.jp:80 HTTP/1.1\r\nHost: example.jp:80\r\n\r\n")
    .server("HTTP/1.1 200 Connection established\r\n\r\n")
    .client(request("/inside"))
    .server("HTTP/1.1 204 No Content\r\n\r\n");
  sensor.finish();
  const http = records.filter(({ event }) => event === "http").map(({ metadata }) => metadata.http);
  expect(http).toMatchObject([
    { http_method: "CONNECT", status: 200 },
    { http_method: "GET", url: "/inside", status: 204 },
  ]);
});

test("a TLS handshake that stays without an answer is recorded when its flow ends", () => {
  const { sensor, records } = recordingSensor();
  new TcpConversation(sensor, { serverPort: 443 }).client(CLIENT_HELLO_TLS12);
  expect(records).toEqual([]);
  sensor.finish();
  expect(records.map(({ event }) => event)).toEqual(["tls", "flow"]);
  expect(records[0]).toMatchObject({ applicationProtocol: "tls", interfaceName: "test0", protocol: "TCP" });
  expect(records[0]!.metadata).toHaveProperty("tls.ja3.hash");
});

test("a flow is recorded with its packets and state, and has the community id of its messages", () => {
  const { sensor, records } = recordingSensor();
  new TcpConversation(sensor, { serverPort: 80 })
    .client(request("/a"))
    .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  sensor.finish();
  const [http, flow] = records;
  expect(flow).toMatchObject({ event: "flow", metadata: { flow: { state: "established" } } });
  expect(flow!.communityId).toMatch(/^1:[A-Za-z0-9+/]{27}=$/);
  expect(http!.communityId).toBe(flow!.communityId);
});

test("after a reset nothing is left of what was not written", () => {
  const { sensor, records } = recordingSensor();
  new TcpConversation(sensor, { serverPort: 80 }).client(request("/a"));
  sensor.reset();
  sensor.finish();
  expect(records).toEqual([]);
});

test("each file has a record with its name, its size and what its message says", () => {
  const { sensor, records } = recordingSensor();
  const long = "x".repeat(300_000);
  new TcpConversation(sensor, { serverPort: 80 })
    .client("POST /up HTTP/1.1\r\nHost: example.jp\r\nContent-Length: 4\r\n\r\nbody")
    .server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    .client(request("/docs/a.txt?v=1"))
    .server(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${long.length}\r\n\r\n`);
  const conversation = new TcpConversation(sensor, { serverPort: 80, clientPort: 40_001 })
    .client(request("/long"))
    .server(`HTTP/1.1 200 OK\r\nContent-Length: ${long.length}\r\n\r\n`);
  for (let at = 0; at < long.length; at += 1000) conversation.server(long.slice(at, at + 1000));
  sensor.finish();
  const files = records.filter(({ event }) => event === "fileinfo");
  expect(files.map(({ metadata }) => metadata)).toMatchObject([
    {
      http: { url: "/up", http_method: "POST", status: 201 },
      fileinfo: { filename: "/up", size: 4, state: "CLOSED", gaps: false, stored: false, tx_id: 0 },
    },
    {
      http: { url: "/long", length: 300_000 },
      fileinfo: { filename: "/long", size: 300_000, state: "CLOSED" },
    },
  ]);
  expect(files.map(({ ports }) => ports)).toEqual([
    [40_000, 80],
    [80, 40_001],
  ]);
  expect(files[1]!.metadata.http).not.toHaveProperty("response_headers");
});

test("a flow's record tells ICMP's code and answer, the third VLAN, and what had been spoken before", () => {
  const { sensor, records } = recordingSensor();
  let timeUs = TEST_START_US;
  const see = (bytes: Uint8Array): void => sensor.frame(bytes, 0, bytes.length, bytes.length, 1, timeUs++);
  const ends = { source: "10.0.0.1", destination: "10.0.0.2" };
  see(ethernet(ipv4(ends, icmpv4({ type: 8, code: 0 }, "ping"))));
  see(ethernet(ipv4({ source: "10.0.0.2", destination: "10.0.0.1" }, icmpv4({ type: 0, code: 0 }, "ping"))));
  see(ethernet(vlan(1, vlan(2, vlan(3, ipv4(ends, icmpv4({ type: 13, code: 7 }, "x")))))));
  see(ethernet(ipv4(ends, udp({ sourcePort: 50_000, destinationPort: 50_001 }, "no protocol at all"))));
  new TcpConversation(sensor, { serverPort: 8080 })
    .client("CONNECT example.jp:443 HTTP/1.1\r\nHost: example.jp:443\r\n\r\n")
    .server("HTTP/1.1 200 Connection established\r\n\r\n")
    .client(CLIENT_HELLO_TLS12);
  sensor.finish();
  const flows = records
    .filter(({ event }) => event === "flow")
    .sort((a, b) => Number(a.flowId) - Number(b.flowId));
  expect(flows.map(({ flowId }) => Number.isSafeInteger(Number(flowId)))).toEqual([true, true, true, true]);
  expect(
    flows.map(({ metadata, applicationProtocol }) => ({ ...metadata, applicationProtocol })),
  ).toMatchObject([
    { icmp_type: 8, icmp_code: 0, response_icmp_type: 0, response_icmp_code: 0 },
    { icmp_type: 13, icmp_code: 7, vlan: [1, 2, 3] },
    { applicationProtocol: "failed" },
    { applicationProtocol: "tls", app_proto_orig: "http" },
  ]);
  expect(flows[1]!.metadata).not.toHaveProperty("response_icmp_type");
});

test("a file with a hole says so, and the next one of the connection does not", () => {
  const { sensor, records } = recordingSensor();
  const conversation = new TcpConversation(sensor, { serverPort: 80 })
    .client(request("/torn"))
    .server(`HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n${"a".repeat(1000)}`)
    .lostServer("b".repeat(1000))
    .server("c".repeat(1000));
  conversation.client(request("/whole")).server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  sensor.finish();
  const files = records.filter(({ event }) => event === "fileinfo").map(({ metadata }) => metadata.fileinfo);
  expect(files).toMatchObject([
    { filename: "/torn", size: 3000, gaps: true, state: "TRUNCATED" },
    { filename: "/whole", size: 2, gaps: false, state: "CLOSED" },
  ]);
  expect(records.find(({ event }) => event === "flow")!.metadata.tcp).toMatchObject({ tc_gap: true });
});
