import { expect, test } from "vitest";
import type { Sensor } from "../../../agent/sensor/sensor.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { record, serverHello } from "../../support/tls-records.js";
import { CLIENT_HELLO_TLS12 } from "./proto/tls/golden.js";

const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;

function sidsOf(rules: readonly string[], play: (sensor: Sensor) => void): number[] {
  const { sensor, sids } = sensorWith(rules);
  play(sensor);
  sensor.finish();
  return sids;
}

const PLAIN = "looks like SECRET by chance";
const secret = record(APPLICATION_DATA, Buffer.from(PLAIN));

function session(sensor: Sensor): TcpConversation {
  return new TcpConversation(sensor, { serverPort: 443 })
    .client(CLIENT_HELLO_TLS12)
    .server(record(HANDSHAKE, serverHello()))
    .client(record(CHANGE_CIPHER_SPEC, Buffer.from([1])))
    .server(record(CHANGE_CIPHER_SPEC, Buffer.from([1])));
}

test("what is encrypted in TLS is not searched by payload rules, from its first acknowledged record on", () => {
  const rules = [
    'alert tcp any any -> any any (content:"SECRET"; sid:1;)',
    'alert tcp any any -> any any (dsize:>0; content:"SECRET"; sid:2;)',
    'alert tcp any any -> any any (dsize:>0; content:!"SECRET"; flow:to_client; threshold:type limit,track by_rule,count 1,seconds 600; sid:3;)',
  ];
  const sids = sidsOf(rules, (sensor) => {
    session(sensor).client(secret).server(secret).client(secret).server(secret);
  });
  // The first record is a packet like others until it is acknowledged; stream rules never see it.
  expect(sids).toEqual([3, 2]);
});

test("the same bytes are found where nothing is encrypted", () => {
  const rules = ['alert tcp any any -> any any (content:"SECRET"; sid:1;)'];
  const sids = sidsOf(rules, (sensor) => {
    new TcpConversation(sensor, { serverPort: 4444 }).client("hello").server(PLAIN).client(PLAIN);
  });
  expect(sids).toEqual([1, 1]);
});

test("rules without payload go on matching encrypted packets", () => {
  const rules = ["alert tcp any any -> any any (flags:A; flow:to_server,established; sid:1;)"];
  const count = (play: (session: TcpConversation) => void) =>
    sidsOf(rules, (sensor) => play(session(sensor))).length;
  const before = count(() => undefined);
  const after = count((conversation) => {
    conversation.client(secret).server(secret).client(secret);
  });
  expect(after).toBeGreaterThan(before);
});
