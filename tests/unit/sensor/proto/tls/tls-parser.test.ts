import { describe, expect, it } from "vitest";
import { CertificateValidity } from "../../../../../agent/sensor/proto/fields.js";
import { Parsed, Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { TlsParser } from "../../../../../agent/sensor/proto/tls/tls-parser.js";
import { type CollectedMessage, ParserFlow } from "../../../../support/parse-messages.js";
import {
  attribute,
  certificate,
  certificates,
  clientHello,
  concat,
  distinguishedName,
  extension,
  GROUPS,
  handshake,
  POINT_FORMATS,
  record,
  SIGNATURE_ALGORITHMS,
  serverHello,
  serverName,
  supportedVersions,
  u16,
} from "../../../../support/tls-records.js";
import {
  CLIENT_HELLO_TLS12,
  CLIENT_HELLO_TLS13,
  SERVER_FLIGHT_TLS12,
  SERVER_FLIGHT_TLS13,
} from "./golden.js";

const parser = new TlsParser();
const flow = (capBytes?: number): ParserFlow<ReturnType<TlsParser["createState"]>> =>
  new ParserFlow(parser, capBytes);

/** Message, fields, numbers and events without what counts calls. */
function content(messages: readonly CollectedMessage[]): unknown {
  return messages.map(({ direction, fields, numbers, events, eve }) => ({
    direction,
    fields,
    numbers,
    events,
    eve,
  }));
}

const HELLO = handshake(
  1,
  clientHello(concat(serverName("www.example.jp"), GROUPS, POINT_FORMATS, SIGNATURE_ALGORITHMS)),
);
const PLAIN_HELLO = record(22, HELLO, 0x0301);

describe("TLS: real handshakes", () => {
  it("takes the fields of a TLS 1.2 ClientHello as Suricata 7.0.10 does", () => {
    const [hello] = flow().stream(TO_SERVER, CLIENT_HELLO_TLS12).messages;
    expect(hello?.fields).toEqual({
      TLS_RANDOM: [Buffer.from(CLIENT_HELLO_TLS12.subarray(11, 43)).toString("latin1")],
      TLS_RANDOM_TIME: [Buffer.from(CLIENT_HELLO_TLS12.subarray(11, 15)).toString("latin1")],
      TLS_RANDOM_BYTES: [Buffer.from(CLIENT_HELLO_TLS12.subarray(15, 43)).toString("latin1")],
      TLS_ALPN: ["h2", "http/1.1"],
      JA3_STRING: [
        "771,49200-49196-49192-49188-49172-49162-165-163-161-159-107-106-105-104-57-56-55-54-136-135-134-133-49202-49198-" +
          "49194-49190-49167-49157-157-61-53-132-49199-49195-49191-49187-49171-49161-164-162-160-158-103-64-63-62-51-50-49-" +
          "48-154-153-152-151-69-68-67-66-49201-49197-49193-49189-49166-49156-156-60-47-150-65-49170-49160-22-19-16-13-" +
          "49165-49155-10-7-255,11-10-13-15-13172-16-21,23-25-24-22,0-1-2",
      ],
      JA3_HASH: ["27e9c7cc45ae47dc50f51400db8a4099"],
      JA4_HASH: ["t12i8007h2_9cedc1f1428b_046e095b7c4a"],
    });
    expect(hello?.numbers).toEqual({ TLS_VERSION: 0x0303 });
    expect(hello?.events).toEqual([]);
  });

  it("takes a TLS 1.2 server's hello and certificate, and EVE has what Suricata logged", () => {
    const { messages } = flow().stream(TO_SERVER, CLIENT_HELLO_TLS12).stream(TO_CLIENT, SERVER_FLIGHT_TLS12);
    expect(messages.map(({ direction, transaction }) => [direction, transaction])).toEqual([
      [TO_SERVER, 1],
      [TO_CLIENT, 1],
      [TO_CLIENT, 2],
    ]);
    expect(messages[1]?.fields.JA3S_STRING).toEqual(["771,49200,65281-11-15"]);
    const chain = messages[2]!;
    expect(chain.fields.TLS_CERTS?.map((der) => der.length)).toEqual([859]);
    expect(chain.fields.JA3S_HASH).toEqual(["873bc234a06e363e550fcfe0dd382a6c"]);
    expect(chain.numbers).toEqual({
      TLS_VERSION: 0x0303,
      TLS_CERT_CHAIN_LENGTH: 1,
      TLS_CERT_NOT_BEFORE: Date.parse("2022-01-27T16:27:00Z"),
      TLS_CERT_NOT_AFTER: Date.parse("2023-01-27T16:27:00Z"),
      TLS_CERT_VALIDITY: CertificateValidity.NOT_YET,
    });
    expect(chain.eve).toEqual({
      tls: {
        subject: "C=XX, L=Default City, O=Default Company Ltd",
        issuerdn: "C=XX, L=Default City, O=Default Company Ltd",
        serial: "00:FE:2C:F5:B5:55:8F:52:B0",
        fingerprint: "b3:f0:46:72:62:a7:e7:cb:12:f1:a1:11:38:93:72:df:26:ef:a1:31",
        version: "TLS 1.2",
        notbefore: "2022-01-27T16:27:00",
        notafter: "2023-01-27T16:27:00",
        ja3: { hash: "27e9c7cc45ae47dc50f51400db8a4099" },
        ja3s: { hash: "873bc234a06e363e550fcfe0dd382a6c", string: "771,49200,65281-11-15" },
        ja4: "t12i8007h2_9cedc1f1428b_046e095b7c4a",
      },
    });
  });

  it("takes a TLS 1.3 handshake and is done with both sides as soon as they are encrypted", () => {
    const tls13 = flow().stream(TO_SERVER, CLIENT_HELLO_TLS13).stream(TO_CLIENT, SERVER_FLIGHT_TLS13);
    expect(tls13.last).toBe(Parsed.DONE);
    expect(tls13.messages[1]?.eve).toEqual({
      tls: {
        sni: "evebox.org",
        version: "TLS 1.3",
        ja3: { hash: "e690df036922288311144cc96acf6515" },
        ja3s: { hash: "f4febc55ea12b31ae17cfb7e614afda8", string: "771,4865,43-51" },
        ja4: "t13d3613h2_018971650b2c_10734c531abe",
      },
    });
    tls13.stream(TO_SERVER, concat(record(20, Buffer.from([1])), record(23, Buffer.alloc(9))));
    expect(tls13.last).toBe(Parsed.DONE);
    expect(tls13.messages).toHaveLength(2);
  });

  for (const [name, client, server] of [
    ["TLS 1.2", CLIENT_HELLO_TLS12, SERVER_FLIGHT_TLS12],
    ["TLS 1.3", CLIENT_HELLO_TLS13, SERVER_FLIGHT_TLS13],
  ] as const) {
    it(`gives the same messages of ${name} wherever the stream is cut in two`, () => {
      const whole = content(flow().stream(TO_SERVER, client).stream(TO_CLIENT, server).messages);
      for (let cut = 1; cut < client.length; cut++) {
        const cutFlow = flow()
          .stream(TO_SERVER, client.subarray(0, cut))
          .stream(TO_SERVER, client.subarray(cut));
        expect(content(cutFlow.stream(TO_CLIENT, server).messages)).toEqual(whole);
      }
      for (let cut = 1; cut < server.length; cut++) {
        const cutFlow = flow().stream(TO_SERVER, client);
        cutFlow.stream(TO_CLIENT, server.subarray(0, cut)).stream(TO_CLIENT, server.subarray(cut));
        expect(content(cutFlow.messages)).toEqual(whole);
      }
    });

    it(`gives the same messages of ${name} byte by byte`, () => {
      const whole = content(flow().stream(TO_SERVER, client).stream(TO_CLIENT, server).messages);
      const bytewise = flow();
      for (const octet of client) bytewise.stream(TO_SERVER, Uint8Array.of(octet));
      for (const octet of server) bytewise.stream(TO_CLIENT, Uint8Array.of(octet));
      expect(content(bytewise.messages)).toEqual(whole);
    });
  }
});

describe("TLS: records", () => {
  it("puts a ClientHello together from records of any size, and says so where the header is split", () => {
    const whole = flow().stream(TO_SERVER, PLAIN_HELLO).messages[0]!;
    for (let size = 1; size < HELLO.length; size++) {
      const records: Buffer[] = [];
      for (let at = 0; at < HELLO.length; at += size)
        records.push(record(22, HELLO.subarray(at, at + size), 0x0301));
      const stream = concat(...records);
      for (const cut of [1, 7, 50, stream.length - 1]) {
        const { messages } = flow()
          .stream(TO_SERVER, stream.subarray(0, cut))
          .stream(TO_SERVER, stream.subarray(cut));
        expect(messages).toHaveLength(1);
        expect(messages[0]?.fields).toEqual(whole.fields);
        expect(messages[0]?.events).toEqual(size < 4 ? ["tls.invalid_ssl_record"] : []);
      }
    }
  });

  it("steps over alerts between the pieces of a message, and gives up the message at anything else", () => {
    const pieces = [
      record(22, HELLO.subarray(0, 50), 0x0301),
      record(22, HELLO.subarray(50), 0x0301),
    ] as const;
    const whole = flow().stream(TO_SERVER, PLAIN_HELLO).messages[0]!;
    const alerted = flow().stream(TO_SERVER, concat(pieces[0], record(21, Buffer.from([1, 0])), pieces[1]));
    expect(alerted.messages.map(({ fields }) => fields)).toEqual([whole.fields]);
    const interrupted = flow().stream(TO_SERVER, concat(pieces[0], record(23, Buffer.alloc(9)), pieces[1]));
    expect(interrupted.messages).toEqual([]);
    expect(interrupted.last).toBe(Parsed.DONE);
  });

  it("reads several messages of one record and skips those nobody asks for", () => {
    const body = concat(
      handshake(2, serverHello()),
      handshake(11, certificates(certificate(), certificate())),
      handshake(12, Buffer.alloc(300)),
      handshake(14, Buffer.alloc(0)),
    );
    const { messages } = flow().stream(TO_SERVER, PLAIN_HELLO).stream(TO_CLIENT, record(22, body));
    expect(messages).toHaveLength(3);
    expect(messages[2]?.numbers.TLS_CERT_CHAIN_LENGTH).toBe(2);
  });

  it("does not collect what it does not need: bodies are skipped before they arrive", () => {
    const huge = handshake(12, Buffer.alloc(60_000));
    const records: Buffer[] = [];
    for (let at = 0; at < huge.length; at += 16_000) records.push(record(22, huge.subarray(at, at + 16_000)));
    const small = flow(300).stream(TO_SERVER, PLAIN_HELLO);
    const server = concat(
      record(22, handshake(2, serverHello())),
      ...records,
      record(22, handshake(11, certificates(certificate()))),
    );
    for (let at = 0; at < server.length; at += 100) small.stream(TO_CLIENT, server.subarray(at, at + 100));
    expect(small.messages).toHaveLength(3);
    expect(small.messages[2]?.fields.TLS_CERT_SUBJECT).toEqual(["C=JP, CN=ca"]);
  });

  it("uses what is there of a chain that does not fit the stream head", () => {
    const chain = certificates(...new Array<Buffer>(30).fill(certificate()));
    const before = parser.cutMessages;
    const cut = flow(4096)
      .stream(TO_SERVER, PLAIN_HELLO)
      .stream(TO_CLIENT, record(22, handshake(2, serverHello())));
    cut.stream(
      TO_CLIENT,
      concat(
        record(22, handshake(11, chain)),
        record(22, handshake(14, Buffer.alloc(0))),
        record(20, Buffer.from([1])),
      ),
    );
    expect(cut.messages[2]?.fields.TLS_CERT_SUBJECT).toEqual(["C=JP, CN=ca"]);
    expect(cut.messages[2]?.numbers.TLS_CERT_CHAIN_LENGTH).toBeGreaterThan(5);
    expect(cut.messages[2]?.events).toEqual([]);
    expect(cut.last).toBe(Parsed.NEED_MORE);
    expect(parser.cutMessages).toBe(before + 1);
  });

  it("uses the head of a single certificate that does not fit, and the server name of such a hello", () => {
    const subject = distinguishedName([attribute("2.5.4.3", 12, "large.example")]);
    const large = certificate({ subject, extensions: Buffer.alloc(0), signature: Buffer.alloc(6000) });
    const cut = flow(4096).stream(
      TO_CLIENT,
      record(22, concat(handshake(2, serverHello()), handshake(11, certificates(large)))),
    );
    expect(cut.messages[1]?.fields.TLS_CERT_SUBJECT).toEqual(["CN=large.example"]);
    expect(cut.messages[1]?.fields.TLS_CERT_FINGERPRINT).toBeUndefined();

    const hello = clientHello(
      concat(serverName("early.example"), extension(21, Buffer.alloc(9000)), SIGNATURE_ALGORITHMS),
    );
    const cutHello = flow(4096).stream(TO_SERVER, record(22, handshake(1, hello)));
    expect(cutHello.messages[0]?.fields.TLS_SNI).toEqual(["early.example"]);
    expect(cutHello.messages[0]?.fields.JA4_HASH).toBeUndefined();
    expect(cutHello.messages[0]?.events).toEqual([]);
  });

  it("says nothing of a message whose end will never come", () => {
    const broken = flow().stream(TO_SERVER, PLAIN_HELLO.subarray(0, 100), true);
    expect(broken.messages).toEqual([]);
    expect(broken.last).toBe(Parsed.DONE);
  });
});

describe("TLS: the course of a handshake", () => {
  const NAME = serverName("www.example.jp");

  it("tells resumed sessions: by session id at once, by ticket when encryption starts without a certificate", () => {
    const sameId = record(
      22,
      handshake(2, serverHello(Buffer.alloc(0), { sessionId: Buffer.alloc(32, 0x11) })),
    );
    const resumed = flow().stream(TO_SERVER, PLAIN_HELLO).stream(TO_CLIENT, sameId);
    expect(resumed.messages[1]?.eve).toMatchObject({ tls: { session_resumed: true } });

    const ticketHello = record(22, handshake(1, clientHello(concat(NAME, extension(35, Buffer.alloc(90))))));
    const fullHandshake = flow().stream(TO_SERVER, ticketHello);
    fullHandshake.stream(
      TO_CLIENT,
      record(22, concat(handshake(2, serverHello()), handshake(11, certificates(certificate())))),
    );
    for (const { eve } of fullHandshake.messages) expect(eve.tls).not.toHaveProperty("session_resumed");

    const tls13 = record(
      22,
      handshake(2, serverHello(extension(43, u16(0x0304)), { sessionId: Buffer.alloc(32, 0x11) })),
    );
    const hello13 = record(22, handshake(1, clientHello(concat(NAME, supportedVersions(0x0304)))));
    const notResumed = flow().stream(TO_SERVER, hello13).stream(TO_CLIENT, tls13);
    expect(notResumed.messages[1]?.eve.tls).not.toHaveProperty("session_resumed");
  });

  it("gives a client's certificate with what its hello said", () => {
    const subject = distinguishedName([attribute("2.5.4.3", 12, "client")]);
    const mutual = flow()
      .stream(TO_SERVER, PLAIN_HELLO)
      .stream(TO_CLIENT, record(22, handshake(2, serverHello())));
    mutual.stream(TO_SERVER, record(22, handshake(11, certificates(certificate({ subject })))));
    const last = mutual.messages.at(-1)!;
    expect(last.direction).toBe(TO_SERVER);
    expect(last.fields).toMatchObject({
      TLS_CERT_SUBJECT: ["CN=client"],
      TLS_SNI: ["www.example.jp"],
      JA3_HASH: ["9194c0a094724ae538ab5c9cc1b3f310"],
      JA4_HASH: ["t12d030400_159d175d8039_38660d1a2b28"],
    });
    expect(last.eve).toMatchObject({
      tls: { sni: "www.example.jp", client: { subject: "CN=client", issuerdn: "C=JP, CN=ca" } },
    });
    expect(last.eve.tls).not.toHaveProperty("subject");
  });

  it("reads a second hello after HelloRetryRequest only for a server name", () => {
    const retry = record(22, handshake(2, serverHello(extension(43, u16(0x0304)))));
    const hello = (extensions: Uint8Array): Buffer =>
      record(22, handshake(1, clientHello(concat(extensions, supportedVersions(0x0304)))));
    const named = flow()
      .stream(TO_SERVER, hello(NAME))
      .stream(TO_CLIENT, retry)
      .stream(TO_SERVER, hello(NAME));
    expect(named.messages.at(-1)).toMatchObject({ fields: {}, events: ["tls.multiple_sni_extensions"] });
    const late = flow()
      .stream(TO_SERVER, hello(GROUPS))
      .stream(TO_CLIENT, retry)
      .stream(TO_SERVER, hello(NAME));
    expect(late.messages.at(-1)).toMatchObject({ fields: { TLS_SNI: ["www.example.jp"] }, events: [] });
    const again = late.stream(TO_CLIENT, record(22, handshake(2, serverHello(extension(43, u16(0x0304))))));
    expect(again.messages).toHaveLength(3);
  });

  it("waits for the server's answer while the client sends early data", () => {
    const early = record(
      22,
      handshake(1, clientHello(concat(NAME, supportedVersions(0x0304), extension(42)))),
    );
    const zeroRtt = flow().stream(
      TO_SERVER,
      concat(early, record(20, Buffer.from([1])), record(23, Buffer.alloc(500))),
    );
    expect(zeroRtt.last).toBe(Parsed.NEED_MORE);
    zeroRtt.stream(TO_CLIENT, record(22, handshake(2, serverHello(extension(43, u16(0x0304))))));
    expect(zeroRtt.stream(TO_SERVER, record(23, Buffer.alloc(9))).last).toBe(Parsed.DONE);
  });

  it("looks at no handshake record behind a ChangeCipherSpec", () => {
    const encrypted = flow().stream(
      TO_SERVER,
      concat(PLAIN_HELLO, record(20, Buffer.from([1])), record(22, HELLO)),
    );
    expect(encrypted.messages).toHaveLength(1);
    expect(encrypted.last).toBe(Parsed.NEED_MORE);
    expect(encrypted.stream(TO_SERVER, record(23, Buffer.alloc(9))).last).toBe(Parsed.DONE);
  });

  it("recognises SSLv2 hellos, also such that offer TLS", () => {
    // Length with the top bit, type 1, version, lengths of two ciphers, no session id and challenge, these.
    const hello = Buffer.from(`801f010301000600000010000004010080${"63".repeat(16)}`, "hex");
    expect(parser.probe(hello, 0, hello.length, TO_SERVER)).toBe(Probe.YES);
    const old = flow().stream(TO_SERVER, hello);
    expect(old.messages).toMatchObject([{ fields: {}, numbers: { TLS_VERSION: 0x0301 } }]);
    const flight = record(
      22,
      concat(handshake(2, serverHello()), handshake(11, certificates(certificate()))),
    );
    expect(old.stream(TO_CLIENT, flight).messages[2]?.fields.TLS_CERT_SUBJECT).toEqual(["C=JP, CN=ca"]);
  });
});
