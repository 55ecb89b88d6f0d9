/**
 * Random traffic against the flow room. fast-check prints seed and path of a failure; `FUZZ_SEED` repeats a run,
 * `FUZZ_RUNS` sets its length.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../agent/sensor/flow/flow-limits.js";
import { FlowTracker } from "../../agent/sensor/flow/flow-tracker.js";
import { APP, RAW } from "../../agent/sensor/flow/stream-heads.js";
import type { PacketView } from "../../agent/sensor/wire/packet-view.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { ipPacket, TcpTalk, TEST_START_US } from "../support/segments.js";

const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
const SETTINGS = {
  numRuns,
  seed: FUZZ_SEED,
};

interface Piece {
  readonly from: number;
  readonly length: number;
}

/** Pieces that together cover [0, size), some sent twice, with other borders, and in any order. */
function shuffledPieces(size: number): fc.Arbitrary<Piece[]> {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: size - 1 }), { maxLength: 20 });
  const extra = fc.array(fc.record({ from: fc.nat(size - 1), length: fc.integer({ min: 1, max: 700 }) }), {
    maxLength: 8,
  });
  return fc
    .tuple(cuts, extra)
    .map(([at, more]) => {
      const borders = [0, ...at.sort((a, b) => a - b), size];
      const cover = borders.slice(1).map((to, i) => ({ from: borders[i]!, length: to - borders[i]! }));
      return [...cover, ...more.map((p) => ({ from: p.from, length: Math.min(p.length, size - p.from) }))];
    })
    .chain((pieces) => fc.shuffledSubarray(pieces, { minLength: pieces.length, maxLength: pieces.length }));
}

const SIZE = 3000;
const STREAM = Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >> 7) * 17) & 0xff);
const TEXT = Buffer.from(STREAM).toString("latin1");

describe("streams under random segmentation", () => {
  it("yield the same bytes in any cut, order and repetition, across the wrap of sequence numbers", () => {
    fc.assert(
      fc.property(shuffledPieces(SIZE), fc.integer({ min: 0, max: SIZE }), (pieces, beforeWrap) => {
        const talk = new TcpTalk({ clientInitial: (2 ** 32 - beforeWrap) % 2 ** 32 }).open();
        for (const { from, length } of pieces) {
          talk.c("PA", STREAM.slice(from, from + length), { seq: 1 + from, ack: 1 });
        }
        expect(talk.app[0]).toBe(TEXT);
        expect(talk.raw[0]).toBe(TEXT);
      }),
      SETTINGS,
    );
  });

  it("yield the same bytes however little a reader takes at a time", () => {
    fc.assert(
      fc.property(shuffledPieces(SIZE), fc.integer({ min: 1, max: 900 }), (pieces, message) => {
        const talk = new TcpTalk().open();
        talk.appetite = (bytes) => Math.floor(bytes.length / message) * message;
        for (const { from, length } of pieces) {
          talk.c("PA", STREAM.slice(from, from + length), { seq: 1 + from, ack: 1 });
        }
        expect(talk.app[0]).toBe(TEXT.slice(0, Math.floor(SIZE / message) * message));
        expect(talk.raw[0]).toBe(TEXT);
      }),
      SETTINGS,
    );
  });

  it("show everything that arrived, and a hole for everything that did not", () => {
    const lossy = shuffledPieces(SIZE).chain((pieces) =>
      fc.tuple(
        fc.constant(pieces),
        fc.uniqueArray(fc.nat(pieces.length - 1), { minLength: 1, maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(lossy, ([pieces, lost]) => {
        const talk = new TcpTalk().open();
        const seen = new Uint8Array(SIZE);
        pieces.forEach(({ from, length }, i) => {
          if (lost.includes(i)) return;
          seen.fill(1, from, from + length);
          talk.c("PA", STREAM.slice(from, from + length), { seq: 1 + from, ack: 1 });
        });
        // The server acknowledges everything, and the client goes on: nothing will fill the holes.
        talk.s("A", "", { ack: 1 + SIZE }).c("PA", "behind", { seq: 1 + SIZE, ack: 1 });
        let expected = "";
        let isHole = false;
        for (let i = 0; i < SIZE; i++) {
          if (seen[i] === 1) expected += TEXT[i];
          else if (!isHole) expected += "{hole}";
          isHole = seen[i] === 0;
        }
        expect(talk.app[0]).toBe(`${expected}behind`);
        expect(talk.raw[0]).toBe(`${expected}behind`);
      }),
      SETTINGS,
    );
  });
});

const TINY: FlowLimits = {
  ...DEFAULT_FLOW_LIMITS,
  maxFlows: 12,
  streamMemoryBytes: 4 * 4096,
  streamHeadBytes: 4096,
  rawDepthBytes: 6000,
  maxPendingSegments: 5,
  fairSourceFlows: 4,
};

const anyFields = fc.record({
  host: fc.integer({ min: 1, max: 5 }),
  peer: fc.integer({ min: 1, max: 5 }),
  protocol: fc.constantFrom(6, 6, 6, 6, 17, 1, 50, 132),
  port: fc.constantFrom(1000, 1001),
  flags: fc.oneof(fc.constantFrom(2, 18, 16, 24, 17, 20, 4, 48, 3), fc.nat(255)),
  seq: fc.oneof(fc.constantFrom(0, 1, 100, 101), fc.integer({ min: 0, max: 8000 }), fc.nat(0xffffffff)),
  ack: fc.oneof(fc.constantFrom(0, 1, 100, 101), fc.integer({ min: 0, max: 8000 }), fc.nat(0xffffffff)),
  window: fc.constantFrom(0, 1, 500, 65_535),
  urgent: fc.constantFrom(0, 1, 7, 60_000),
  length: fc.constantFrom(0, 0, 1, 2, 100, 1460, 5000),
  stamp: fc.option(fc.nat(1000)),
  /** How the readers behave after it, and what time passes before it. */
  behaviour: fc.nat(7),
  pause: fc.nat(9),
});
type Fields = typeof anyFields extends fc.Arbitrary<infer T> ? T : never;

function packetOf(p: Fields): PacketView {
  // Some packets travel back, so that answers happen.
  const isBack = p.pause % 2 === 1;
  const view = ipPacket({
    source: `10.0.0.${isBack ? p.peer : p.host}`,
    destination: `10.0.0.${isBack ? p.host : p.peer}`,
    sourcePort: isBack ? 80 : p.port,
    destinationPort: isBack ? p.port : 80,
    protocol: p.protocol,
    payload: new Uint8Array(p.length).fill(p.seq),
  });
  view.tcpFlags = p.flags;
  view.tcpSequence = p.seq;
  view.tcpAcknowledgement = p.ack;
  view.tcpWindow = p.window;
  view.tcpUrgentPointer = p.urgent;
  view.tcpHeaderLength = 20;
  view.tcpWindowScale = p.window === 500 ? 7 : -1;
  view.hasTcpFastOpen = p.urgent === 7;
  view.hasTcpTimestamp = p.stamp !== null;
  view.tcpTimestampValue = p.stamp ?? 0;
  view.icmpType = p.urgent & 15;
  return view;
}

describe("the tracker under random packets", () => {
  it("never throws, never shows bytes outside its buffers, and gives everything back", () => {
    for (const midstream of [false, true]) {
      let released = 0;
      const tracker = new FlowTracker({ ...TINY, midstream, asyncOneSide: midstream }, (flow) => {
        released++;
        drain(tracker, flow, 3);
      });
      fc.assert(
        fc.property(fc.array(anyFields, { maxLength: 120 }), (packets) => {
          tracker.reset();
          released = 0;
          let timeUs = TEST_START_US;
          for (const fields of packets) {
            const packet = packetOf(fields);
            timeUs += fields.pause === 9 ? 70e6 : 1000;
            packet.timeUs = timeUs;
            const flow = tracker.track(packet);
            if (flow >= 0) drain(tracker, flow, fields.behaviour);
            packet.bytes.fill(0x7e);
            tracker.streams.finishPacket();
            tracker.expire(timeUs, 2);
            expect(tracker.table.usedCount).toBeLessThanOrEqual(TINY.maxFlows);
          }
          const flows = tracker.table.createdCount;
          tracker.releaseAll();
          expect(tracker.table.usedCount).toBe(0);
          expect(released).toBe(flows);
          expect(tracker.streams.usedBytes).toBe(0);
        }),
        SETTINGS,
      );
    }
  });
});

/** Read with some habit: all, nothing, a little, skipping, stopping. */
function drain(tracker: FlowTracker, flow: number, behaviour: number): void {
  const { streams } = tracker;
  for (const direction of [0, 1] as const) {
    for (const reader of [APP, RAW] as const) {
      for (let turn = 0; turn < 50 && streams.span(flow, direction, reader); turn++) {
        const length = streams.end - streams.offset;
        expect(streams.offset).toBeGreaterThanOrEqual(0);
        expect(length).toBeGreaterThanOrEqual(0);
        expect(streams.end).toBeLessThanOrEqual(streams.bytes.length);
        const isMore = streams.hasGap || streams.isFull;
        if (behaviour === 0) streams.stop(flow, direction, reader);
        else if (behaviour === 1 && reader === APP) streams.skip(flow, direction, length + 500);
        else if (behaviour === 2) streams.consume(flow, direction, reader, length >> 1);
        else if (behaviour < 6) streams.consume(flow, direction, reader, length);
        if (!isMore) break;
      }
    }
  }
}
