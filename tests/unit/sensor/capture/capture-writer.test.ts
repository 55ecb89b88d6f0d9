import { afterAll, describe, expect, it } from "vitest";
import { readCaptureFile } from "../../../../agent/sensor/capture/capture-file.js";
import { CaptureWriter } from "../../../../agent/sensor/capture/capture-writer.js";
import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from "../../../../agent/sensor/wire/link-type.js";
import { FrameLog, numberedFrames, pcapFile, seen, TemporaryFiles } from "../../../support/capture-file.js";

const files = new TemporaryFiles();
afterAll(() => files.remove());

describe("writing a capture", () => {
  it("writes what the reader reads", () => {
    const frames = [
      ...numberedFrames(200),
      { bytes: new Uint8Array(200_000), timeUs: 5, wireLength: 200_001 },
    ];
    const writer = new CaptureWriter(LINKTYPE_RAW, 1 << 20);
    for (const { bytes, timeUs = 0, wireLength = bytes.length } of frames) {
      expect(writer.append(bytes, 0, bytes.length, wireLength, timeUs)).toBe(true);
    }
    const log = new FrameLog();
    readCaptureFile(files.file(writer.file()), log);
    expect(log.frames).toEqual(seen(frames, LINKTYPE_RAW));
    expect(writer.frames).toBe(201);
  });

  it("takes the frame out of the middle of a buffer", () => {
    const writer = new CaptureWriter(LINKTYPE_ETHERNET, 1000);
    writer.append(Uint8Array.of(1, 2, 3, 4, 5), 1, 3, 60, 1_234_567);
    const expected = pcapFile([{ bytes: Uint8Array.of(2, 3, 4), wireLength: 60, timeUs: 1_234_567 }]);
    expect(Buffer.from(writer.file())).toEqual(expected);
  });

  it("refuses frames beyond its bound and stays a whole file", () => {
    const capBytes = 24 + 2 * (16 + 100);
    const writer = new CaptureWriter(LINKTYPE_ETHERNET, capBytes);
    const bytes = new Uint8Array(100);
    expect([1, 2, 3].map((timeUs) => writer.append(bytes, 0, 100, 100, timeUs))).toEqual([true, true, false]);
    expect(writer.file().length).toBe(capBytes);
    const result = readCaptureFile(files.file(writer.file()), new FrameLog());
    expect(result).toEqual({ frames: 2, frameBytes: 200, truncatedFrames: 0 });
  });

  it("refuses a frame no reader would accept", () => {
    const writer = new CaptureWriter(LINKTYPE_ETHERNET, 1 << 20);
    expect(writer.append(new Uint8Array(262_145), 0, 262_145, 262_145, 0)).toBe(false);
  });
});
