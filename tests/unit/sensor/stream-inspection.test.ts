import { expect, test } from "vitest";
import type { FlowLimits } from "../../../agent/sensor/flow/flow-limits.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

/** A sensor with these rules, the sids that have alerted so far, and a connection. */
function talkWith(rules: readonly string[], limits: Partial<FlowLimits> = {}) {
  const { sensor, sids } = sensorWith(rules, { limits });
  return { sensor, sids, talk: new TcpConversation(sensor, { serverPort: 4444 }) };
}

const rule = (options: string, sid = 1) => `alert tcp any any -> any any (${options} sid:${sid};)`;
const filler = (bytes: number) => ".".repeat(bytes);

test("a stream is looked at when 2,560 bytes of it were acknowledged, with the next packet of its direction", () => {
  const { sids, talk } = talkWith([rule('content:"needle";')]);
  talk.client(`needle${filler(2000)}`);
  talk.server("x").client(filler(600));
  expect(sids).toEqual([]);
  talk.client("y");
  expect(sids).toEqual([1]);
  talk.client(filler(2700)).client("z");
  expect(sids).toEqual([1]);
});

test("and what is left when the flow is over, acknowledged or not", () => {
  const { sensor, sids, talk } = talkWith([rule('content:"needle";')]);
  talk.client("a needle").server("and a needle");
  expect(sids).toEqual([]);
  sensor.finish();
  expect(sids).toEqual([1, 1]);
});

test("the end of a request of HTTP does not wait for more", () => {
  const { sids, talk } = talkWith([rule('content:"needle";')]);
  talk
    .client("GET /needle HTTP/1.1\r\nHost: a\r\n\r\n")
    .server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  // The client's acknowledgement of the answer is the next packet of its direction.
  expect(sids).toEqual([1]);
});

test("a match stands in one window: segments do not matter, what was looked at before is not looked at again", () => {
  const { sids, talk } = talkWith([rule('content:"nee"; content:"dle"; distance:0; within:3;')]);
  talk
    .client(`${filler(2600)}nee`)
    .client("dle")
    .client("x");
  expect(sids).toEqual([]);
  talk.client("nee").client("dle").client(filler(2600)).client("x");
  expect(sids).toEqual([1]);
});

test("places in the payload count from the window's begin, and from the packet's", () => {
  const { sids, talk } = talkWith([rule('content:"needle"; depth:6;')]);
  talk.client(filler(2600)).client("needle").client(filler(2600)).client("x");
  // The packet that begins with it; the window that does.
  expect(sids).toEqual([1, 1]);
});

test("of a packet without payload an empty one is looked at where a window is", () => {
  const rules = [
    rule('flow:to_client; content:!"needle"; offset:1;', 1),
    rule("flow:to_client; dsize:!7;", 2),
  ];
  const { sids, talk } = talkWith(rules);
  talk.server(`.needle${filler(2600)}`);
  sids.length = 0;
  // The server's bare acknowledgement comes with the window, in which the content stands.
  talk.client("x");
  expect(sids).toEqual([1, 2]);
  // Without a window the payload rules are not asked.
  talk.client("y");
  expect(sids).toEqual([1, 2]);
});

test("what finds no room any more is looked at without being acknowledged", () => {
  const { sids, talk } = talkWith([rule('content:"needle";')], { streamHeadBytes: 1024 });
  talk.client(`needle${filler(800)}`).client(filler(800));
  expect(sids).toEqual([1]);
});

test("a rule on a message sees the marks of a rule on the stream it came in", () => {
  const rules = [
    rule('content:"needle"; flowbits:set,seen; noalert;'),
    'alert http any any -> any any (http.method; content:"GET"; flowbits:isset,seen; sid:2;)',
    'alert http any any -> any any (http.stat_code; content:"200"; flowbits:isset,seen; sid:3;)',
  ];
  const { sids, talk } = talkWith(rules);
  talk
    .client("GET /needle HTTP/1.1\r\nHost: a\r\n\r\n")
    .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect(sids).toEqual([2, 3]);
});
