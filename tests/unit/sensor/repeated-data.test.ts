/** Data that comes again when it has been acknowledged, and what follows a RST. */
import { expect, test } from "vitest";
import { segmentWire } from "../../support/segment-wire.js";
import { sensorWith } from "../../support/sensor-with.js";

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const PSH_ACK = 0x18;
const RST_ACK = 0x14;

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
