import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_INTERFACES, timestampUs } from "../../../../agent/sensor/capture/pcapng-decoder.js";
import {
  RecordWindow,
  WINDOW_BROKEN,
  WINDOW_BYTES,
  WINDOW_FRAME,
} from "../../../../agent/sensor/capture/record-window.js";
import { FrameLog, numberedFrames, PcapngBlocks, pcapFile, seen } from "../../../support/capture-file.js";

const OPTION_RESOLUTION = 9;
const OPTION_OFFSET = 14;

/** Feed `file` to a window in pieces of `pieceBytes` and say what it made of it. */
function feed(file: Uint8Array, pieceBytes = WINDOW_BYTES): { log: FrameLog; problem: string } {
  const window = new RecordWindow();
  const log = new FrameLog();
  for (let taken = 0; taken < file.length; ) {
    const offset = window.writeOffset();
    const count = Math.min(pieceBytes, file.length - taken, WINDOW_BYTES - offset);
    expect(count).toBeGreaterThan(0);
    window.bytes.set(file.subarray(taken, taken + count), offset);
    window.wrote(count);
    taken += count;
    let state = window.next();
    for (; state === WINDOW_FRAME; state = window.next()) {
      const { frameOffset, capturedLength, wireLength, linkType, timeUs } = window.record;
      log.frame(window.bytes, frameOffset, capturedLength, wireLength, linkType, timeUs);
    }
    if (state === WINDOW_BROKEN) break;
  }
  return { log, problem: window.problem };
}

const frame = Uint8Array.from({ length: 61 }, (_, index) => index);
const little = new PcapngBlocks();
const big = new PcapngBlocks(true);
/** 2023-11-14T22:13:20.123456Z */
const TIME_US = 1_700_000_000_123_456n;

describe("pcapng", () => {
  it("reads sections of either byte order with interfaces of their own", () => {
    const file = Buffer.concat([
      little.section(),
      little.interface(1),
      little.interface(101),
      little.enhanced(1, TIME_US, frame),
      little.enhanced(0, TIME_US + 1n, frame, 1514),
      big.section(),
      big.interface(113),
      big.enhanced(0, TIME_US + 2n, frame),
      big.obsolete(0, TIME_US + 3n, frame),
    ]);
    const { log, problem } = feed(file);
    expect(problem).toBe("");
    expect(log.frames.map((one) => [one.linkType, one.timeUs, one.wireLength])).toEqual([
      [101, 1_700_000_000_123_456, 61],
      [1, 1_700_000_000_123_457, 1514],
      [113, 1_700_000_000_123_458, 61],
      [113, 1_700_000_000_123_459, 61],
    ]);
    expect(log.frames.every((one) => one.hex === Buffer.from(frame).toString("hex"))).toBe(true);
  });

  it("gives a simple packet interface 0, its snapshot length and the time of the frame before", () => {
    const file = Buffer.concat([
      little.section(),
      little.interface(1, 40),
      little.enhanced(0, TIME_US, frame.subarray(0, 40), 61),
      little.simple(frame.subarray(0, 40), 61),
      little.simple(frame.subarray(0, 13)),
    ]);
    const { log } = feed(file);
    const timeUs = Number(TIME_US);
    expect(log.frames).toEqual(
      seen([
        { bytes: frame.subarray(0, 40), timeUs, wireLength: 61 },
        { bytes: frame.subarray(0, 40), timeUs, wireLength: 61 },
        { bytes: frame.subarray(0, 13), timeUs },
      ]),
    );
  });

  it.each([little, big])("counts time in the units and from the offset of the interface", (blocks) => {
    const resolution = (value: number) => ({ code: OPTION_RESOLUTION, value: Uint8Array.of(value) });
    const offset = (seconds: bigint) => ({ code: OPTION_OFFSET, value: blocks.writer().u64(seconds).take() });
    const comment = { code: 1, value: Buffer.from("odd") };
    const file = Buffer.concat([
      blocks.section(),
      blocks.interface(1, 0, [comment, resolution(9)]),
      blocks.interface(1, 0, [resolution(3)]),
      blocks.interface(1, 0, [resolution(0x80 | 20)]),
      blocks.interface(1, 0, [offset(-3600n)]),
      blocks.interface(1, 0, [resolution(0), offset(1_700_000_000n)]),
      blocks.enhanced(0, TIME_US * 1000n + 999n, frame),
      blocks.enhanced(1, TIME_US / 1000n, frame),
      blocks.enhanced(2, (1_700_000_000n << 20n) + (1n << 19n), frame),
      blocks.enhanced(3, TIME_US, frame),
      blocks.enhanced(4, 5n, frame),
    ]);
    expect(feed(file).log.frames.map((one) => one.timeUs)).toEqual([
      1_700_000_000_123_456, 1_700_000_000_123_000, 1_700_000_000_500_000, 1_699_996_400_123_456,
      1_700_000_005_000_000,
    ]);
  });

  it("keeps the time one that a date can show, whatever the offset", () => {
    for (const seconds of [-(1n << 63n), (1n << 63n) - 1n]) {
      const option = { code: OPTION_OFFSET, value: little.writer().u64(seconds).take() };
      const file = Buffer.concat([
        little.section(),
        little.interface(1, 0, [option]),
        little.enhanced(0, TIME_US, frame),
      ]);
      const timeUs = feed(file).log.frames[0]!.timeUs;
      expect(timeUs).toBeGreaterThanOrEqual(0);
      expect(() => new Date(timeUs / 1000).toISOString()).not.toThrow();
    }
  });

  it("passes over blocks it does not know, also ones longer than its window", () => {
    const file = Buffer.concat([
      little.section(),
      little.block(4, new Uint8Array(40)),
      little.interface(1),
      little.block(0x0bad, new Uint8Array(2 * WINDOW_BYTES)),
      little.enhanced(0, TIME_US, frame),
    ]);
    expect(feed(file, 65_536).log.frames.length).toBe(1);
  });

  it.each([1, 2, 3, 7, 64])("makes the same of a file that arrives in pieces of %i bytes", (pieceBytes) => {
    const frames = numberedFrames(5);
    const pcapng = Buffer.concat([
      little.section(),
      little.interface(1),
      ...frames.map((one) => little.enhanced(0, BigInt(one.timeUs!), one.bytes)),
    ]);
    expect(feed(pcapng, pieceBytes).log.frames).toEqual(seen(frames));
    expect(feed(pcapFile(frames), pieceBytes).log.frames).toEqual(seen(frames));
  });

  it("stops at what cannot be a block and says why", () => {
    const start = Buffer.concat([little.section(), little.interface(1)]);
    const good = little.enhanced(0, TIME_US, frame);
    const lengthLies = Buffer.from(good);
    lengthLies.writeUInt32LE(good.length + 4, good.length - 4);
    const captureLies = Buffer.from(good);
    captureLies.writeUInt32LE(0xffffffff, 20);
    const cases: [Uint8Array, RegExp][] = [
      [little.writer().u32(6).u32(0).u32(0).take(), /length 0 is impossible/],
      [little.writer().u32(6).u32(13).u32(0).take(), /length 13 is impossible/],
      [little.writer().u32(6).u32(0xfffffffc).u32(0).take(), /exceeds/],
      [lengthLies, /not repeated/],
      [captureLies, /captured length 4294967295/],
      [little.enhanced(1, TIME_US, frame), /interface 1 is not described/],
      [little.obsolete(7, TIME_US, frame), /interface 7 is not described/],
      [little.simple(frame, 200), /captured length 200/],
      [little.block(6, new Uint8Array(4)), /packet block of 16 bytes/],
      [little.block(2, new Uint8Array(4)), /packet block of 16 bytes/],
      [little.block(3, new Uint8Array(0)), /simple packet block of 12 bytes/],
      [little.block(1, new Uint8Array(4)), /interface description of 16 bytes/],
      [little.block(0x0a0d0d0a, new Uint8Array(12)), /byte-order magic/],
      [little.block(0x0a0d0d0a, little.writer().u32(0x1a2b3c4d).take()), /section header of 16 bytes/],
      [
        little.block(0x0a0d0d0a, little.writer().u32(0x1a2b3c4d).u16(2).u16(0).u64(0n).take()),
        /version 2\.0/,
      ],
    ];
    for (const [bytes, reason] of cases) {
      const { log, problem } = feed(Buffer.concat([start, good, bytes, good]));
      expect(problem).toMatch(reason);
      expect(log.frames.length).toBe(1);
    }
    expect(feed(Buffer.concat([little.section(), little.simple(frame)])).problem).toMatch(/interface 0/);
  });

  it("ignores options that run out of their block", () => {
    const body = little.writer().u16(1).u16(0).u32(0).u16(OPTION_RESOLUTION).u16(200).u32(9).take();
    const file = Buffer.concat([little.section(), little.block(1, body), little.enhanced(0, TIME_US, frame)]);
    expect(feed(file).log.frames[0]!.timeUs).toBe(Number(TIME_US));
  });

  it("describes a bounded number of interfaces", () => {
    const one = little.interface(1);
    const many = (count: number): Buffer =>
      Buffer.concat([little.section(), ...Array<Buffer>(count).fill(one)]);
    expect(feed(many(MAX_INTERFACES)).problem).toBe("");
    expect(feed(many(MAX_INTERFACES + 1)).problem).toMatch(/interfaces/);
  });
});

describe("timestampUs", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });

  it("is exact to the microsecond for every resolution that is in use", () => {
    const usual = fc.constantFrom(6, 7, 8, 9, 10, 12, 0x80 | 10, 0x80 | 20, 0x80 | 30, 0x80 | 32);
    fc.assert(
      fc.property(word, word, usual, (high, low, resolution) => {
        const units = (BigInt(high) << 32n) | BigInt(low);
        const perSecond = resolution & 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
        const exact = (units * 1_000_000n) / perSecond;
        fc.pre(exact < 1n << 53n);
        expect(timestampUs(high, low, resolution)).toBe(Number(exact));
      }),
    );
  });

  it("is a finite number for every resolution there is", () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 255 }), (high, low, resolution) => {
        const timeUs = timestampUs(high, low, resolution);
        expect(Number.isFinite(timeUs) && timeUs >= 0).toBe(true);
      }),
    );
  });
});

describe("a damaged capture", () => {
  it("never leads outside the window or into an endless loop", () => {
    const frames = numberedFrames(4);
    const pcapng = Buffer.concat([
      little.section(),
      little.interface(1, 0, [{ code: OPTION_RESOLUTION, value: Uint8Array.of(9) }]),
      ...frames.map((one) => little.enhanced(0, BigInt(one.timeUs!), one.bytes)),
      little.simple(frame),
    ]);
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(pcapng, pcapFile(frames)), damage, (whole, changes) => {
        const file = Buffer.from(whole);
        for (const [place, value] of changes) file[place % file.length] = value;
        // FrameLog throws where a frame does not lie in the buffer.
        expect(feed(file).log.frames.length).toBeLessThan(20);
      }),
      { numRuns: 1000 },
    );
  });
});
