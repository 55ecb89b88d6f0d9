import { describe, expect, it } from "vitest";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { sortUint16 } from "../../../../../agent/sensor/proto/tls/sort.js";
import { TlsParser } from "../../../../../agent/sensor/proto/tls/tls-parser.js";
import { type CollectedMessage, ParserFlow } from "../../../../support/parse-messages.js";
import {
  alpn,
  clientHello,
  concat,
  extension,
  GROUPS,
  type HelloParts,
  handshake,
  POINT_FORMATS,
  record,
  SIGNATURE_ALGORITHMS,
  serverName,
  supportedVersions,
  u16,
} from "../../../../support/tls-records.js";
import { CLIENT_HELLO_TLS12, SERVER_FLIGHT_TLS12 } from "./golden.js";

const parser = new TlsParser();
const NAME = serverName("www.example.jp");

function hello(extensions: Uint8Array, parts: HelloParts = {}): CollectedMessage {
  const bytes = record(22, handshake(1, clientHello(extensions, parts)), 0x0301);
  return new ParserFlow(parser).stream(TO_SERVER, bytes).messages[0]!;
}

const C = "771,4865-49199-156";
const A = "159d175d8039";
const SIG = SIGNATURE_ALGORITHMS;

/** Each line was run through Suricata 7.0.10: what the hello is, its extensions, JA3 text, JA4. */
const CASES: readonly (readonly [string, Buffer, string, string, HelloParts?])[] = [
  [
    "an ordinary hello with GREASE",
    concat(
      NAME,
      GROUPS,
      POINT_FORMATS,
      SIG,
      alpn("h2", "http/1.1"),
      supportedVersions(0x0a0a, 0x0304, 0x0303),
    ),
    `${C},0-10-11-13-16-43,29-23,0`,
    `t13d0306h2_${A}_0d385148b956`,
  ],
  [
    "GREASE among the extensions",
    concat(extension(0x1a1a, Buffer.alloc(1)), NAME, GROUPS, POINT_FORMATS, extension(0xfafa)),
    `${C},0-10-11,29-23,0`,
    `t12d030300_${A}_c2f961105e84`,
  ],
  ["no extensions", Buffer.alloc(0), `${C},,,`, `t12i030000_${A}_d2e2adf7177b`, { hasExtensions: false }],
  [
    "an empty server name",
    concat(extension(0), GROUPS, POINT_FORMATS),
    `${C},0-10-11,29-23,0`,
    `t12d030300_${A}_c2f961105e84`,
  ],
  ["no ciphers", concat(NAME, SIG), "771,,0-13,,", "t12d000200_e3b0c44298fc_6e046beb9a6e", { ciphers: [] }],
  ["SSL 3", NAME, "768,4865-49199-156,0,,", `ts3d030100_${A}_d2e2adf7177b`, { version: 0x0300 }],
  [
    "TLS 1.0",
    concat(NAME, GROUPS, POINT_FORMATS),
    "769,4865-49199-156,0-10-11,29-23,0",
    `t10d030300_${A}_c2f961105e84`,
    { version: 0x0301 },
  ],
  [
    "TLS 1.1",
    concat(NAME, GROUPS, POINT_FORMATS),
    "770,4865-49199-156,0-10-11,29-23,0",
    `t11d030300_${A}_c2f961105e84`,
    { version: 0x0302 },
  ],
  [
    "TLS 1.3 in the hello itself",
    concat(NAME, SIG),
    "772,4865-49199-156,0-13,,",
    `t13d030200_${A}_6e046beb9a6e`,
    { version: 0x0304 },
  ],
  [
    "a version nobody knows",
    concat(NAME, SIG),
    "1285,4865-49199-156,0-13,,",
    `t00d030200_${A}_6e046beb9a6e`,
    { version: 0x0505 },
  ],
  [
    "GREASE for a version",
    concat(NAME, SIG),
    "14906,4865-49199-156,0-13,,",
    `t00d030200_${A}_6e046beb9a6e`,
    { version: 0x3a3a },
  ],
  [
    "supported versions that rise: the first counts",
    concat(NAME, SIG, supportedVersions(0x0301, 0x0302, 0x0303, 0x0304)),
    `${C},0-13-43,,`,
    `t12d030300_${A}_4b7616f1fee2`,
  ],
  [
    "a draft of TLS 1.3",
    concat(NAME, SIG, supportedVersions(0x7f1c, 0x7f17, 0x0303)),
    `${C},0-13-43,,`,
    `t00d030300_${A}_4b7616f1fee2`,
  ],
  [
    "ALPN of one letter",
    concat(NAME, SIG, alpn("h", "h2")),
    `${C},0-13-16,,`,
    `t12d0303hh_${A}_6e046beb9a6e`,
  ],
  [
    "ALPN of letters and signs",
    concat(NAME, SIG, alpn("http/1.1")),
    `${C},0-13-16,,`,
    `t12d0303h1_${A}_6e046beb9a6e`,
  ],
  [
    "ALPN that is GREASE",
    concat(NAME, SIG, alpn(Buffer.from([0x0a, 0x0a]), "h2")),
    `${C},0-13-16,,`,
    `t12d030300_${A}_6e046beb9a6e`,
  ],
  [
    "ALPN that is no text",
    concat(NAME, SIG, alpn(Buffer.from([0xab, 0xcd]))),
    `${C},0-13-16,,`,
    `t12d0303ad_${A}_6e046beb9a6e`,
  ],
  [
    "ALPN that ends in no letter",
    concat(NAME, SIG, alpn("x-")),
    `${C},0-13-16,,`,
    `t12d03037d_${A}_6e046beb9a6e`,
  ],
  [
    "ALPN that begins with no letter",
    concat(NAME, SIG, alpn(Buffer.from([0xff, 0x7a]))),
    `${C},0-13-16,,`,
    `t12d0303fa_${A}_6e046beb9a6e`,
  ],
  ["an empty ALPN name", concat(NAME, SIG, alpn("", "h2")), `${C},0-13-16,,`, `t12d030300_${A}_6e046beb9a6e`],
  [
    "no signature algorithms in their extension",
    concat(NAME, extension(13), POINT_FORMATS),
    `${C},0-13-11,,0`,
    `t12d030300_${A}_99fb4450a9bb`,
  ],
  [
    "extensions twice",
    concat(NAME, GROUPS, GROUPS, POINT_FORMATS, POINT_FORMATS, SIG, SIG),
    `${C},0-10-10-11-11-13-13,29-23-29-23,0-0`,
    `t12d030700_${A}_7616e2419e0c`,
  ],
  ["a ticket", concat(NAME, extension(35, Buffer.alloc(100))), `${C},0-35,,`, `t12d030200_${A}_94264683603e`],
];

describe("TLS fingerprints", () => {
  for (const [name, extensions, ja3, ja4, parts] of CASES) {
    it(`of a hello with ${name}`, () => {
      const { fields } = hello(extensions, parts);
      expect(fields.JA3_STRING).toEqual([ja3]);
      expect(fields.JA4_HASH).toEqual([ja4]);
    });
  }

  it("of more values than JA4 counts: 99 stands for all, and all are hashed", () => {
    const ciphers = Array.from({ length: 199 }, (_, i) => i + 1);
    const extensions = concat(NAME, ...Array.from({ length: 150 }, (_, i) => extension(1000 + i)));
    expect(hello(extensions, { ciphers }).fields.JA4_HASH).toEqual(["t12d999900_07f95e185835_d23c65f88c8b"]);
    expect(hello(extensions, { ciphers: ciphers.toReversed() }).fields.JA4_HASH).toEqual([
      "t12d999900_07f95e185835_d23c65f88c8b",
    ]);
  });

  it("JA3's hash is the MD5 of its text", () => {
    const { fields } = hello(concat(NAME, GROUPS, POINT_FORMATS, SIG));
    expect(fields.JA3_STRING).toEqual([`${C},0-10-11-13,29-23,0`]);
    expect(fields.JA3_HASH).toEqual(["9194c0a094724ae538ab5c9cc1b3f310"]);
  });

  /** What is wrong, the extensions, server name, event, JA3 text, JA4; the same in Suricata 7.0.10. */
  const BROKEN: readonly (readonly [
    string,
    Buffer,
    string | undefined,
    string,
    string,
    string,
    HelloParts?,
  ])[] = [
    [
      "an unknown name type",
      concat(GROUPS, serverName("abc", 1), SIG),
      undefined,
      "invalid_sni_type",
      `${C},10,29-23,`,
      "t12i030100",
    ],
    [
      "an empty name",
      concat(GROUPS, serverName(""), SIG),
      undefined,
      "invalid_sni_length",
      `${C},10,29-23,`,
      "t12i030100",
    ],
    [
      "a name of 256 bytes",
      concat(GROUPS, serverName("a".repeat(256))),
      undefined,
      "invalid_sni_length",
      `${C},10,29-23,`,
      "t12i030100",
    ],
    [
      "a name longer than its extension",
      concat(GROUPS, serverName("abc", 0, 9)),
      undefined,
      "invalid_sni_length",
      `${C},10,29-23,`,
      "t12i030100",
    ],
    [
      "two names",
      concat(NAME, GROUPS, serverName("second.example"), POINT_FORMATS),
      "www.example.jp",
      "multiple_sni_extensions",
      `${C},0-10-0-11,29-23,0`,
      "t12d030400",
    ],
    [
      "groups longer than their extension",
      concat(NAME, extension(10, Buffer.from([0, 9, 0, 29]))),
      "www.example.jp",
      "handshake_invalid_length",
      `${C},0,,`,
      "t12d030100",
    ],
    [
      "an odd list of signature algorithms",
      concat(NAME, extension(13, Buffer.from([0, 3, 4, 3, 4])), POINT_FORMATS),
      "www.example.jp",
      "handshake_invalid_length",
      `${C},0,,`,
      "t12d030100",
    ],
    [
      "a protocol name longer than its extension",
      concat(NAME, extension(16, Buffer.from([0, 3, 9, 0x68, 0x32]))),
      "www.example.jp",
      "handshake_invalid_length",
      `${C},0,,`,
      "t12d030100",
    ],
    [
      "extensions longer than the hello",
      concat(NAME, GROUPS),
      undefined,
      "handshake_invalid_length",
      C,
      "t12i030000",
      { extensionsLength: 999 },
    ],
    [
      "an extension longer than the list",
      concat(NAME, u16(21), u16(500), Buffer.alloc(2)),
      "www.example.jp",
      "handshake_invalid_length",
      C,
      "t12d030100",
    ],
    [
      "an odd cipher list",
      NAME,
      undefined,
      "handshake_invalid_length",
      "771",
      "t12i000000",
      { cipherList: Buffer.from([0, 3, 0xc0, 0x2f, 0]) },
    ],
  ];
  for (const [name, extensions, serverNameText, event, ja3, ja4, parts] of BROKEN) {
    it(`of a hello with ${name} are made of what is sound`, () => {
      const { fields, events } = hello(extensions, parts);
      expect(fields.TLS_SNI?.[0]).toBe(serverNameText);
      expect(events).toEqual([`tls.${event}`]);
      expect(fields.JA3_STRING).toEqual([ja3]);
      expect(fields.JA4_HASH?.[0]?.slice(0, 10)).toBe(ja4);
      const isWhole = ja3.split(",").length === 5;
      expect(fields.JA3_HASH !== undefined).toBe(isWhole);
    });
  }

  it("a server name ends at its first zero octet and may have 255 bytes", () => {
    expect(hello(serverName("good.example\0evil.example")).fields.TLS_SNI).toEqual(["good.example"]);
    expect(hello(serverName("a".repeat(255))).fields.TLS_SNI?.[0]).toHaveLength(255);
  });

  it("versions: drafts that wear the final number are told apart, others are taken from the extension", () => {
    const version = (extensions: Uint8Array, parts?: HelloParts): unknown =>
      hello(extensions, parts).numbers.TLS_VERSION;
    expect(version(NAME, { version: 0x0304 })).toBe(0x7f01);
    expect(version(NAME, { version: 0x7f05 })).toBe(0x7f01);
    expect(version(NAME, { version: 0x7f1c })).toBe(0x7f1c);
    expect(version(concat(NAME, supportedVersions(0x1234, 0x2a2a, 0x0304)))).toBe(0x0304);
    expect(version(concat(NAME, extension(43, Buffer.from([1, 3]))))).toBe(0x0303);
  });

  it("that nobody asks for are not made, and stand in what is described all the same", () => {
    const told = (isAsked: boolean, stream: readonly (readonly [DirectionId, Uint8Array])[]) => {
      const flow = new ParserFlow(parser, undefined, isAsked);
      for (const [direction, bytes] of stream) flow.stream(direction, bytes);
      return flow.messages;
    };
    const whole = CASES.map(([, extensions, , , parts]) => clientHello(extensions, parts));
    const broken = BROKEN.map(([, extensions, , , , , parts]) => clientHello(extensions, parts));
    const streams = [...whole, ...broken].map((body) => [
      [TO_SERVER, record(22, handshake(1, body), 0x0301)] as const,
    ]);
    const flight = [
      [TO_SERVER, CLIENT_HELLO_TLS12],
      [TO_CLIENT, SERVER_FLIGHT_TLS12],
    ] as const;
    for (const stream of [...streams, flight]) {
      const asked = told(true, stream);
      expect(told(false, stream).map(({ eve }) => eve)).toEqual(asked.map(({ eve }) => eve));
      expect(asked.length).toBeGreaterThan(0);
    }
    const [client, server, certificate] = told(false, flight);
    expect(client!.fields).not.toHaveProperty("JA3_HASH");
    expect(client!.fields).not.toHaveProperty("JA4_HASH");
    expect(server!.fields).not.toHaveProperty("JA3S_HASH");
    expect(certificate!.fields).not.toHaveProperty("TLS_CERT_FINGERPRINT");
  });

  it("of a hello too large to be kept are made at once", () => {
    const ciphers = Array.from({ length: 200 }, (_, i) => i + 1);
    const bytes = record(22, handshake(1, clientHello(NAME, { ciphers })), 0x0301);
    const [message] = new ParserFlow(parser, undefined, false).stream(TO_SERVER, bytes).messages;
    expect(message!.fields.JA4_HASH?.[0]).toMatch(/^t12d9901/);
  });

  it("sorting is right for short and for long lists", () => {
    let seed = 1;
    for (const count of [0, 1, 2, 63, 64, 65, 66, 1000, 32768]) {
      const values = new Uint16Array(32768);
      for (let i = 0; i < count; i++) {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        values[i] = seed >>> 16;
      }
      const expected = Uint16Array.from(values.subarray(0, count)).sort();
      sortUint16(values, count, new Uint16Array(32768));
      expect(values.subarray(0, count)).toEqual(expected);
    }
  });
});
