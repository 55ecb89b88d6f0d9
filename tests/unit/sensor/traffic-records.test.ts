import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import type { TrafficRecord } from "../../../agent/sensor/traffic-record.js";
import { imageOf } from "../../support/rules.js";
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
