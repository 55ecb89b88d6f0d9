import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AgentError } from "../../../../agent/base/errors.js";
import { translate } from "../../../../agent/base/language.js";
import { type CaptureFileResult, readCaptureFile } from "../../../../agent/sensor/capture/capture-file.js";
import { WINDOW_BYTES } from "../../../../agent/sensor/capture/record-window.js";
import {
  FrameLog,
  MODIFIED_MAGIC,
  NANOSECOND_MAGIC,
  numberedFrames,
  type PcapDialect,
  PcapngBlocks,
  pcapFile,
  seen,
  TemporaryFiles,
} from "../../../support/capture-file.js";

const files = new TemporaryFiles();
afterAll(() => files.remove());

function read(bytes: Uint8Array): { log: FrameLog; result: CaptureFileResult } {
  const log = new FrameLog();
  return { log, result: readCaptureFile(files.file(bytes), log) };
}

function errorOf(action: () => unknown): AgentError {
  try {
    action();
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

/** Ethernet b8:27:eb:2b:90:f1 <- 00:08:27:8d:ab:be, IPv4 192.168.1.185 > 8.8.8.8, TCP 58290 > 853 SYN with options. */
const SYN = [
  "b827eb2b90f10800278dabbe08004500003cc3a740004006a4a3c0a801b908080808e3b203555544fbf700000000a002faf0",
  "d29f0000020405b40402080a2a2f95130000000001030307",
].join("");
/** 2019-11-03T12:21:03.234722Z */
const SYN_TIME_US = 1_572_783_663_234_722;

/*
 * That frame as editcap -F nsecpcap wrote it: magic a1b23c4d (nanoseconds, little-endian), version 2.4, zone and
 * accuracy 0, snaplen 0x40000, link type 1; record 0x5dbec62f s, 0x0dfd92d0 ns, captured 74, wire 74.
 */
const NANOSECOND_FILE = ["4d3cb2a1", "0200", "0400", "00000000", "00000000", "00000400", "01000000"]
  .concat("2fc6be5d", "d092fd0d", "4a000000", "4a000000", SYN)
  .join("");

/*
 * And as editcap -F pcapng wrote it: section header (byte-order magic, version 1.0, length unknown, option 4
 * "userappl"), interface description (link type 1, snaplen 0x40000), enhanced packet (interface 0, time
 * 0x00059670_3b8e3ea2 µs, captured 74, wire 74, two bytes of padding); each block's length before and after it.
 */
const PCAPNG_FILE = ["0a0d0d0a", "6c000000", "4d3c2b1a", "0100", "0000", "ffffffffffffffff", "0400", "4500"]
  .concat(
    Buffer.from("Editcap (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u3)").toString("hex"),
  )
  .concat("000000", "00000000", "6c000000")
  .concat("01000000", "14000000", "0100", "0000", "00000400", "14000000")
  .concat("06000000", "6c000000", "00000000", "70960500", "a23e8e3b", "4a000000", "4a000000", SYN)
  .concat("0000", "6c000000")
  .join("");

describe("reading a capture file", () => {
  it("reads a nanosecond pcap as editcap writes it, in microseconds", () => {
    const { log, result } = read(Buffer.from(NANOSECOND_FILE, "hex"));
    expect(result).toEqual({ frames: 1, frameBytes: 74, truncatedFrames: 0 });
    expect(log.frames).toEqual([{ hex: SYN, wireLength: 74, linkType: 1, timeUs: SYN_TIME_US }]);
  });

  it("reads a pcapng as editcap writes it", () => {
    const { log } = read(Buffer.from(PCAPNG_FILE, "hex"));
    expect(log.frames).toEqual([{ hex: SYN, wireLength: 74, linkType: 1, timeUs: SYN_TIME_US }]);
  });

  const dialects: [string, PcapDialect][] = [
    ["little-endian microseconds", {}],
    ["big-endian microseconds", { isBigEndian: true }],
    ["little-endian nanoseconds", { magic: NANOSECOND_MAGIC }],
    ["big-endian nanoseconds", { magic: NANOSECOND_MAGIC, isBigEndian: true }],
    ["Kuznetzov's modified records", { magic: MODIFIED_MAGIC }],
    ["big-endian modified records", { magic: MODIFIED_MAGIC, isBigEndian: true }],
    ["version 2.1 with exchanged lengths", { version: [2, 1], isBigEndian: true }],
    ["a link type with the length of a check sequence above it", { linkType: 0x24000001 }],
    ["a snapshot length of zero, meaning none", { snaplen: 0 }],
  ];
  it.each(dialects)("reads pcap in %s", (_, dialect) => {
    const frames = [
      ...numberedFrames(3),
      { bytes: new Uint8Array(60), timeUs: 4_294_967_295_999_999, wireLength: 1514 },
    ];
    const { log, result } = read(pcapFile(frames, dialect));
    expect(log.frames).toEqual(seen(frames));
    expect(result).toEqual({ frames: 4, frameBytes: 14 + 15 + 16 + 60, truncatedFrames: 1 });
  });

  it("takes the smaller length of a version 2.3 record as the captured one", () => {
    const frames = [{ bytes: new Uint8Array(60), timeUs: 1, wireLength: 1514 }];
    const file = pcapFile(frames, { version: [2, 3] });
    expect(read(file).log.frames).toEqual(seen(frames));
    file.writeUInt32LE(1514, 32);
    file.writeUInt32LE(60, 36);
    expect(read(file).log.frames).toEqual(seen(frames));
  });

  it("cuts frames longer than the file's own snapshot length to it, as libpcap does", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const { log } = read(pcapFile([{ bytes }, { bytes: bytes.subarray(0, 10) }], { snaplen: 64 }));
    expect(log.frames).toEqual(
      seen([{ bytes: bytes.subarray(0, 64), wireLength: 100 }, { bytes: bytes.subarray(0, 10) }]),
    );
  });

  it("never reports a wire length below the captured length", () => {
    const { log } = read(pcapFile([{ bytes: new Uint8Array(60), wireLength: 20 }]));
    expect(log.frames[0]!.wireLength).toBe(60);
  });

  it("takes an empty but valid file as a capture without frames", () => {
    expect(read(pcapFile([])).result).toEqual({ frames: 0, frameBytes: 0, truncatedFrames: 0 });
    expect(read(new PcapngBlocks().section()).result.frames).toBe(0);
  });

  it("reads a file many times longer than its window, frames lying across every border", () => {
    const bytes = Uint8Array.from({ length: 1500 }, (_, index) => index);
    const count = Math.ceil((3 * WINDOW_BYTES) / 1516);
    const file = pcapFile(Array.from({ length: count }, (_, index) => ({ bytes, timeUs: index })));
    const { log } = read(file);
    const hex = Buffer.from(bytes).toString("hex");
    expect(log.frames.length).toBe(count);
    expect(log.frames.every((frame, index) => frame.hex === hex && frame.timeUs === index)).toBe(true);
  });

  it("delivers the largest frame there can be and reports one byte more as damage", () => {
    const largest = { bytes: new Uint8Array(262_144).fill(7) };
    expect(read(pcapFile([largest, ...numberedFrames(1)])).result.frames).toBe(2);
    const { result } = read(pcapFile([...numberedFrames(2), { bytes: new Uint8Array(262_145) }]));
    expect(result.frames).toBe(2);
    expect(result.problem).toMatchObject({
      code: "error.capture.file_damaged",
      offset: 24 + 30 + 31,
      reason: "captured length 262145 exceeds 262144",
    });
  });
});

describe("a capture file cut anywhere", () => {
  const frames = numberedFrames(3);
  const blocks = new PcapngBlocks();
  const pcapngParts = [
    blocks.section(),
    blocks.interface(1),
    ...frames.map((frame) => blocks.enhanced(0, BigInt(frame.timeUs!), frame.bytes)),
  ];
  const pcapParts = [pcapFile([]), ...frames.map((frame) => pcapFile([frame]).subarray(24))];

  it.each([
    ["pcap", pcapParts],
    ["pcapng", pcapngParts],
  ])("gives the whole frames before the cut and reports the place: %s", (_, parts) => {
    const file = Buffer.concat(parts);
    const borders = [0];
    for (const part of parts) borders.push(borders.at(-1)! + part.length);
    const firstFrame = parts.length - frames.length;
    for (let cut = 0; cut < file.length; cut++) {
      const whole = borders.filter((border) => border <= cut).length - 1;
      const path = files.file(file.subarray(0, cut));
      const log = new FrameLog();
      if (whole === 0) {
        expect(errorOf(() => readCaptureFile(path, log)).code).toBe("error.capture.file_unknown");
        continue;
      }
      const result = readCaptureFile(path, log);
      expect(log.frames).toEqual(seen(frames.slice(0, Math.max(0, whole - firstFrame))));
      if (borders.includes(cut)) expect(result.problem).toBeUndefined();
      else {
        expect(result.problem).toMatchObject({
          code: "error.capture.file_truncated",
          offset: borders[whole],
        });
      }
    }
  });
});

describe("a file that cannot be read as a capture", () => {
  it("is an error with a sentence in both languages", () => {
    const secret = files.file(pcapFile([]));
    chmodSync(secret, 0);
    const cases: [string, string][] = [
      ["error.capture.file_missing", join(files.directory, "not-there.pcap")],
      ["error.capture.file_directory", files.directory],
      ["error.capture.file_unknown", files.file(Buffer.from("hello world, this is text"))],
      ["error.capture.file_unknown", files.file(new Uint8Array(0))],
      ["error.capture.file_unknown", files.file(pcapFile([], { version: [3, 0] }))],
      ["error.capture.file_unreadable", "/proc/self/mem"],
    ];
    if (process.getuid?.() !== 0) cases.push(["error.capture.file_unreadable", secret]);
    for (const [code, path] of cases) {
      const error = errorOf(() => readCaptureFile(path, new FrameLog()));
      expect(error.code).toBe(code);
      for (const language of ["en", "ja"] as const) {
        const text = translate(language, error.code, error.params);
        expect(text).toContain(path);
        expect(text).not.toMatch(/\{\w+\}/);
      }
    }
  });

  it("says so when it is compressed, and when it is empty", () => {
    const gzip = files.file(Buffer.from("1f8b0800000000000003", "hex"));
    expect(errorOf(() => readCaptureFile(gzip, new FrameLog())).message).toContain("gzip");
    const empty = files.file(new Uint8Array(0));
    expect(errorOf(() => readCaptureFile(empty, new FrameLog())).message).toContain("empty");
  });

  it("passes on what the sink throws, and closes the file", () => {
    const path = files.file(pcapFile(numberedFrames(2)));
    const log = new FrameLog(() => {
      throw new Error("the sink is broken");
    });
    expect(() => readCaptureFile(path, log)).toThrow("the sink is broken");
  });
});
