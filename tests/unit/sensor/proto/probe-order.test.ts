import { describe, expect, test } from "vitest";
import { asciiOctets } from "../../../../agent/sensor/proto/octets.js";
import { ParserInput, Probe } from "../../../../agent/sensor/proto/parser.js";
import { ProbeOrder } from "../../../../agent/sensor/proto/probe-order.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../../agent/sensor/registered-parsers.js";

const streams = registeredParsers().filter(({ transport }) => transport !== "udp");
/** How streams of the protocols begin, of which the samples below are made. */
const BEGINNINGS: readonly Uint8Array[] = [
  ...["GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "SSH-2.0-x\r\n"].map(
    octets,
  ),
  ...["220 mail ESMTP\r\n", "EHLO a\r\n", "USER a\r\n", "* OK IMAP4\r\n", "+OK POP3\r\n"].map(octets),
  ...["RFB 003.008\n", "INVITE sip:a@b SIP/2.0\r\n", "SIP/2.0 200 OK\r\n"].map(octets),
  Uint8Array.of(0x16, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9),
  Uint8Array.of(0x80, 46, 1, 0, 2, 0, 21, 0, 0, 0, 16, 1, 0, 128, 0, 0, 4, 0, 0, 5),
  Uint8Array.of(0, 0, 0, 47, 0xff, 0x53, 0x4d, 0x42, 0x72, 0, 0, 0, 0, 0x18, 1, 0x28, 0, 0, 0, 0),
  Uint8Array.of(0, 0, 0, 64, 0xfe, 0x53, 0x4d, 0x42, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.of(0x81, 0, 0, 68, 32, 67, 75, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65),
  Uint8Array.of(5, 0, 11, 3, 16, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 208, 22, 208, 22, 0, 0, 0, 0),
  Uint8Array.of(
    0,
    29,
    0,
    1,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    3,
    119,
    119,
    119,
    1,
    97,
    2,
    106,
    112,
    0,
    0,
    1,
    0,
    1,
  ),
  Uint8Array.of(0x80, 0, 0, 60, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 134, 163, 0, 0, 0, 3, 0, 0, 0, 1),
  Uint8Array.of(0, 0, 0, 120, 0x6a, 118, 0x30, 116, 0xa1, 3, 2, 1, 5, 0xa2, 3, 2, 1, 10, 0xa4, 100, 0x30),
  Uint8Array.of(0x10, 16, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 4, 97, 98, 99, 100),
  Uint8Array.of(3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0),
  Uint8Array.of(3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 2, 0, 0, 0),
  Uint8Array.of(0xff, 0xfd, 3, 0xff, 0xfb, 24),
  Uint8Array.of(0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, 0, 4, 0, 1, 0, 0),
];
const MOST_OCTETS = 40;

function octets(text: string): Uint8Array {
  return asciiOctets(text);
}

/** Beginnings with octets changed, and what is nothing known at all. */
function* samples(count: number): Generator<Uint8Array> {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (let i = 0; i < count; i++) {
    const sample = Uint8Array.from({ length: MOST_OCTETS }, () => random(256));
    if (i % 4 !== 0) sample.set(BEGINNINGS[random(BEGINNINGS.length)]!);
    for (let changes = random(3); changes > 0; changes--) sample[random(16)] = random(256);
    yield sample;
  }
}

describe("whom the beginning of a stream is shown to", () => {
  test("what a parser refuses by its beginning it refuses whatever follows", () => {
    const broken = new Set<string>();
    for (const sample of samples(500)) {
      for (const { parser } of streams) {
        for (const direction of [TO_SERVER, TO_CLIENT] as const) {
          let isRefused = false;
          for (let length = 1; length <= MOST_OCTETS; length++) {
            const answer = parser.probe(sample, 0, length, direction);
            if (isRefused && answer !== Probe.NO)
              broken.add(`protocol ${parser.protocol}, ${length} octets of ${sample}: ${answer}`);
            isRefused ||= answer === Probe.NO;
          }
        }
      }
    }
    expect([...broken].slice(0, 5)).toEqual([]);
  });

  test("those who cannot begin with the first octet are not asked, which changes no answer", () => {
    const order = new ProbeOrder(streams, true);
    const all = new ProbeOrder(streams, false);
    const input = new ParserInput();
    let recognised = 0;
    for (const [index, sample] of [...samples(500)].entries()) {
      input.bytes = sample;
      input.end = 1 + (index % MOST_OCTETS);
      input.direction = index % 2 === 0 ? TO_SERVER : TO_CLIENT;
      input.destinationPort = index % 3 === 0 ? 80 : index % 3 === 1 ? 445 : 0;
      const found = order.find(input, index % 5 === 0);
      expect(found?.parser).toBe(all.find(input, index % 5 === 0)?.parser);
      if (found === undefined) expect(order.isUnsure).toBe(all.isUnsure);
      else recognised++;
    }
    expect(recognised).toBeGreaterThan(60);
  });
});
