/**
 * Random and mutated frames through the decoder and the defragmenter: nothing throws, no field leaves the frame, nothing is
 * read outside the range, and the worst input costs in proportion to its length.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_FRAMES` sets its length.
 */
import { expect, it } from "vitest";
import { Defragmenter } from "../../agent/sensor/flow/defrag.js";
import { DECODE_REASON_NAMES } from "../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder, MAX_TUNNEL_DEPTH } from "../../agent/sensor/wire/frame-decoder.js";
import * as link from "../../agent/sensor/wire/link-type.js";
import type { PacketView } from "../../agent/sensor/wire/packet-view.js";
import { concat, ethernet, hex, ipv4, ipv6, raw } from "../support/frames.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { expectProportion } from "../support/growth.js";
import { packetFields } from "../support/packet-fields.js";
import { layeredPayloads, seedFrames } from "../support/wire-seeds.js";

const seed = FUZZ_SEED;
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

/** The same fields, `base` bytes apart. The comparison of text is the quick one, the other shows the difference. */
function expectSame(among: PacketView, base: number, alone: PacketView, where: string): void {
  const [fields, expected] = [packetFields(among, base), packetFields(alone)];
  if (JSON.stringify(fields) !== JSON.stringify(expected)) expect(fields, where).toEqual(expected);
}

it(`keeps to the frame whatever is in it (${hint})`, () => {
  const random = randomFrom(seed);
  const seeds = seedFrames();
  const decoder = new FrameDecoder();
  const rebuilt = new FrameDecoder();
  const defragmenter = new Defragmenter({ maxDatagrams: 64, maxBytes: 1 << 16, timeoutUs: 1e6 });
  for (let n = 0; n < frameCount; n++) {
    const [linkType, frame] = seeds[random(seeds.length)]!;
    const mutated = mutate(frame, seeds[random(seeds.length)]![1], random);
    const type = random(16) === 0 ? LINK_TYPES[random(LINK_TYPES.length)]! : linkType;
    const count = decoder.decodeFrame(mutated, 0, mutated.length, mutated.length, type, n * 1000);
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
    for (let i = 0; i < count; i++) expectSame(among.packets[i]!, at, alone.packets[i]!, where);
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
        for (let i = 0; i < count; i++) expectSame(among.packets[i]!, 64, alone.packets[i]!, where);
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
          among.packets[i]!.frameEnd = 64 + alone.packets[i]!.frameEnd;
          expectSame(among.packets[i]!, 64, alone.packets[i]!, where);
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

it.each(WORST)("costs in proportion to the length of the worst input: %s", (name, build) => {
  const decoder = new FrameDecoder();
  expectProportion(
    `wire: ${name}`,
    (length, wrap) => {
      const frame = build(length);
      const linkType = frame[0] === 2 ? link.LINKTYPE_ETHERNET : link.LINKTYPE_RAW;
      decoder.decodeFrame(wrap(frame), 0, frame.length, frame.length, linkType, 0);
    },
    // An extension header of full length takes 2 KiB: shorter inputs hold none.
    [8192, 64_000],
  );
});
