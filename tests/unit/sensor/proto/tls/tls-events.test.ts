import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { TlsParser } from "../../../../../agent/sensor/proto/tls/tls-parser.js";
import { ParserFlow } from "../../../../support/parse-messages.js";
import {
  certificate,
  certificates,
  clientHello,
  concat,
  GROUPS,
  handshake,
  POINT_FORMATS,
  record,
  SIGNATURE_ALGORITHMS,
  serverHello,
  serverName,
  u16,
} from "../../../../support/tls-records.js";
import { SERVER_FLIGHT_TLS12 } from "./golden.js";

const parser = new TlsParser();
const flow = (): ParserFlow<ReturnType<TlsParser["createState"]>> => new ParserFlow(parser);

const HELLO = handshake(
  1,
  clientHello(concat(serverName("www.example.jp"), GROUPS, POINT_FORMATS, SIGNATURE_ALGORITHMS)),
);
const PLAIN_HELLO = record(22, HELLO, 0x0301);

describe("TLS: events", () => {
  const flight = record(22, concat(handshake(2, serverHello()), handshake(11, certificates(certificate()))));
  const heartbeat = (type: number, announced: number, bytes: number): Buffer =>
    record(24, concat(Buffer.from([type]), u16(announced), Buffer.alloc(bytes)));
  /** Direction, bytes, the events of the flow, whether it ends there: as Suricata 7.0.10 reports them. */
  const cases: readonly [string, readonly (readonly [0 | 1, Buffer])[], readonly string[], boolean][] = [
    ["an empty record", [[0, record(22, Buffer.alloc(0))]], ["invalid_record_length"], true],
    [
      "a record that is too long",
      [[0, concat(Buffer.from([22, 3, 3]), u16(17409))]],
      ["invalid_record_length"],
      true,
    ],
    ["a record of unknown type", [[0, record(25, Buffer.from("abc"))]], ["invalid_record_type"], true],
    ["a server that sends something else", [[1, Buffer.alloc(300, 5)]], ["invalid_record_type"], true],
    [
      "an unknown handshake message",
      [[0, record(22, handshake(99, Buffer.from("abc")))]],
      ["invalid_handshake_message"],
      false,
    ],
    [
      "a ServerHello that is too short",
      [[1, record(22, handshake(2, Buffer.from([3, 3, 1])))]],
      ["handshake_invalid_length"],
      false,
    ],
    [
      "a heartbeat that asks for more than it brings",
      [[0, heartbeat(1, 0x4000, 16)]],
      ["overflow_heartbeat_message"],
      true,
    ],
    ["a heartbeat without padding", [[0, heartbeat(1, 5, 8)]], ["invalid_heartbeat_message"], true],
    ["a heartbeat of unknown type", [[0, heartbeat(3, 5, 21)]], ["invalid_heartbeat_message"], true],
    [
      "two heartbeats in a row",
      [[0, concat(heartbeat(1, 5, 21), heartbeat(1, 5, 21))]],
      ["invalid_heartbeat_message"],
      true,
    ],
    [
      "an encrypted heartbeat whose answer is longer",
      [
        [0, concat(record(20, Buffer.from([1])), record(24, Buffer.alloc(40)))],
        [1, flight],
        [1, record(24, Buffer.alloc(400))],
      ],
      ["dataleak_heartbeat_mismatch"],
      true,
    ],
    [
      "nothing of an encrypted heartbeat whose answer is as long",
      [
        [0, concat(record(20, Buffer.from([1])), record(24, Buffer.alloc(40)))],
        [1, flight],
        [1, record(24, Buffer.alloc(40))],
      ],
      [],
      false,
    ],
    [
      "a heartbeat and its answer",
      [
        [0, heartbeat(1, 5, 21)],
        [1, flight],
        [1, heartbeat(2, 5, 21)],
      ],
      [],
      false,
    ],
    [
      "a certificate cut by its own length",
      [
        [
          1,
          record(
            22,
            concat(handshake(2, serverHello()), handshake(11, concat(Buffer.from([0, 0, 5, 0, 0, 9, 1, 2])))),
          ),
        ],
      ],
      ["invalid_certificate"],
      false,
    ],
  ];
  for (const [name, pieces, events, isOver] of cases) {
    it(`reports ${name}`, () => {
      const strange = flow().stream(TO_SERVER, PLAIN_HELLO);
      for (const [direction, bytes] of pieces) strange.stream(direction, bytes);
      expect(strange.messages.flatMap((message) => message.events)).toEqual(
        events.map((event) => `tls.${event}`),
      );
      expect(strange.last === Parsed.FAILED).toBe(isOver);
    });
  }

  it("goes on after an unknown record type where TLS 1.0 or 1.1 was agreed", () => {
    const old = record(22, handshake(1, clientHello(serverName("a.example"), { version: 0x0301 })), 0x0301);
    const strange = flow()
      .stream(TO_SERVER, old)
      .stream(TO_SERVER, record(30, Buffer.from("abc"), 0x0301));
    expect(strange.messages.at(-1)?.events).toEqual(["tls.invalid_record_type"]);
    expect(strange.last).toBe(Parsed.NEED_MORE);
  });

  it("tells an event of a side once, however often it occurs", () => {
    const unknown = new Array<Buffer>(500).fill(handshake(99, Buffer.alloc(0)));
    const strange = flow()
      .stream(TO_SERVER, PLAIN_HELLO)
      .stream(TO_SERVER, record(22, concat(...unknown)));
    expect(strange.messages.map(({ events }) => events)).toEqual([[], ["tls.invalid_handshake_message"]]);
    expect(strange.last).toBe(Parsed.NEED_MORE);
  });

  it("says that a handshake message is unknown only of a record that is there whole", () => {
    const unknown = record(22, handshake(99, Buffer.from("abc")));
    const cut = flow().stream(TO_CLIENT, unknown.subarray(0, unknown.length - 1), true);
    expect(cut.messages).toEqual([]);
  });

  it("does not judge the first few bytes of a server that do not look like TLS", () => {
    const strange = flow()
      .stream(TO_SERVER, PLAIN_HELLO)
      .stream(TO_CLIENT, Buffer.from("15616100020228", "hex"), true);
    expect(strange.messages).toHaveLength(1);
    expect(strange.last).toBe(Parsed.DONE);
  });

  it("reports a record version nobody knows, and takes 0x0304 for one", () => {
    const strange = flow().stream(TO_SERVER, record(22, HELLO, 0x0305));
    expect(strange.messages.map((message) => message.events)).toEqual([["tls.invalid_record_version"]]);
    expect(flow().stream(TO_SERVER, record(22, HELLO, 0x0304)).messages[0]?.fields.TLS_SNI).toEqual([
      "www.example.jp",
    ]);
  });
});

describe("TLS: recognition", () => {
  const probe = (bytes: Uint8Array, direction: 0 | 1): number =>
    parser.probe(bytes, 0, bytes.length, direction);

  it("needs three bytes, of a server of an alert as well", () => {
    expect(probe(PLAIN_HELLO, TO_SERVER)).toBe(Probe.YES);
    expect(probe(SERVER_FLIGHT_TLS12, TO_CLIENT)).toBe(Probe.YES);
    for (let length = 0; length < 3; length++) {
      expect(probe(PLAIN_HELLO.subarray(0, length), TO_SERVER)).toBe(Probe.UNSURE);
      expect(probe(SERVER_FLIGHT_TLS12.subarray(0, length), TO_CLIENT)).toBe(Probe.UNSURE);
    }
    expect(probe(record(21, Buffer.from([2, 40])), TO_CLIENT)).toBe(Probe.YES);
  });

  it("does not take other protocols for TLS", () => {
    for (const text of [
      "GET / HTTP/1.1\r\n",
      "SSH-2.0-OpenSSH_9",
      "\x00\x00\x00\x90\xfeSMB",
      "\x16\x02\x01\x00\x05\x01",
      "\x80\x16\x01\x03\x01\x00\x0d\x00\x00\x00\x10xxxxx",
    ]) {
      expect(probe(Buffer.from(text, "latin1"), TO_SERVER)).toBe(Probe.NO);
    }
    expect(probe(Buffer.from("160304", "hex"), TO_CLIENT)).toBe(Probe.NO);
    expect(probe(Buffer.from("180301", "hex"), TO_CLIENT)).toBe(Probe.NO);
  });

  it("starts anywhere in a stream: the state has no memory of what was before", () => {
    expect(flow().stream(TO_SERVER, PLAIN_HELLO).messages[0]?.fields.TLS_SNI).toEqual(["www.example.jp"]);
    expect(flow().stream(TO_CLIENT, SERVER_FLIGHT_TLS12).messages).toHaveLength(2);
  });
});
