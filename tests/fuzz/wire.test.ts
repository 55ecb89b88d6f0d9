/**
 * Random and mutated frames through the decoder and the defragmenter: nothing throws, no field leaves the frame, nothing is
 * read outside the range, and the worst input costs in proportion to its length.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_FRAMES` sets its length.
 */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readCaptureFile } from "../../agent/sensor/capture/capture-file.js";
import { Defragmenter } from "../../agent/sensor/flow/defrag.js";
import { DECODE_REASON_NAMES } from "../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder, MAX_TUNNEL_DEPTH } from "../../agent/sensor/wire/frame-decoder.js";
import * as link from "../../agent/sensor/wire/link-type.js";
import type { PacketView } from "../../agent/sensor/wire/packet-view.js";
import {
  type Built,
  concat,
  ethernet,
  extension,
  fragmentHeader,
  gre,
  hex,
  icmpv4,
  icmpv6,
  ipv4,
  ipv6,
  pppoe,
  raw,
  sctp,
  tcp,
  udp,
  vlan,
} from "../support/frames.js";
import { packetFields } from "../support/packet-fields.js";

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const frameCount = Number(process.env.FUZZ_FRAMES ?? 150_000);
const hint = `FUZZ_SEED=${seed}`;

/** mulberry32: small, fast, and the same everywhere. */
function randomFrom(start: number): (below: number) => number {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const LINK_TYPES: readonly number[] = Object.values(link).filter((value) => typeof value === "number");

function seedFrames(): [number, Uint8Array][] {
  const inner = ipv4(
    {},
    tcp({ options: hex("020405b4 0402 080a0000000100000000 01 030307") }, "GET / HTTP/1.1"),
  );
  const innerV6 = ipv6(
    { extensions: [extension(0, hex("05 02 0000 0000")), extension(60)] },
    udp({}, "data"),
  );
  const payloads: Built[] = [
    inner,
    innerV6,
    ipv4({ options: hex("07 0b 04 00000000 00000000 94 04 0000 00") }, udp({}, "data")),
    ipv4({}, icmpv4({ type: 3, code: 1 }, inner.bytes)),
    ipv6({}, icmpv6({ type: 1, code: 1 }, innerV6.bytes)),
    ipv4({}, sctp({}, "chunk")),
    ipv4({ flags: 1 }, raw(17, new Uint8Array(24))),
    ipv6({ extensions: [fragmentHeader(9, 0, true)] }, raw(17, new Uint8Array(24))),
    ipv4({}, innerV6),
    ipv6({}, inner),
    ipv4({}, gre(raw(0x6558, ethernet(vlan(4, inner))))),
    ipv4({}, raw(47, concat(hex("4000 0800 00000000 0800 00 04 0a000001 0000 00 00"), inner.bytes))),
    ipv4({}, raw(47, concat(hex("3081 880b 00670000 00000001 00000002 ff03 0021"), inner.bytes))),
    ipv4({}, raw(47, concat(hex("1000 88be 00000001 1017 0864 00000000"), ethernet(inner)))),
    ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), ethernet(inner)))),
    ipv4(
      {},
      udp({ destinationPort: 6081 }, concat(hex("0200 6558 00002500 0108 0001 11111111"), ethernet(inner))),
    ),
    ipv4({}, udp({ destinationPort: 3544 }, innerV6.bytes)),
    vlan(1, vlan(2, pppoe(innerV6))),
    raw(0x8847, concat(hex("00010040 00012140 00000000"), ethernet(inner))),
    raw(0x894f, concat(hex("0006 0101 00000102 00000000000000000000000000000000"), inner.bytes)),
    raw(0x8863, hex("1109 0000 0004 01010000")),
    raw(0x0806, hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002")),
  ];
  const frames: [number, Uint8Array][] = payloads.map((payload) => [
    link.LINKTYPE_ETHERNET,
    ethernet(payload),
  ]);
  frames.push(
    [link.LINKTYPE_RAW, inner.bytes],
    [link.LINKTYPE_NULL, concat(hex("1e000000"), innerV6.bytes)],
    [link.LINKTYPE_PPP, concat(hex("ff030021"), inner.bytes)],
    [link.LINKTYPE_LINUX_SLL, concat(hex("0000000100060200000000010000 0800"), inner.bytes)],
    [
      link.LINKTYPE_IEEE802_11_RADIOTAP,
      concat(hex(`0000080000000000 8801 ${"00".repeat(24)} aaaa03000000 0800`), inner.bytes),
    ],
  );
  return [...frames, ...corpusFrames()];
}

/** A few frames of every capture in the corpus, where it is there. */
function corpusFrames(): [number, Uint8Array][] {
  const folder = fileURLToPath(new URL("../../../shared/corpus/verify/", import.meta.url));
  if (!existsSync(folder)) return [];
  const frames: [number, Uint8Array][] = [];
  for (const name of readdirSync(folder).filter((_, i) => i % 5 === 0)) {
    const path = `${folder}${name}/input.pcap`;
    if (!existsSync(path)) continue;
    let taken = 0;
    readCaptureFile(path, {
      frame(bytes, offset, capturedLength, _wireLength, linkType) {
        if (taken++ < 4) frames.push([linkType, bytes.slice(offset, offset + capturedLength)]);
      },
    });
  }
  return frames;
}

const TELLING_BYTES = hex(
  "00 01 02 04 06 0f 11 21 29 2b 2c 2f 33 3a 3b 3c 40 45 46 4f 60 7f 80 81 86 88 dd fe ff",
);

function mutate(frame: Uint8Array, other: Uint8Array, random: (below: number) => number): Uint8Array {
  let result: Uint8Array = frame.slice();
  for (let i = random(4) + 1; i > 0 && result.length > 0; i--) {
    const at = random(result.length);
    switch (random(6)) {
      case 0:
        result[at] = random(256);
        break;
      case 1:
        result[at] = TELLING_BYTES[random(TELLING_BYTES.length)]!;
        break;
      case 2:
        result[at] = result[at]! ^ (1 << random(8));
        break;
      case 3:
        result = result.slice(0, at);
        break;
      case 4:
        result = concat(result.slice(0, at), other.slice(random(other.length)));
        break;
      default:
        result = concat(result.slice(0, at), result.slice(random(result.length)));
    }
  }
  return result;
}

/** What must hold of every packet of every frame. */
function check(packet: PacketView, end: number): string | undefined {
  for (const [name, value] of Object.entries(packet)) {
    if (typeof value === "number" && !Number.isInteger(value)) return `${name} is ${value}`;
  }
  if (packet.frameEnd > end || packet.frameOffset > packet.frameEnd) return "frame outside";
  if (packet.macOffset >= 0 && packet.macOffset + 14 > end) return "addresses outside";
  if (packet.ipVersion !== 0) {
    if (packet.ipOffset + packet.ipHeaderLength > packet.ipEnd) return "header longer than the datagram";
    if (packet.ipEnd > end) return "datagram outside";
    if (packet.payloadOffset + packet.payloadLength > packet.ipEnd) return "payload outside the datagram";
  }
  if (packet.ipVersion === 0 && packet.transportOffset !== 0) return "transport without IP";
  if (packet.transportOffset === 0 && packet.payloadLength !== 0) return "payload without transport";
  if (packet.tcpOptionsOffset + packet.tcpOptionsLength > end) return "options outside";
  if (packet.tcpSackOffset + 8 * packet.tcpSackCount > end) return "SACK outside";
  if (packet.arpOffset !== 0 && packet.arpOffset + 28 > end) return "ARP outside";
  if (packet.embeddedTransportOffset !== 0 && packet.embeddedTransportOffset + 4 > end)
    return "ports outside";
  if (packet.reason !== 0 && packet.eventCount === 0) return "reason without event";
  if (packet.tunnelDepth > MAX_TUNNEL_DEPTH) return "too deep";
  return undefined;
}

it(`keeps to the frame whatever is in it (${hint})`, () => {
  const random = randomFrom(seed);
  const seeds = seedFrames();
  const decoder = new FrameDecoder();
  const rebuilt = new FrameDecoder();
  const defragmenter = new Defragmenter({ maxDatagrams: 64, maxBytes: 1 << 16, timeoutUs: 1e6 });
  let slowestMs = 0;
  for (let n = 0; n < frameCount; n++) {
    const [linkType, frame] = seeds[random(seeds.length)]!;
    const mutated = mutate(frame, seeds[random(seeds.length)]![1], random);
    const type = random(16) === 0 ? LINK_TYPES[random(LINK_TYPES.length)]! : linkType;
    const before = performance.now();
    const count = decoder.decodeFrame(mutated, 0, mutated.length, mutated.length, type, n * 1000);
    slowestMs = Math.max(slowestMs, performance.now() - before);
    const where = `${hint} frame ${n}, link type ${type}: ${Buffer.from(mutated).toString("hex")}`;
    if (count < 1 || count > MAX_TUNNEL_DEPTH + 1) expect(count, where).toBe(1);
    for (let i = 0; i < count; i++) {
      const packet = decoder.packets[i]!;
      const fault = check(packet, mutated.length);
      if (fault !== undefined) expect.fail(`${fault}; ${where}`);
      if (!packet.isFragment || !defragmenter.add(packet)) continue;
      const { bytes, offset, end } = defragmenter;
      const inner = rebuilt.decodeDatagram(bytes, offset, end, packet.timeUs, packet.tunnelDepth, packet);
      for (let j = 0; j < inner; j++) {
        const innerFault = check(rebuilt.packets[j]!, end);
        if (innerFault !== undefined) expect.fail(`rebuilt: ${innerFault}; ${where}`);
      }
    }
  }
  expect(defragmenter.completed, hint).toBeGreaterThan(0);
  expect(slowestMs, hint).toBeLessThan(100);
  // Most reasons there are have been met.
  const met = DECODE_REASON_NAMES.filter((_, code) => decoder.reasonCounts[code]! > 0);
  expect(met.length, hint).toBeGreaterThan(60);
});

it(`reads nothing outside the given range (${hint})`, () => {
  const random = randomFrom(seed + 1);
  const seeds = seedFrames();
  const alone = new FrameDecoder();
  const among = new FrameDecoder();
  const surroundings = new Uint8Array(8192);
  for (let n = 0; n < frameCount / 15; n++) {
    const [linkType, whole] = seeds[random(seeds.length)]!;
    const frame = random(2) === 0 ? whole : mutate(whole, seeds[random(seeds.length)]![1], random);
    // Cut somewhere, as a short snapshot length cuts.
    const cut = frame.slice(0, random(Math.min(frame.length, 4000) + 1));
    const at = 1 + random(1000);
    const filler = TELLING_BYTES[random(TELLING_BYTES.length)]!;
    surroundings.fill(filler);
    surroundings.set(cut, at);
    const count = alone.decodeFrame(cut, 0, cut.length, frame.length, linkType, 0);
    const countAmong = among.decodeFrame(surroundings, at, cut.length, frame.length, linkType, 0);
    const where = `${hint} frame ${n}, link type ${linkType}: ${Buffer.from(cut).toString("hex")}`;
    expect(countAmong, where).toBe(count);
    for (let i = 0; i < count; i++) {
      expect(packetFields(among.packets[i]!, at), where).toEqual(packetFields(alone.packets[i]!));
    }
  }
});

it("is cut at every byte without a fault", () => {
  const decoder = new FrameDecoder();
  for (const [linkType, frame] of seedFrames()) {
    for (let length = 0; length <= Math.min(frame.length, 400); length++) {
      const cut = frame.slice(0, length);
      const count = decoder.decodeFrame(cut, 0, length, frame.length, linkType, 0);
      for (let i = 0; i < count; i++) {
        expect(check(decoder.packets[i]!, length), Buffer.from(cut).toString("hex")).toBeUndefined();
      }
    }
  }
});

/** Payloads under the layer that tells their length, to be cut at every byte below a header that does not lie. */
function layeredPayloads(): [(payload: Uint8Array) => Uint8Array, Uint8Array][] {
  const inIpv4 = (protocol: number) => (payload: Uint8Array) => ethernet(ipv4({}, raw(protocol, payload)));
  const inIpv6 = (protocol: number) => (payload: Uint8Array) => ethernet(ipv6({}, raw(protocol, payload)));
  const inUdp = (destinationPort: number) => (payload: Uint8Array) =>
    ethernet(ipv4({}, udp({ destinationPort }, payload)));
  const inner = ipv4({ options: hex("07 07 04 00000000 00") }, udp({}, "data"));
  const innerV6 = ipv6({ extensions: [extension(60, hex("05 02 0000 1e00"))] }, udp({}, "data"));
  const segment = tcp(
    { options: hex("020405b4 0402 080a0000000100000000 01 030307 fd0c f9890102030405060708") },
    "x",
  );
  const inPppoe = (protocol: string) => concat(hex(`1100 0001 0040 ${protocol}`), inner.bytes);
  return [
    [inIpv4(6), segment.bytes],
    [inIpv6(6), segment.bytes],
    [inIpv4(17), udp({}, "data").bytes],
    [inIpv4(1), icmpv4({ type: 3 }, inner.bytes).bytes],
    [inIpv4(1), icmpv4({ type: 13 }, new Uint8Array(16)).bytes],
    [inIpv4(1), hex("0902000002020708 00000000 00000000 00000000 00000000")],
    [inIpv6(58), icmpv6({ type: 1 }, innerV6.bytes).bytes],
    [inIpv6(58), icmpv6({ type: 130 }, new Uint8Array(16)).bytes],
    [inIpv4(132), sctp({}, "x").bytes],
    [inIpv4(50), new Uint8Array(12)],
    [inIpv4(4), inner.bytes],
    [inIpv4(41), innerV6.bytes],
    [inIpv6(4), inner.bytes],
    [inIpv6(41), innerV6.bytes],
    [
      inIpv6(60),
      concat(
        hex("2b00 050200001e00 3300 020000000000 2c02 0000 0000000000000000 0000000000000000"),
        new Uint8Array(16),
      ),
    ],
    [inIpv6(44), hex("1100 0001 00000001 9c40 0035 0008 0000")],
    [inIpv6(0), hex("3b00 c20400010000 00")],
    [
      inIpv4(47),
      concat(hex("f000 0800 00000000 00000001 00000002 0800 0004 0a000001 0000 0000"), inner.bytes),
    ],
    [inIpv4(47), concat(hex("3081 880b 00670000 00000001 00000002 ff03 0021"), inner.bytes)],
    [inIpv4(47), concat(hex("2001 880b 00670000 2f"), inner.bytes)],
    [inIpv4(47), concat(hex("1000 88be 00000001 1017 0864 00000000"), ethernet(inner))],
    [inIpv4(47), concat(hex("0000 8100 0005 0800"), inner.bytes)],
    [inUdp(4789), concat(hex("08000000 00000100"), ethernet(vlan(5, inner)))],
    [inUdp(6081), concat(hex("0400 6558 00002500 0108 0001 11111111 0108 0001 11111111"), ethernet(inner))],
    [inUdp(3544), concat(hex("0000 f227 bec861af"), innerV6.bytes)],
    [(payload) => ethernet(raw(0x8100, payload)), vlan(1, vlan(2, inner)).bytes],
    [(payload) => ethernet(raw(0x8926, payload)), concat(hex("00000033 0800"), inner.bytes)],
    [
      (payload) => ethernet(raw(0x88e7, payload)),
      concat(hex(`00000001 ${"00".repeat(12)} 0800`), inner.bytes),
    ],
    [(payload) => ethernet(raw(0x8903, payload)), concat(hex("0001"), ethernet(inner))],
    [(payload) => ethernet(raw(0x8847, payload)), concat(hex("00010040 00012140 00000000"), ethernet(inner))],
    [(payload) => ethernet(raw(0x8864, payload)), inPppoe("0021")],
    [(payload) => ethernet(raw(0x8864, payload)), inPppoe("21")],
    [(payload) => ethernet(raw(0x8863, payload)), hex("1109 0000 0004 01010000")],
    [(payload) => ethernet(raw(0x0806, payload)), new Uint8Array(28)],
    [
      (payload) => ethernet(raw(0x894f, payload)),
      concat(hex("0006 0101 00000102"), new Uint8Array(16), inner.bytes),
    ],
    ...[1, 2, 3, 5, 7, 9].map((words): [(payload: Uint8Array) => Uint8Array, Uint8Array] => [
      (payload) => ethernet(ipv4({ options: payload, headerWords: 5 + words }, udp({}, ""))),
      hex("07 0b 04 00000000 00000000 44 08 05 01 00000000 86 0a 00000001 01 04 00 00 88 04 0000").slice(
        0,
        4 * words,
      ),
    ]),
  ];
}

it("reads nothing outside the range when a layer is cut at every byte below an honest header", () => {
  const alone = new FrameDecoder();
  const among = new FrameDecoder();
  for (const [wrap, payload] of layeredPayloads()) {
    for (let length = 0; length <= payload.length; length++) {
      const frame = wrap(payload.slice(0, length));
      const count = alone.decodeFrame(frame, 0, frame.length, frame.length, link.LINKTYPE_ETHERNET, 0);
      for (const filler of [0x00, 0x01, 0x06, 0x45, 0x60, 0xff]) {
        const padding = new Uint8Array(64).fill(filler);
        const padded = concat(padding, frame, padding);
        const where = `${Buffer.from(frame).toString("hex")} among ${filler}`;
        const countAmong = among.decodeFrame(
          padded,
          64,
          frame.length,
          frame.length,
          link.LINKTYPE_ETHERNET,
          0,
        );
        expect(countAmong, where).toBe(count);
        for (let i = 0; i < count; i++) {
          expect(packetFields(among.packets[i]!, 64), where).toEqual(packetFields(alone.packets[i]!));
        }
        // Behind the end of an IP datagram the frame may go on; that must not matter either.
        if (alone.packets[0]!.ipVersion === 0) continue;
        const countPadded = among.decodeFrame(
          padded,
          64,
          frame.length + 64,
          frame.length,
          link.LINKTYPE_ETHERNET,
          0,
        );
        expect(countPadded, where).toBe(count);
        for (let i = 0; i < count; i++) {
          const { frameEnd: _, ...fields } = packetFields(among.packets[i]!, 64);
          expect(packetFields(alone.packets[i]!), where).toMatchObject(fields);
        }
      }
    }
  }
});

/** Frames of about `length` bytes that make the decoder do as much as it can. */
const WORST: [string, (length: number) => Uint8Array][] = [
  ["extension headers", (length) => ipv6({}, raw(60, repeat("3c00 010400000000", length))).bytes],
  ["options of one byte", (length) => ipv6({}, raw(60, repeat(`3cff ${"00".repeat(2046)}`, length))).bytes],
  [
    "options without data",
    (length) => ipv6({}, raw(60, repeat(`3cff ${"1e00".repeat(1023)}`, length))).bytes,
  ],
  ["MPLS labels", (length) => ethernet(raw(0x8847, repeat("00010040", length)))],
  [
    "GRE routing entries",
    (length) => ipv4({}, raw(47, concat(hex("4000 0800 00000000"), repeat("0800 0000", length)))).bytes,
  ],
];

function repeat(text: string, length: number): Uint8Array {
  const unit = hex(text);
  return Uint8Array.from({ length }, (_, i) => unit[i % unit.length]!);
}

it.each(WORST)("costs in proportion to the length of the worst input: %s", (_name, build) => {
  const decoder = new FrameDecoder();
  const timeOf = (length: number): number => {
    const frame = build(length);
    const linkType = frame[0] === 2 ? link.LINKTYPE_ETHERNET : link.LINKTYPE_RAW;
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 30; round++) {
      const before = performance.now();
      for (let i = 0; i < 8; i++) decoder.decodeFrame(frame, 0, frame.length, frame.length, linkType, 0);
      best = Math.min(best, (performance.now() - before) / 8);
    }
    return best;
  };
  timeOf(60_000);
  const short = timeOf(8_000);
  const long = timeOf(64_000);
  expect(long).toBeLessThan(10);
  // Slope in the log-log diagram; a little above 1 for the noise of so short a measurement.
  expect(Math.log(long / short) / Math.log(8)).toBeLessThan(1.2);
});
