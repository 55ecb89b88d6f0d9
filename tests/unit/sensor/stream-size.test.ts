import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

/** How often a rule alerts on: handshake, five bytes of the client, seven of the server, an answer of one byte. */
function alerts(options: string): number {
  const { sensor, sids } = sensorWith([`alert tcp any any -> any any (${options} sid:1;)`]);
  new TcpConversation(sensor, { serverPort: 8080 }).client("12345").server("1234567").client("1");
  return sids.length;
}

test("stream_size counts sequence numbers, the SYN's among them", () => {
  expect(alerts("stream_size:client,=,6; dsize:7;")).toBe(1);
  expect(alerts("stream_size:server,=,8; dsize:7;")).toBe(1);
  expect(alerts("stream_size:both,>,7; dsize:7;")).toBe(0);
  expect(alerts("stream_size:either,>,7; dsize:7;")).toBe(1);
});

test("of a side that has sent nothing yet it is 0", () => {
  expect(alerts("stream_size:server,=,0; flags:S;")).toBe(1);
  expect(alerts("stream_size:client,=,1; flags:S;")).toBe(1);
});
