import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const packet = (head: number, ...body: readonly number[]) => Buffer.from([head, body.length, ...body]);
const text = (value: string) => [0, value.length, ...Buffer.from(value)];
const CONNECT = packet(0x10, ...text("MQTT"), 4, 2, 0, 60, ...text("a"));
const CONNACK = packet(0x20, 0, 0);
const publish = (quality: number, id: number) => packet(0x30 | (quality << 1), ...text("t"), 0, id, 0x70);
const puback = (id: number) => packet(0x40, 0, id);

const RULES = [
  "alert mqtt any any -> any any (mqtt.flags:!retain; sid:1;)",
  "alert mqtt any any -> any any (mqtt.type:PUBLISH; sid:2;)",
  "alert mqtt any any -> any any (mqtt.type:PUBACK; sid:3;)",
];

function told(talk: (flow: TcpConversation) => TcpConversation): number[] {
  const { sensor, sids } = sensorWith(RULES);
  talk(new TcpConversation(sensor, { serverPort: 1883 }).client(CONNECT).server(CONNACK));
  sensor.finish();
  return sids.sort((a, b) => a - b);
}

test("a rule of MQTT holds once a transaction, that is with a packet or with what acknowledges it", () => {
  expect(told((flow) => flow)).toEqual([1]);
  expect(told((flow) => flow.client(publish(1, 7)).server(puback(7)))).toEqual([1, 1, 2, 3]);
});

test("an identifier that is used again names another transaction, and so does the same one of the other side", () => {
  const again = (flow: TcpConversation) =>
    flow.client(publish(1, 7)).server(puback(7)).client(publish(1, 7)).server(puback(7));
  expect(told(again)).toEqual([1, 1, 1, 2, 2, 3, 3]);
  // Suricata looks at flags of what clients begin alone.
  const both = (flow: TcpConversation) =>
    flow.client(publish(1, 7)).server(publish(1, 7)).server(puback(7)).client(puback(7));
  expect(told(both)).toEqual([1, 1, 2, 2, 3, 3]);
});
