/** Data that comes again when it has been acknowledged; what is told, and asked, where a connection is cut off. */
import { expect, test } from "vitest";
import { segmentWire } from "../../support/segment-wire.js";
import { sensorWith } from "../../support/sensor-with.js";

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const PSH_ACK = 0x18;
const RST_ACK = 0x14;
const FIN_ACK = 0x11;

function connection(rules: readonly string[]) {
  const { sensor, sids } = sensorWith(rules);
  const { client, server } = segmentWire(sensor);
  client(SYN, { sequence: 1000 });
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 });
  client(ACK, { sequence: 1001, acknowledgement: 5001 });
  return { sensor, sids, client, server };
}

const NEEDLE = 'alert tcp any any -> any 443 (content:"needle"; sid:1;)';

test("the last segment again stands in the stream: rules on it do not look at the packet, and alert once", () => {
  const { sensor, sids, client, server } = connection([NEEDLE]);
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, "needle");
  server(ACK, { sequence: 5001, acknowledgement: 1007 });
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, "needle");
  sensor.finish();
  expect(sids).toEqual([1]);
});

test("what was acknowledged before it is no part of the stream any more, and told", () => {
  const event = "alert tcp any any -> any any (stream-event:est_pkt_before_last_ack; sid:2;)";
  const { sids, client, server } = connection([NEEDLE, event]);
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, "octets");
  client(PSH_ACK, { sequence: 1007, acknowledgement: 5001 }, "more");
  server(ACK, { sequence: 5001, acknowledgement: 1011 });
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, "needle");
  expect(sids.sort()).toEqual([1, 2]);
});

test("a RST makes known what its sender spoke: packets that follow are judged by it", () => {
  const { sids, client, server } = connection([
    'alert http any 443 -> any any (flow:to_client; content:"needle"; sid:1;)',
  ]);
  const request = "GET / HTTP/1.1\r\n\r\n";
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, request);
  client(RST_ACK, { sequence: 1001 + request.length, acknowledgement: 5001 });
  server(PSH_ACK, { sequence: 5001, acknowledgement: 1001 + request.length }, "a needle");
  expect(sids).toEqual([1]);
});

const REQUEST = "GET / HTTP/1.1\r\n\r\n";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const BY_DIRECTION = [
  "alert http any any -> any any (flow:to_server; sid:1;)",
  "alert http any any -> any any (flow:to_client; sid:2;)",
];
const ON_STREAM = 'alert tcp any any -> any any (content:"of the stream"; sid:3;)';

/** Sids that alert at the end of a connection that a RST has closed, where the server has answered or not. */
function askedAtEnd(rules: readonly string[], isAnswered: boolean, isClients: boolean): number[] {
  const { sensor, sids, client, server } = connection(rules);
  const requestEnd = 1001 + REQUEST.length;
  client(PSH_ACK, { sequence: 1001, acknowledgement: 5001 }, REQUEST);
  if (isAnswered) server(PSH_ACK, { sequence: 5001, acknowledgement: requestEnd }, ANSWER);
  const answerEnd = isAnswered ? 5001 + ANSWER.length : 5001;
  if (isClients) client(RST_ACK, { sequence: requestEnd, acknowledgement: answerEnd });
  else server(RST_ACK, { sequence: answerEnd, acknowledgement: requestEnd });
  const before = sids.length;
  sensor.finish();
  return sids.slice(before).sort();
}

test("rules on a protocol are asked about both directions at the end where the client has sent a RST", () => {
  expect(askedAtEnd(BY_DIRECTION, false, true)).toEqual([1, 2]);
  expect(askedAtEnd(BY_DIRECTION, true, true)).toEqual([1, 2]);
});

test("where it was the server, about what of the client's was not followed up, and about a silent server beside stream rules", () => {
  expect(askedAtEnd(BY_DIRECTION, false, false)).toEqual([1]);
  expect(askedAtEnd([...BY_DIRECTION, ON_STREAM], false, false)).toEqual([1, 2]);
  expect(askedAtEnd(BY_DIRECTION, true, false)).toEqual([1]);
});

test("a hole is told where data follows it, or its sender's RST; not where the end does", () => {
  const rule = "alert tcp any any -> any any (stream-event:reassembly_seq_gap; sid:1;)";
  const before = connection([rule]);
  before.client(PSH_ACK, { sequence: 1011, acknowledgement: 5001 }, "behind");
  before.server(ACK, { sequence: 5001, acknowledgement: 1017 });
  expect(before.sids).toEqual([1]);
  const reset = connection([rule]);
  reset.client(PSH_ACK, { sequence: 1011, acknowledgement: 5001 }, "behind");
  reset.client(RST_ACK, { sequence: 1017, acknowledgement: 5001 });
  expect(reset.sids).toEqual([1]);
  const end = connection([rule]);
  end.client(FIN_ACK, { sequence: 1011, acknowledgement: 5001 });
  end.server(ACK, { sequence: 5001, acknowledgement: 1012 });
  expect(end.sids).toEqual([]);
  expect(end.sensor.counters()["stream.gaps"]).toBe(1);
});
