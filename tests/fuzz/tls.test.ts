/**
 * Mutated and random TLS streams through the parser: nothing throws, nothing is read or pointed at outside the input,
 * every call comes to an end, and the worst input costs in proportion to its length.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_STREAMS` sets its length.
 */
import { expect, it } from "vitest";
import { TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { TlsParser } from "../../agent/sensor/proto/tls/tls-parser.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { expectProportion } from "../support/growth.js";
import { feedParser, mutate, type Piece, randomFrom, runParser } from "../support/parser-fuzz.js";
import * as build from "../support/tls-records.js";

const seed = FUZZ_SEED;
const streamCount = Number(process.env.FUZZ_STREAMS ?? 2500);
const { concat, handshake, record } = build;

const TELLING_OCTETS = [
  0, 1, 2, 3, 4, 11, 20, 21, 22, 23, 24, 0x30, 0x31, 0x7f, 0x80, 0x82, 0xa0, 0xfe, 0xff,
];

const HELLO = handshake(
  1,
  build.clientHello(
    concat(
      build.serverName("www.example.jp"),
      build.GROUPS,
      build.POINT_FORMATS,
      build.SIGNATURE_ALGORITHMS,
      build.alpn("h2", "http/1.1"),
      build.supportedVersions(0x0a0a, 0x0304, 0x0303),
    ),
  ),
);
const CERTIFICATE = build.certificate({
  subject: build.distinguishedName(
    [build.attribute("2.5.4.3", 0x0c, "関所"), build.attribute("1.2.3.4", 0x1e, Buffer.from([0x30, 0x42]))],
    [build.attribute("2.5.4.10", 0x13, "Org")],
  ),
  extensions: build.subjectAltName(
    build.der(0x82, Buffer.from("a.example.jp")),
    build.der(0x87, Buffer.from([10, 0, 0, 1])),
  ),
});
const FLIGHT = concat(
  handshake(2, build.serverHello(build.POINT_FORMATS)),
  handshake(11, build.certificates(CERTIFICATE, CERTIFICATE)),
);
const SEEDS: readonly Buffer[] = [
  record(22, HELLO, 0x0301),
  concat(record(22, HELLO.subarray(0, 90)), record(21, Buffer.from([1, 0])), record(22, HELLO.subarray(90))),
  concat(
    record(22, HELLO),
    record(24, concat(Buffer.from([1, 0, 5]), Buffer.alloc(21))),
    record(20, Buffer.from([1])),
    record(23, Buffer.alloc(90)),
  ),
  record(22, FLIGHT),
  concat(record(22, FLIGHT.subarray(0, 500)), record(22, FLIGHT.subarray(500))),
  concat(...Array.from(FLIGHT.subarray(0, 200), (octet) => record(22, Buffer.from([octet])))),
  Buffer.from(`801f010301000600000010000004010080${"63".repeat(16)}8003000001`, "hex"),
];

it(`mutated streams are read without a complaint (FUZZ_SEED=${seed})`, () => {
  const random = randomFrom(seed);
  const parser = new TlsParser();
  let messages = 0;
  for (let i = 0; i < streamCount; i++) {
    const pieces: Piece[] = [];
    for (let part = random(3); part >= 0; part--) {
      const bytes = mutate(random, SEEDS[random(SEEDS.length)]!, TELLING_OCTETS);
      const direction = random(3) === 0 ? TO_CLIENT : TO_SERVER;
      const cut = random(bytes.length + 1);
      pieces.push({ direction, bytes: bytes.subarray(0, cut) }, { direction, bytes: bytes.subarray(cut) });
    }
    const capBytes = random(4) === 0 ? 64 + random(600) : 1 << 16;
    const said = runParser(parser, pieces, { isStream: true, capBytes, margin: 0x00 });
    expect(runParser(parser, pieces, { isStream: true, capBytes, margin: 0x16 })).toBe(said);
    messages += said.split("\n0 ").length - 1;
  }
  expect(messages).toBeGreaterThan(streamCount / 10);
});

it("random bytes behind a sound header are no harm", () => {
  const random = randomFrom(seed + 1);
  const parser = new TlsParser();
  for (let i = 0; i < streamCount / 5; i++) {
    const noise = Buffer.alloc(random(2000));
    for (let at = 0; at < noise.length; at++) noise[at] = random(256);
    const type = [1, 2, 11][random(3)]!;
    const direction = type === 1 ? TO_SERVER : TO_CLIENT;
    const bytes = random(2) === 0 ? record(22, handshake(type, noise)) : concat(record(22, HELLO), noise);
    runParser(parser, [{ direction, bytes }], { isStream: true, capBytes: 16384, margin: 0xff });
  }
});

/** Hostile inputs of about `size` bytes, as one piece or in the smallest pieces. */
const HOSTILE: readonly (readonly [string, (size: number) => Piece[]])[] = [
  [
    "a hello of nothing but ciphers",
    (size) => [
      {
        direction: TO_SERVER,
        bytes: helloRecords(
          build.clientHello(Buffer.alloc(0), {
            ciphers: Array.from({ length: Math.min(32767, size >> 1) }, (_, i) => (i * 40503) & 0xffff),
          }),
        ),
      },
    ],
  ],
  [
    "a hello of nothing but extensions",
    (size) => [
      {
        direction: TO_SERVER,
        bytes: helloRecords(
          build.clientHello(
            concat(
              ...Array.from({ length: Math.min(16300, size >> 2) }, (_, i) => build.extension(60000 - i)),
            ),
          ),
        ),
      },
    ],
  ],
  [
    "a hello of nothing but server names",
    (size) => [
      {
        direction: TO_SERVER,
        bytes: helloRecords(
          build.clientHello(
            concat(...new Array<Buffer>(Math.min(6500, Math.floor(size / 10))).fill(build.serverName("a"))),
          ),
        ),
      },
    ],
  ],
  [
    "a hello in records of one byte",
    (size) => [
      {
        direction: TO_SERVER,
        bytes: concat(
          ...Array.from(handshake(1, Buffer.alloc(Math.floor(size / 6))), (octet) =>
            record(22, Buffer.from([octet])),
          ),
        ),
      },
    ],
  ],
  [
    "a hello in records of one byte, a byte at a time",
    (size) =>
      Array.from(
        concat(
          ...Array.from(handshake(1, Buffer.alloc(Math.floor(size / 6))), (octet) =>
            record(22, Buffer.from([octet])),
          ),
        ),
        (octet) => ({ direction: TO_SERVER, bytes: Uint8Array.of(octet) }),
      ),
  ],
  [
    "a chain of empty certificates",
    (size) => [
      {
        direction: TO_CLIENT,
        bytes: helloRecords(
          build.certificates(...new Array<Buffer>(Math.floor(size / 3)).fill(Buffer.alloc(0))),
          11,
        ),
      },
    ],
  ],
  [
    "a name of nothing but attributes",
    (size) => [
      {
        direction: TO_CLIENT,
        bytes: helloRecords(
          build.certificates(
            build.certificate({
              subject: build.distinguishedName(
                ...new Array<Buffer[]>(Math.floor(size / 14)).fill([build.attribute("1.2.3", 0x0c, "v")]),
              ),
            }),
          ),
          11,
        ),
      },
    ],
  ],
  [
    "a certificate of nothing but alternative names",
    (size) => [
      {
        direction: TO_CLIENT,
        bytes: helloRecords(
          build.certificates(
            build.certificate({
              extensions: build.subjectAltName(
                ...new Array<Buffer>(Math.floor(size / 4)).fill(build.der(0x82, Buffer.from("a"))),
              ),
            }),
          ),
          11,
        ),
      },
    ],
  ],
  [
    "empty handshake messages",
    (size) => [{ direction: TO_CLIENT, bytes: record(22, Buffer.alloc(Math.min(17000, size) & ~3)) }],
  ],
  [
    "unknown records after TLS 1.0",
    (size) => [
      {
        direction: TO_SERVER,
        bytes: concat(
          record(22, handshake(1, build.clientHello(Buffer.alloc(0), { version: 0x0301 }))),
          Buffer.alloc(size, 30),
        ),
      },
    ],
  ],
];

function helloRecords(body: Buffer, type = 1): Buffer {
  const message = handshake(type, body);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += 16384)
    records.push(record(22, message.subarray(at, at + 16384)));
  return concat(...records);
}

for (const [name, make] of HOSTILE) {
  it(`${name} cost in proportion to their length`, () => {
    const parser = new TlsParser();
    expectProportion(`TLS: ${name}`, (size, wrap) => feedParser(parser, make(size), 1 << 17, wrap));
  });
}
