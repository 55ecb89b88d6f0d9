/** Headers behind a chunked body, and coded bodies that are longer than they should be: what rules see of them. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nReal: 1\r\n\r\n5\r\nhello\r\n0\r\n";
const TRAILERS = "Trail: a\r\nServer: b\r\n\r\n";
const RULES = [
  'http.header; content:"Real"; sid:1;',
  'http.header; content:"Real: 1|0d 0a|Trail: a|0d 0a|"; sid:2;',
  'http.header.raw; content:"Real: 1|0d 0a 0d 0a|Trail: a|0d 0a|"; sid:3;',
  'http.server; content:"b"; sid:4;',
  'http.stat_code; content:"200"; sid:5;',
  'http.header; content:"Trail"; http.stat_code; content:"200"; sid:6;',
  'http.response_body; content:"hello"; sid:7;',
].map((options) => `alert http any any -> any any (flow:to_client; ${options})`);

test("headers behind the body belong to the head that came with them", () => {
  const { sids, sensor } = sensorWith(RULES);
  new TcpConversation(sensor, { serverPort: 80 }).client(GET).server(`${CHUNKED}${TRAILERS}`);
  expect(sids.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("to a head that came before they are news for rules on all headers, which are asked again", () => {
  const { sids, sensor } = sensorWith(RULES);
  const talk = new TcpConversation(sensor, { serverPort: 80 }).client(GET).server(CHUNKED);
  expect(sids.toSorted()).toEqual([1, 5]);
  talk.server(TRAILERS);
  expect(sids.toSorted()).toEqual([1, 1, 2, 3, 5, 6, 7]);
});

test("those of a request as well", () => {
  const { sids, sensor } = sensorWith([
    'alert http any any -> any any (flow:to_server; http.header; content:"Trail"; sid:1;)',
    'alert http any any -> any any (http.request_body; content:"hello"; sid:2;)',
  ]);
  new TcpConversation(sensor, { serverPort: 80 })
    .client("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")
    .client("Trail: a\r\n\r\n");
  expect(sids.toSorted()).toEqual([1, 2]);
});

test("they are seen where no rule looks at bodies", () => {
  const { sids, sensor } = sensorWith(RULES.slice(0, 3));
  const talk = new TcpConversation(sensor, { serverPort: 80 }).client(GET).server(CHUNKED);
  talk.server(TRAILERS);
  expect(sids.toSorted()).toEqual([1, 1, 2, 3]);
  const single = sensorWith([RULES[3]!]);
  new TcpConversation(single.sensor, { serverPort: 80 }).client(GET).server(`${CHUNKED}${TRAILERS}`);
  expect(single.sids).toEqual([4]);
});

test("a coded body that goes on behind its length is not looked at, as in Suricata", () => {
  const coded = gzipSync(Buffer.from("needle ".repeat(20)));
  const head = (length: number) =>
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n\r\n`;
  const answer = (length: number) => {
    const { sids, sensor } = sensorWith([
      'alert http any any -> any any (file.data; content:"needle"; sid:1;)',
      'alert http any any -> any any (http.stat_code; content:"200"; sid:2;)',
    ]);
    const bytes = Buffer.concat([Buffer.from(head(length)), coded]);
    new TcpConversation(sensor, { serverPort: 80 }).client(GET).server(bytes);
    sensor.finish();
    return sids.toSorted();
  };
  expect(answer(coded.length)).toEqual([1, 2]);
  expect(answer(coded.length - 8)).toEqual([2]);
});
