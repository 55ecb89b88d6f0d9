import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FileSource } from "../../../../agent/sensor/capture/file-source.js";
import { FrameLog, numberedFrames, pcapFile, seen, TemporaryFiles } from "../../../support/capture-file.js";

const files = new TemporaryFiles();
afterAll(() => files.remove());

const START_US = 1_700_000_000_000_000;

/** A capture of frames at these seconds after START_US. */
function captureAt(...seconds: readonly number[]): string {
  const bytes = new Uint8Array(14);
  return files.file(pcapFile(seconds.map((second) => ({ bytes, timeUs: START_US + second * 1e6 }))));
}

/** The seconds of the frames seen so far. */
function secondsOf(log: FrameLog): number[] {
  return log.frames.map((frame) => (frame.timeUs - START_US) / 1e6);
}

describe("a capture file played as if live", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("delivers frames at the pace at which they were recorded", async () => {
    const log = new FrameLog();
    const done = new FileSource({ path: captureAt(0, 0.2, 1, 5) }).run(log);
    await vi.advanceTimersByTimeAsync(0);
    expect(secondsOf(log)).toEqual([0]);
    await vi.advanceTimersByTimeAsync(999);
    expect(secondsOf(log)).toEqual([0, 0.2]);
    await vi.advanceTimersByTimeAsync(1);
    expect(secondsOf(log)).toEqual([0, 0.2, 1]);
    await vi.advanceTimersByTimeAsync(4000);
    await done;
    expect(secondsOf(log)).toEqual([0, 0.2, 1, 5]);
  });

  it("plays faster by a factor", async () => {
    const log = new FrameLog();
    const done = new FileSource({ path: captureAt(0, 10, 60), speed: 10 }).run(log);
    await vi.advanceTimersByTimeAsync(1000);
    expect(secondsOf(log)).toEqual([0, 10]);
    await vi.advanceTimersByTimeAsync(5000);
    await done;
    expect(secondsOf(log)).toEqual([0, 10, 60]);
  });

  it("does not wait for a clock that was set, forwards or back", async () => {
    const log = new FrameLog();
    const done = new FileSource({ path: captureAt(0, -500, 86_400, 86_401) }).run(log);
    await vi.advanceTimersByTimeAsync(0);
    expect(secondsOf(log)).toEqual([0, -500, 86_400]);
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    expect(secondsOf(log)).toEqual([0, -500, 86_400, 86_401]);
  });

  it("stops at once in the middle of a pause", async () => {
    const log = new FrameLog();
    const source = new FileSource({ path: captureAt(0, 1000) });
    const done = source.run(log);
    await vi.advanceTimersByTimeAsync(10);
    source.stop();
    await done;
    expect(secondsOf(log)).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a capture file played without pauses", () => {
  it("delivers no frame after stop was called from inside one", async () => {
    const source = new FileSource({ path: files.file(pcapFile(numberedFrames(50))), speed: Infinity });
    const log = new FrameLog((count) => {
      if (count === 20) source.stop();
    });
    await source.run(log);
    expect(log.frames.length).toBe(20);
    expect(source.stats()).toMatchObject({ delivered: 20, received: 20, kernelDrops: 0 });
  });

  it("lets the event loop turn again and again", async () => {
    const source = new FileSource({ path: files.file(pcapFile(numberedFrames(1000))), speed: Infinity });
    const log = new FrameLog();
    const counts: number[] = [];
    const look = (): void => {
      counts.push(log.frames.length);
      if (log.frames.length < 1000) setImmediate(look);
    };
    setImmediate(look);
    await source.run(log);
    expect(counts.length).toBeGreaterThanOrEqual(3);
    expect(log.frames).toEqual(seen(numberedFrames(1000)));
  });

  it("tells what was wrong with the end of the file", async () => {
    const path = files.file(pcapFile(numberedFrames(3)).subarray(0, -1));
    const source = new FileSource({ path, speed: Infinity });
    const log = new FrameLog();
    await source.run(log);
    expect(log.frames.length).toBe(2);
    expect(source.problem).toMatchObject({
      code: "error.capture.file_truncated",
      params: { frames: 2, path },
    });
  });

  it("rejects when there is no such file", async () => {
    const source = new FileSource({ path: `${files.directory}/none` });
    await expect(source.run(new FrameLog())).rejects.toMatchObject({ code: "error.capture.file_missing" });
    expect(source.stats().delivered).toBe(0);
  });

  it("does nothing when it was stopped before it ran", async () => {
    const source = new FileSource({ path: files.file(pcapFile(numberedFrames(3))) });
    source.stop();
    const log = new FrameLog();
    await source.run(log);
    expect(log.frames).toEqual([]);
  });
});
