import { describe, expect, it } from "vitest";
import { MqttParser } from "../../../../agent/sensor/proto/mqtt/parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const mqtt = new MqttParser();

const octets = (...texts: readonly string[]): Uint8Array =>
  Uint8Array.from(texts.flatMap((text) => [0, text.length, ...fromLatin1(text)]));
const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
function packet(head: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = concat(...parts);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return concat([head, ...length], body);
}

/** As a real client sends it: version 5, user name, password, clean start, receive maximum 20, will with a delay. */
const CONNECT_5 = packet(
  0x10,
  octets("MQTT"),
  [5, 0xc6, 0, 60],
  fromHex("03 21 0014"),
  octets("sensor-7"),
  fromHex("05 18 00000005"),
  octets("will/topic", "gone", "user", "pass"),
);
const CONNACK_5 = packet(0x20, fromHex("01 00 03 22 000a"));
const CONNECT_311 = packet(0x10, octets("MQTT"), [4, 0x02, 0, 60], octets("P1"));
const CONNACK = fromHex("20 02 00 00");

describe("MQTT", () => {
  it("gives everything a CONNECT says", () => {
    const flow = new ParserFlow(mqtt).stream(TO_SERVER, CONNECT_5);
    expect(flow.messages).toHaveLength(1);
    expect(flow.messages[0]).toMatchObject({
      fields: {
        MQTT_CONNECT_PROTOCOL_STRING: ["MQTT"],
        MQTT_CONNECT_CLIENTID: ["sensor-7"],
        MQTT_CONNECT_WILLTOPIC: ["will/topic"],
        MQTT_CONNECT_WILLMESSAGE: ["gone"],
        MQTT_CONNECT_USERNAME: ["user"],
        MQTT_CONNECT_PASSWORD: ["pass"],
      },
      numbers: {
        MQTT_TYPE: 1,
        MQTT_QOS: 0,
        MQTT_FLAGS: 0,
        MQTT_PROTOCOL_VERSION: 5,
        MQTT_CONNECT_FLAGS: 0xc6,
      },
      events: [],
    });
    expect(flow.messages[0]!.eve).toEqual({
      mqtt: {
        connect: {
          qos: 0,
          retain: false,
          dup: false,
          protocol_string: "MQTT",
          protocol_version: 5,
          client_id: "sensor-7",
          flags: { username: true, password: true, will_retain: false, will: true, clean_session: true },
          will: { topic: "will/topic", properties: { will_delay_interval: 5 } },
          username: "user",
          properties: { receive_maximum: 20 },
        },
      },
    });
  });

  it("gives reason codes and the session-present flag of version 5", () => {
    const flow = new ParserFlow(mqtt).stream(TO_SERVER, CONNECT_5).stream(TO_CLIENT, CONNACK_5);
    flow.stream(TO_SERVER, packet(0x82, [0, 1, 0], octets("a/#"), [1], octets("b"), [2]));
    flow.stream(TO_CLIENT, packet(0x90, [0, 1, 0, 1, 0x87]));
    flow.stream(TO_SERVER, packet(0xa2, [0, 2, 0], octets("a/#")));
    flow.stream(TO_CLIENT, packet(0xb0, [0, 2, 0, 17]));
    flow.stream(TO_SERVER, packet(0xe0, [0x04]));
    flow.stream(TO_SERVER, packet(0xe0, [0x04, 0]));
    const [, connack, subscribe, suback, unsubscribe, unsuback, bare, disconnect] = flow.messages;
    expect(connack!.numbers).toMatchObject({ MQTT_REASON_CODE: 0, MQTT_CONNACK_SESSION_PRESENT: 1 });
    expect(connack!.eve).toMatchObject({ mqtt: { connack: { properties: { topic_alias_maximum: 10 } } } });
    expect(subscribe!.fields).toEqual({ MQTT_SUBSCRIBE_TOPIC: ["a/#", "b"] });
    expect(suback!.fields).toEqual({ MQTT_REASON_CODES: ["\u0001\u0087"] });
    expect(unsubscribe!.fields).toEqual({ MQTT_UNSUBSCRIBE_TOPIC: ["a/#"] });
    expect(unsuback!.eve).toMatchObject({ mqtt: { unsuback: { message_id: 2, reason_codes: [17] } } });
    expect(bare!.numbers.MQTT_REASON_CODE).toBeUndefined();
    expect(disconnect!.numbers.MQTT_REASON_CODE).toBe(4);
    expect(flow.messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it("gives topic and message of a PUBLISH, and its acknowledgements of version 3.1.1", () => {
    const flow = new ParserFlow(mqtt).stream(TO_SERVER, CONNECT_311).stream(TO_CLIENT, CONNACK);
    flow.stream(TO_SERVER, packet(0x3d, octets("house/lamp"), [0, 7], fromLatin1("ON")));
    flow.stream(TO_CLIENT, fromHex("5002 0007")).stream(TO_SERVER, fromHex("6202 0007"));
    flow.stream(TO_CLIENT, fromHex("7002 0007")).stream(TO_SERVER, fromHex("c000"));
    const [, , publish, ...others] = flow.messages;
    expect(publish!.fields).toEqual({ MQTT_PUBLISH_TOPIC: ["house/lamp"], MQTT_PUBLISH_MESSAGE: ["ON"] });
    expect(publish!.numbers).toMatchObject({ MQTT_QOS: 2, MQTT_FLAGS: 0xd });
    expect(publish!.eve).toEqual({
      mqtt: { publish: { qos: 2, retain: true, dup: true, topic: "house/lamp", message_id: 7 } },
    });
    expect(others.map(({ events, numbers }) => [events, numbers.MQTT_REASON_CODE])).toEqual([
      [[], undefined],
      [[], undefined],
      [[], undefined],
      [[], undefined],
    ]);
  });

  it("notes packets out of order", () => {
    const events = (...chunks: readonly (readonly [0 | 1, Uint8Array])[]): readonly (readonly string[])[] => {
      const flow = new ParserFlow(mqtt);
      for (const [direction, bytes] of chunks) flow.stream(direction, bytes);
      return flow.messages.map((message) => message.events);
    };
    expect(events([TO_CLIENT, CONNACK])).toEqual([["mqtt.missing_connect"]]);
    expect(events([TO_SERVER, fromHex("c000")])).toEqual([["mqtt.unintroduced_message"]]);
    const open = [
      [TO_SERVER, CONNECT_311],
      [TO_CLIENT, CONNACK],
    ] as const;
    const last = (bytes: string): readonly string[] => events(...open, [TO_SERVER, fromHex(bytes)]).at(-1)!;
    expect(events(...open, [TO_SERVER, CONNECT_311]).at(-1)).toEqual(["mqtt.double_connect"]);
    expect(last("4002 0001")).toEqual(["mqtt.missing_publish"]);
    expect(last("9003 0001 00")).toEqual(["mqtt.missing_subscribe"]);
    expect(last("b002 0001")).toEqual(["mqtt.missing_unsubscribe"]);
    expect(last("36 06 0001 61 0001 62")).toEqual(["mqtt.invalid_qos_level"]);
    expect(last("0000")).toEqual(["mqtt.unassigned_msg_type"]);
  });

  it("does not report missing packets once it could not remember them all", () => {
    const flow = new ParserFlow(mqtt).stream(TO_SERVER, CONNECT_311).stream(TO_CLIENT, CONNACK);
    for (let id = 1; id <= 70; id++) flow.stream(TO_SERVER, packet(0x32, octets("t"), [0, id]));
    for (let id = 1; id <= 70; id++) flow.stream(TO_CLIENT, Uint8Array.of(0x40, 2, 0, id));
    expect(flow.messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it("reads the same wherever the stream is cut", () => {
    const stream = concat(
      CONNECT_5,
      packet(0x30, octets("t"), [0], fromLatin1("x".repeat(200))),
      fromHex("c000"),
    );
    const whole = new ParserFlow(mqtt).stream(TO_SERVER, stream).messages;
    expect(whole).toHaveLength(3);
    for (let cut = 0; cut <= stream.length; cut++) {
      const flow = new ParserFlow(mqtt)
        .stream(TO_SERVER, stream.slice(0, cut))
        .stream(TO_SERVER, stream.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("reads the beginning of a message larger than the stream head and goes on behind it", () => {
    const large = packet(0x30, octets("photo"), fromLatin1("y".repeat(9000)));
    const flow = new ParserFlow(mqtt, 4096).stream(TO_SERVER, concat(CONNECT_311, large, fromHex("c000")));
    expect(flow.messages.map(({ numbers }) => numbers.MQTT_TYPE)).toEqual([1, 3, 12]);
    expect(flow.messages[1]!.fields.MQTT_PUBLISH_TOPIC).toEqual(["photo"]);
  });

  it("ends a flow with a malformed packet, which is an event", () => {
    const broken = [
      fromHex("10ffffffffff"),
      packet(0x10, octets("MQTT"), [5, 2, 0]),
      packet(0x10, octets("MQTT"), [5, 2, 0, 0], fromHex("02 7e 00"), octets("")),
      packet(0x10, octets("MQTT"), [4, 0x80, 0, 0], octets("id"), [0, 9]),
      packet(0x82, [0, 1]),
      packet(0x30, [0, 9, 97]),
    ];
    for (const bytes of broken) {
      const flow = new ParserFlow(mqtt).stream(TO_SERVER, concat(bytes, fromHex("c000")));
      expect(flow.messages).toHaveLength(1);
      expect(flow.messages[0]!.events).toContain("mqtt.malformed_traffic");
      expect(flow.last).toBe(Parsed.FAILED);
    }
  });

  it("says nothing more of a flow of which one direction has ended", () => {
    const flow = new ParserFlow(mqtt).stream(TO_SERVER, CONNECT_311, true);
    expect(flow.messages).toHaveLength(1);
    expect(flow.stream(TO_CLIENT, CONNACK).messages).toHaveLength(1);
    expect(flow.last).toBe(Parsed.FAILED);
  });

  it("recognises CONNECT and CONNACK anywhere, and other packets on its port", () => {
    for (const bytes of [CONNECT_5, CONNECT_311]) {
      for (let end = 0; end < 6; end++) expect(mqtt.probe(bytes, 0, end)).toBe(Probe.UNSURE);
      expect(mqtt.probe(bytes, 0, 6)).toBe(Probe.YES);
    }
    expect(mqtt.probe(CONNACK, 0, 4)).toBe(Probe.YES);
    const probe = (text: string) => mqtt.probe(fromLatin1(text), 0, text.length);
    for (const text of ["POST / HTTP/1.1\r\n", "0\u0004\0\u0001ab"]) expect(probe(text)).toBe(Probe.ON_PORT);
    for (const text of ["\u0016\u0003\u0001", "\u0010\u000bEHLO mail", "\u0002\0"])
      expect(probe(text)).toBe(Probe.NO);
  });
});
