import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const HEAD = "HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
const on = (event: string, sid: number, flow = "", more = "") =>
  `alert http any any -> any any (${flow} app-layer-event:http.${event}; ${more} sid:${sid};)`;
const threeWays = (event: string) => [
  on(event, 1),
  on(event, 2, "flow:established,to_server;"),
  on(event, 3, "flow:established,to_client;"),
];

function told(rules: readonly string[], talk: (flow: TcpConversation) => TcpConversation): number[] {
  const { sensor, sids } = sensorWith(rules);
  talk(new TcpConversation(sensor, { serverPort: 80 }));
  sensor.finish();
  return sids.sort((a, b) => a - b);
}

test("an event of a head is told once in each direction that the rule allows, not again with the body", () => {
  const talk = (flow: TcpConversation) => flow.client(`POST /x ${HEAD}`).client("abcd").server(ANSWER);
  expect(told(threeWays("missing_host_header"), talk)).toEqual([1, 1, 2, 3]);
});

test("each request has events of its own", () => {
  const talk = (flow: TcpConversation) =>
    flow.client("GET / HTTP/1.1\r\n\r\n").server(ANSWER).client("GET / HTTP/1.1\r\n\r\n").server(ANSWER);
  expect(told([on("missing_host_header", 2, "flow:to_server;")], talk)).toEqual([2, 2]);
});

test("an event of the response is seen with the request where the client has not gone on before", () => {
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const bad = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\nabcdefghij";
  const rules = threeWays("gzip_decompression_failed");
  expect(told(rules, (flow) => flow.client(request).server(bad))).toEqual([1, 1, 2, 3]);
  expect(told(rules, (flow) => flow.client(request).server(bad.slice(0, -5)).server("fghij"))).toEqual([
    1, 3,
  ]);
});

test("a rule sees the events of the request together with fields of its response", () => {
  const rule = on("missing_host_header", 4, "", 'http.stat_code; content:"200";');
  expect(told([rule], (flow) => flow.client("GET / HTTP/1.1\r\n\r\n").server(ANSWER))).toEqual([4]);
});

test("an event and a field of the head are told once, also where the body comes later", () => {
  const rule = on("missing_host_header", 5, "", 'http.uri; content:"/x";');
  expect(told([rule], (flow) => flow.client(`POST /x ${HEAD}`).client("abcd").server(ANSWER))).toEqual([5]);
});

test("two events of one rule may come with the head and with the body", () => {
  const rule = on("missing_host_header", 6, "flow:to_server; app-layer-event:http.request_chunk_extension;");
  const head = "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(told([rule], (flow) => flow.client(head).client("2;x\r\nab\r\n0\r\n\r\n").server(ANSWER))).toEqual([
    6,
  ]);
});
