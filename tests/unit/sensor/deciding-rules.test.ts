/** Pass and drop rules on streams and messages: what of the flow is still told. */
import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const OTHERS = [
  'alert http any any -> any any (http.uri; content:"/a"; sid:11;)',
  'alert http any any -> any any (http.stat_code; content:"200"; sid:12;)',
  'alert tcp any any -> any any (content:"GET"; sid:13;)',
  'alert tcp any any -> any any (content:"200 OK"; sid:14;)',
  'alert http any any -> any any (http.response_body; content:"body"; sid:15;)',
];

/** Sids told of one request and its answer where this rule stands before the others. */
function told(rule: string): number[] {
  const { sensor, sids } = sensorWith([rule, ...OTHERS]);
  new TcpConversation(sensor, { serverPort: 80 })
    .client("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    .server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")
    .client("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  sensor.finish();
  return sids.toSorted((a, b) => a - b);
}

test("a pass rule on the stream lets pass what the stream tells as messages", () => {
  expect(told('pass tcp any any -> any any (content:"GET"; sid:1;)')).toEqual([]);
  expect(told('pass tcp any any -> any any (content:"GET"; depth:3; sid:1;)')).toEqual([]);
  expect(told('pass tcp any any -> any any (content:"200 OK"; sid:1;)')).toEqual([11, 13]);
});

test("a pass rule on a message hides nothing that was said before it", () => {
  expect(told('pass http any any -> any any (http.stat_code; content:"200"; sid:1;)')).toEqual([11, 13]);
  expect(told('pass http any any -> any any (http.uri; content:"/a"; sid:1;)')).toEqual([]);
});

test("what a rule would drop is told whole, with all that came in the same packet, and nothing behind it", () => {
  expect(told('drop tcp any any -> any any (content:"GET"; sid:1;)')).toEqual([1, 11, 13]);
  expect(told('drop http any any -> any any (http.uri; content:"/a"; sid:1;)')).toEqual([1, 11, 13]);
  expect(told('drop http any any -> any any (http.stat_code; content:"200"; sid:1;)')).toEqual([
    1, 11, 12, 13, 14, 15,
  ]);
});
