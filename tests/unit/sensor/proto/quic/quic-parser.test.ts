import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { InitialOpener, SENDER_KEYS_BYTES } from "../../../../../agent/sensor/proto/quic/initial-keys.js";
import { QuicParser } from "../../../../../agent/sensor/proto/quic/quic-parser.js";
import { OpensslInitialCipher } from "../../../../../agent/sensor/quic-initial-cipher.js";
import { type CollectedMessage, fromHex, ParserFlow } from "../../../../support/parse-messages.js";
import { cryptoFrame, type InitialOptions, initialPacket, varInt } from "../../../../support/quic-packets.js";
import {
  alpn,
  clientHello,
  concat,
  extension,
  GROUPS,
  handshake,
  POINT_FORMATS,
  SIGNATURE_ALGORITHMS,
  serverHello,
  serverName,
  supportedVersions,
  u16,
} from "../../../../support/tls-records.js";

const cipher = new OpensslInitialCipher();
const parser = new QuicParser(cipher);
const flow = (): ParserFlow<ReturnType<QuicParser["createState"]>> => new ParserFlow(parser);

const ID = fromHex("8394c8f03e515708");
const SERVER_ID = fromHex("f067a5502a4262b5");

/** RFC 9001, A.2: the CRYPTO frame of the client's first packet (ClientHello, example.com, ALPN "alpn"). */
const RFC9001_FRAMES = fromHex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
  04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
  616d706c652e636f6dff01000100000a00080006001d00170018001000070005
  04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
  baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
  0d0010000e0403050306030203080408050806002d00020101001c0002400100
  3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
  75300901100f088394c8f03e51570806048000ffff`);
/** RFC 9001, A.3: the server's first packet, as it is on the wire. */
const RFC9001_SERVER = fromHex(`
  cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a
  5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3
  dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84
  022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
  2158407dd074ee`);

const padded = (frames: Uint8Array, length = 1162): Buffer =>
  concat(frames, Buffer.alloc(Math.max(0, length - frames.length)));
const initial = (frames: Uint8Array, options: Partial<InitialOptions> = {}): Buffer =>
  initialPacket({ keyId: ID, frames: padded(frames), ...options });

const VERSIONS = supportedVersions(0x2a2a, 0x0304, 0x0303);
const HELLO = handshake(
  1,
  clientHello(
    concat(
      extension(0x3a3a),
      serverName("quic.example.jp"),
      GROUPS,
      POINT_FORMATS,
      SIGNATURE_ALGORITHMS,
      alpn("h3"),
      VERSIONS,
    ),
    { sessionId: new Uint8Array(0), ciphers: [0x1a1a, 0x1301, 0x1302, 0x1303] },
  ),
);
/** What a record says of the extensions of HELLO. */
const EXTENSIONS = [
  { type: 0x3a3a },
  { name: "server_name", type: 0, values: ["quic.example.jp"] },
  { name: "supported_groups", type: 10 },
  { name: "ec_point_formats", type: 11 },
  { name: "signature_algorithms", type: 13, values: ["1027", "2052", "6682", "1025"] },
  { name: "alpn", type: 16, values: ["h3"] },
  { name: "supported_versions", type: 43, values: ["TlsVersion(10794 / 0x2a2a)", "Tls13", "Tls12"] },
];
/** With a post-quantum key share before the name: spans two packets. */
const LARGE_HELLO = handshake(
  1,
  clientHello(concat(extension(51, Buffer.alloc(1250)), serverName("pq.example.jp"), VERSIONS)),
);
const SERVER_HELLO = handshake(2, serverHello(extension(43, u16(0x0304)), { sessionId: new Uint8Array(0) }));
const serverInitial = (version = 1, keyId = ID): Buffer =>
  initialPacket({
    version,
    keyId,
    destinationId: new Uint8Array(0),
    sourceId: SERVER_ID,
    isServer: true,
    frames: concat(fromHex("0200000000"), cryptoFrame(0, SERVER_HELLO)),
  });

function names(messages: readonly CollectedMessage[]): unknown {
  return messages.map(({ fields }) => fields.QUIC_SNI?.[0]);
}

describe("QUIC: the vectors of RFC 9001 and RFC 9369", () => {
  const keys = (version: number): string[] => {
    const out = new Uint8Array(2 * SENDER_KEYS_BYTES);
    const opener = new InitialOpener(cipher, 2000);
    expect(opener.deriveKeys(version, ID, 0, ID.length, out)).toBe(true);
    opener.deriveServerKeys(version, out);
    return [0, 16, 28, 44, 60, 72].map((at, i) =>
      Buffer.from(out.subarray(at, at + [16, 12, 16][i % 3]!)).toString("hex"),
    );
  };

  it("derives key, IV and header protection key of both sides", () => {
    expect(keys(1)).toEqual([
      "1f369613dd76d5467730efcbe3b1a22d",
      "fa044b2f42a3fd3b46fb255c",
      "9f50449e04a0e810283a1e9933adedd2",
      "cf3a5331653c364c88f0f379b6067e37",
      "0ac1493ca1905853b0bba03e",
      "c206b8d9b9f0f37644430b490eeaa314",
    ]);
    expect(keys(0x6b3343cf)).toEqual([
      "8b1a0bc121284290a29e0971b5cd045d",
      "91f73e2351d8fa91660e909f",
      "45b95e15235d6f45a6b19cbcb0294ba9",
      "82db637861d55e1d011f19ea71d5d2a7",
      "dd13c276499c0249d3310652",
      "edf6d05c83121201b436e16877593c3a",
    ]);
  });

  it("opens the client's and the server's first packets", () => {
    const client = initial(RFC9001_FRAMES, { packetNumber: 2, numberBytes: 4 });
    expect(client).toHaveLength(1200);
    expect(client.subarray(0, 22).toString("hex")).toBe("c000000001088394c8f03e5157080000449e7b9aec34");
    expect(client.subarray(-16).toString("hex")).toBe("e221af44860018ab0856972e194cd934");

    const { messages } = flow().datagram(TO_SERVER, client).datagram(TO_CLIENT, RFC9001_SERVER);
    expect(messages[0]?.fields).toMatchObject({
      QUIC_VERSION: ["\0\0\0\x01"],
      QUIC_SNI: ["example.com"],
      TLS_ALPN: ["alpn"],
      JA3_STRING: ["771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,"],
    });
    expect(messages[0]?.fields.JA4_HASH?.[0]).toMatch(/^q13d0211an_/);
    expect(messages[0]?.numbers).toEqual({ QUIC_VERSION: 1 });
    expect(messages[1]?.fields.JA3S_STRING).toEqual(["771,4865,51-43"]);
    expect(messages[1]?.events).toEqual([]);
  });
});

describe("QUIC: versions", () => {
  const versions: readonly (readonly [number, string])[] = [
    [0x00000001, "1"],
    [0x6b3343cf, "v2"],
    [0xff000017, "ff000017"],
    [0xff00001c, "ff00001c"],
    [0xff00001d, "ff00001d"],
    [0xff000020, "ff000020"],
    [0xff000021, "ff000021"],
    [0xff000022, "ff000022"],
    [0xfaceb002, "faceb002"],
  ];
  for (const [version, name] of versions) {
    it(`reads both hellos of ${name}, and EVE has what Suricata logs`, () => {
      const client = initial(cryptoFrame(0, HELLO), { version });
      expect(parser.probe(client, 0, client.length, TO_SERVER)).toBe(Probe.YES);
      const both = flow().datagram(TO_SERVER, client).datagram(TO_CLIENT, serverInitial(version));
      expect(both.messages[0]?.eve).toEqual({
        quic: {
          version: name,
          sni: "quic.example.jp",
          ja3: {
            hash: "7c8b1b3287298e5d9d59f8e6cb769274",
            string: "771,4865-4866-4867,0-10-11-13-16-43,29-23,0",
          },
          extensions: EXTENSIONS,
          ja4: "q13d0306h3_55b375c5d22e_0d385148b956",
        },
      });
      expect(both.messages[1]?.eve).toMatchObject({
        quic: {
          version: name,
          ja3s: { string: "771,49199,43" },
          extensions: [{ name: "supported_versions", type: 43, values: ["Tls13"] }],
        },
      });
      expect(both.datagram(TO_SERVER, Buffer.alloc(50, 0x41)).last).toBe(Parsed.DONE);
      expect(both.datagram(TO_CLIENT, Buffer.alloc(50, 0x41)).last).toBe(Parsed.DONE);
    });
  }

  it("tells the version of packets it cannot open: negotiation, unknown versions, 0-RTT and Handshake", () => {
    const unknown = initial(cryptoFrame(0, HELLO), { version: 0x1a2a3a4a });
    const negotiation = concat(fromHex("c00000000000"), Buffer.from([8]), ID, fromHex("00000001"));
    const long = (first: number): Buffer =>
      concat(Buffer.from([first]), fromHex("0000000108"), ID, fromHex("00 3c"), Buffer.alloc(60));
    const { messages } = flow()
      .datagram(TO_SERVER, unknown)
      .datagram(TO_CLIENT, negotiation)
      .datagram(TO_SERVER, long(0xd0))
      .datagram(TO_SERVER, concat(long(0xe0)));
    expect(messages.map(({ numbers }) => numbers.QUIC_VERSION)).toEqual([0x1a2a3a4a, 0, 1, 1]);
    expect(messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it("goes on with the version the server offered", () => {
    const renegotiated = flow()
      .datagram(TO_SERVER, initial(cryptoFrame(0, HELLO), { version: 0xff00001d }))
      .datagram(TO_CLIENT, concat(fromHex("c00000000000"), Buffer.from([8]), ID, fromHex("00000001")));
    expect(names(renegotiated.messages)).toEqual(["quic.example.jp", undefined]);
  });
});

describe("QUIC: CRYPTO frames", () => {
  const expected = flow()
    .datagram(TO_SERVER, initial(cryptoFrame(0, LARGE_HELLO.subarray(0, 1000))))
    .datagram(TO_SERVER, initial(cryptoFrame(1000, LARGE_HELLO.subarray(1000)), { packetNumber: 1 }))
    .messages[1]!.fields;

  it("are put in order within a packet, padding and pings between them", () => {
    const frames = concat(
      cryptoFrame(100, HELLO.subarray(100)),
      Buffer.from([1]),
      cryptoFrame(0, HELLO.subarray(0, 10)),
      Buffer.alloc(20),
      fromHex("0300000000000000"),
      cryptoFrame(10, HELLO.subarray(10, 100)),
    );
    expect(names(flow().datagram(TO_SERVER, initial(frames)).messages)).toEqual(["quic.example.jp"]);
  });

  it("give the same hello from two packets wherever it is cut, in either order and overlapping", () => {
    expect(expected.QUIC_SNI).toEqual(["pq.example.jp"]);
    for (let cut = LARGE_HELLO.length - 1100; cut < 1100; cut += 13) {
      const first = initial(cryptoFrame(0, LARGE_HELLO.subarray(0, cut + 5)));
      const second = initial(cryptoFrame(cut, LARGE_HELLO.subarray(cut)), {
        packetNumber: 1,
        destinationId: SERVER_ID,
      });
      expect(flow().datagram(TO_SERVER, first).datagram(TO_SERVER, second).messages[1]?.fields).toEqual(
        expected,
      );
      // Keys come from the connection id of the first packet, so that one has to be first on the wire.
      const early = initial(cryptoFrame(cut, LARGE_HELLO.subarray(cut)), { packetNumber: 1 });
      expect(flow().datagram(TO_SERVER, early).datagram(TO_SERVER, first).messages[1]?.fields).toEqual(
        expected,
      );
    }
  });

  it("are read from packets that share a datagram", () => {
    const packets = [
      initial(cryptoFrame(0, LARGE_HELLO.subarray(0, 1000))),
      initial(cryptoFrame(1000, LARGE_HELLO.subarray(1000)), { packetNumber: 1 }),
    ];
    const { messages } = flow().datagram(TO_SERVER, concat(...packets));
    expect(names(messages)).toEqual([undefined, "pq.example.jp"]);
  });

  it("of many handshakes at once do not mix; the oldest is given up when there are too many", () => {
    const before = parser.evictedHandshakes;
    const flows = Array.from({ length: 70 }, flow);
    for (const one of flows) one.datagram(TO_SERVER, initial(cryptoFrame(0, LARGE_HELLO.subarray(0, 1000))));
    for (const one of flows)
      one.datagram(TO_SERVER, initial(cryptoFrame(1000, LARGE_HELLO.subarray(1000)), { packetNumber: 1 }));
    const known = flows.filter(({ messages }) => messages.at(-1)?.fields.QUIC_SNI?.[0] === "pq.example.jp");
    expect(known.length).toBeLessThan(70);
    expect(parser.evictedHandshakes).toBeGreaterThan(before);
    // Those that were given up leave nothing behind for later flows.
    expect(names(flow().datagram(TO_SERVER, initial(cryptoFrame(0, HELLO))).messages)).toEqual([
      "quic.example.jp",
    ]);
  });

  it("that lie about their length or place are reported once, and nothing is taken from them", () => {
    const beyond = initial(concat(fromHex("0600"), varInt(5000), HELLO));
    const far = initial(concat(fromHex("06"), varInt(70_000), varInt(4), Buffer.alloc(4)));
    const wrong = initial(cryptoFrame(0, handshake(5, Buffer.alloc(50))));
    const badAck = initial(concat(fromHex("0200007fff00"), HELLO));
    const events = (...packets: readonly Buffer[]): unknown => {
      const strange = flow();
      for (const packet of packets) strange.datagram(TO_SERVER, packet);
      return strange.messages.flatMap((message) => message.events);
    };
    expect(events(beyond, beyond)).toEqual(["quic.error_on_data"]);
    expect(events(wrong)).toEqual(["quic.error_on_data"]);
    expect(events(badAck)).toEqual(["quic.error_on_data"]);
    expect(events(far)).toEqual(["quic.crypto_frag_too_long"]);
    const huge = concat(fromHex("01010000"), HELLO.subarray(4));
    expect(names(flow().datagram(TO_SERVER, initial(cryptoFrame(0, huge))).messages)).toEqual([undefined]);
  });
});

describe("QUIC: keys", () => {
  it("a forged packet is reported once and does not blind the parser", () => {
    const forged = initial(cryptoFrame(0, HELLO));
    forged[forged.length - 1]! ^= 1;
    const attacked = flow()
      .datagram(TO_SERVER, forged)
      .datagram(TO_SERVER, forged)
      .datagram(TO_SERVER, initial(cryptoFrame(0, HELLO)));
    expect(attacked.messages.map(({ events }) => events)).toEqual([["quic.failed_decrypt"], [], []]);
    expect(names(attacked.messages)).toEqual([undefined, undefined, "quic.example.jp"]);
  });

  it("a Retry makes the client start again with the server's connection id", () => {
    const retryId = fromHex("1122334455667788");
    const token = Buffer.alloc(24, 9);
    const retried = flow()
      .datagram(TO_SERVER, initial(cryptoFrame(0, HELLO)))
      .datagram(TO_CLIENT, concat(fromHex("f00000000100"), Buffer.from([8]), retryId, Buffer.alloc(40, 9)))
      .datagram(TO_SERVER, initial(cryptoFrame(0, HELLO), { keyId: retryId, token, packetNumber: 1 }))
      .datagram(TO_CLIENT, serverInitial(1, retryId));
    expect(names(retried.messages)).toEqual(["quic.example.jp", undefined, "quic.example.jp", undefined]);
    expect(retried.messages[3]?.fields.JA3S_STRING).toEqual(["771,49199,43"]);
    expect(retried.messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it("packet numbers of every length and tokens are understood", () => {
    for (const numberBytes of [1, 2, 3, 4]) {
      const packet = initial(cryptoFrame(0, HELLO), {
        numberBytes,
        packetNumber: 0x01020304 % 256 ** numberBytes,
        token: Buffer.alloc(70),
      });
      expect(names(flow().datagram(TO_SERVER, packet).messages)).toEqual(["quic.example.jp"]);
    }
  });

  it("no more packets than agreed are opened in a second of packet time", () => {
    const slow = new QuicParser(cipher, 3);
    const packet = initial(cryptoFrame(0, HELLO));
    const results = [0, 1, 2, 3, 4, 1_000_000].map(
      (timeUs) => new ParserFlow(slow).datagram(TO_SERVER, packet, timeUs).messages,
    );
    expect(results.map((messages) => names(messages))).toEqual([
      ["quic.example.jp"],
      ["quic.example.jp"],
      ["quic.example.jp"],
      [undefined],
      [undefined],
      ["quic.example.jp"],
    ]);
    expect(slow.throttledPackets).toBe(2);
  });

  it("a flow of nothing but unreadable packets comes to an end", () => {
    const noise = flow();
    for (let i = 0; i < 40; i++) noise.datagram(TO_SERVER, initial(Buffer.from([1]), { packetNumber: i }));
    expect(noise.messages).toHaveLength(32);
    expect(noise.last).toBe(Parsed.DONE);
  });
});

describe("QUIC: recognition", () => {
  it("needs a long header that makes sense", () => {
    const probe = (bytes: Uint8Array, direction: 0 | 1 = TO_SERVER): number =>
      parser.probe(bytes, 0, bytes.length, direction);
    expect(probe(initial(cryptoFrame(0, HELLO)))).toBe(Probe.YES);
    expect(probe(RFC9001_SERVER, TO_CLIENT)).toBe(Probe.YES);
    const unknown = initial(cryptoFrame(0, HELLO), { version: 0x77 });
    expect(probe(unknown.subarray(0, 1199))).toBe(Probe.NO);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(1200),
      Buffer.alloc(1200, 0x41),
      Buffer.alloc(172, 0x80),
      fromHex("16fefd0000000000000000"),
      concat(fromHex("c000000001ff"), Buffer.alloc(1300)),
      fromHex("000100002112a442000000000000000000000000"),
    ]) {
      expect(probe(bytes)).toBe(Probe.NO);
    }
  });

  it("survives every cut of a packet", () => {
    const client = initial(cryptoFrame(0, HELLO));
    for (let cut = 0; cut < client.length; cut++) {
      parser.probe(client.subarray(0, cut), 0, cut, TO_SERVER);
      const { messages } = flow().datagram(TO_SERVER, client.subarray(0, cut));
      expect(names(messages)).not.toContain("quic.example.jp");
    }
  });
});
