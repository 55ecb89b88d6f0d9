/**
 * Mutated QUIC through the parser: packets damaged on the wire, and sound packets with damaged frames and hellos in
 * them. Nothing throws, nothing is read or pointed at outside the input, and every call comes to an end.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_PACKETS` sets its length.
 */
import { expect, it } from "vitest";
import { TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import type { InitialCipher } from "../../agent/sensor/proto/quic/initial-keys.js";
import { QuicParser } from "../../agent/sensor/proto/quic/quic-parser.js";
import { OpensslInitialCipher } from "../../agent/sensor/quic-initial-cipher.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { expectProportion } from "../support/growth.js";
import { feedParser, mutate, type Piece, randomFrom, runParser } from "../support/parser-fuzz.js";
import { cryptoFrame, initialPacket } from "../support/quic-packets.js";
import * as build from "../support/tls-records.js";

const seed = FUZZ_SEED;
const packetCount = Number(process.env.FUZZ_PACKETS ?? 2000);
const { concat, handshake } = build;

const TELLING_OCTETS = [0, 1, 2, 3, 6, 8, 0x1c, 0x3f, 0x40, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xd0, 0xf0, 0xff];
const ID = Buffer.from("8394c8f03e515708", "hex");
const HELLO = handshake(
  1,
  build.clientHello(
    concat(
      build.serverName("quic.example.jp"),
      build.GROUPS,
      build.SIGNATURE_ALGORITHMS,
      build.alpn("h3"),
      build.supportedVersions(0x0304),
    ),
  ),
);
const GOOGLE = Buffer.from(
  `a00100${"3b"}43484c4f02000000534e490004000000554149440a000000612e62635573657220312e30${"00".repeat(40)}`,
  "hex",
);
const FRAMES: readonly Buffer[] = [
  concat(cryptoFrame(0, HELLO), Buffer.alloc(100)),
  concat(cryptoFrame(60, HELLO.subarray(60)), Buffer.from([1]), cryptoFrame(0, HELLO.subarray(0, 60))),
  concat(
    Buffer.from("0203040102010101", "hex"),
    Buffer.from("03000000000000000000", "hex"),
    cryptoFrame(0, HELLO),
  ),
  concat(Buffer.from([8, 0, 40]), GOOGLE.subarray(4)),
];
const DATAGRAMS: readonly Buffer[] = [
  initialPacket({ keyId: ID, frames: FRAMES[0]! }),
  concat(
    initialPacket({ keyId: ID, frames: FRAMES[1]! }),
    initialPacket({ keyId: ID, packetNumber: 1, frames: FRAMES[0]! }),
  ),
  initialPacket({ keyId: ID, version: 0x51303530, frames: FRAMES[3]! }),
  concat(Buffer.from("c35130343650", "hex"), ID, Buffer.alloc(16), GOOGLE),
  concat(Buffer.from("09", "hex"), ID, Buffer.from("5130343301", "hex"), Buffer.alloc(12), GOOGLE),
  concat(Buffer.from("c0000000000008", "hex"), ID, Buffer.from("00000001", "hex")),
  concat(Buffer.from("f00000000100", "hex"), Buffer.from([8]), ID, Buffer.alloc(40)),
];

it(`mutated datagrams are read without a complaint (FUZZ_SEED=${seed})`, () => {
  const random = randomFrom(seed);
  const parser = new QuicParser(new OpensslInitialCipher(), Number.POSITIVE_INFINITY);
  for (let i = 0; i < packetCount; i++) {
    const pieces: Piece[] = Array.from({ length: 1 + random(3) }, () => ({
      direction: random(3) === 0 ? TO_CLIENT : TO_SERVER,
      bytes: mutate(random, DATAGRAMS[random(DATAGRAMS.length)]!, TELLING_OCTETS),
    }));
    for (const { bytes, direction } of pieces) parser.probe(bytes, 0, bytes.length, direction);
    const said = runParser(parser, pieces, { isStream: false, capBytes: 65535, margin: 0x00 });
    expect(runParser(parser, pieces, { isStream: false, capBytes: 65535, margin: 0xc0 })).toBe(said);
  }
});

/** Takes every packet for authentic and its payload for clear text: what stands behind the seal can be anything. */
class OpenCipher implements InitialCipher {
  encryptBlock(
    _keys: Uint8Array,
    _keyOffset: number,
    _block: Uint8Array,
    _offset: number,
    out: Uint8Array,
  ): void {
    out.fill(0);
  }

  open(
    _keys: Uint8Array,
    _keyOffset: number,
    _nonce: Uint8Array,
    _header: Uint8Array,
    _headerLength: number,
    sealed: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
  ): number {
    out.set(sealed.subarray(offset, offset + length - 16));
    return length - 16;
  }
}

function clearPacket(frames: Uint8Array): Buffer {
  const length = 1 + frames.length + 16;
  return concat(
    Buffer.from("c00000000108", "hex"),
    ID,
    Buffer.from([0, 0, 0x40 | (length >>> 8), length & 255, 0]),
    frames,
    Buffer.alloc(16),
  );
}

it("mutated frames and hellos behind the seal are read without a complaint", () => {
  const random = randomFrom(seed + 1);
  const parser = new QuicParser(new OpenCipher(), Number.POSITIVE_INFINITY);
  let hellos = 0;
  for (let i = 0; i < packetCount * 3; i++) {
    const pieces: Piece[] = Array.from({ length: 1 + random(2) }, () => ({
      direction: TO_SERVER,
      bytes: clearPacket(mutate(random, FRAMES[random(FRAMES.length)]!, TELLING_OCTETS)),
    }));
    const said = runParser(parser, pieces, { isStream: false, capBytes: 65535, margin: 0x06 });
    if (said.includes('"ja4"')) hellos++;
  }
  expect(hellos).toBeGreaterThan(packetCount / 10);
});

it("a datagram of the smallest frames costs in proportion to its length", () => {
  const parser = new QuicParser(new OpenCipher(), Number.POSITIVE_INFINITY);
  const frames: readonly ((count: number) => Buffer)[] = [
    (count) =>
      concat(...Array.from({ length: count }, (_, i) => cryptoFrame(8000 - (i % 8000), Buffer.from([1])))),
    (count) => Buffer.alloc(count * 4, 1),
    (count) => concat(...new Array<Buffer>(count).fill(Buffer.from("0200000000", "hex"))),
  ];
  for (const [i, make] of frames.entries()) {
    expectProportion(
      `QUIC: frames ${i}`,
      (count, wrap) =>
        feedParser(parser, [{ direction: TO_SERVER, bytes: clearPacket(make(count)) }], 65535, wrap),
      [190, 3040],
    );
  }
});
