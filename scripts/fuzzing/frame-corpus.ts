/**
 * Owns the frames that are mutated: all of them in one buffer, by capture, with where their innermost headers stand. Refuses
 * captures that cannot be read, and keeps at most `MAX_FRAMES_PER_CAPTURE` of each, so that long ones do not drown the others.
 * Memory: the frames, and 40 bytes each.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "#agent/base/errors.js";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { FrameDecoder } from "#agent/sensor/wire/frame-decoder.js";

const MAX_FRAMES_PER_CAPTURE = 2000;
/** Longer frames are cut: the mutator's buffer has room for this and what it adds. */
export const MAX_FRAME_BYTES = 40_000;

/** Where a frame's parts stand, as offsets into the frame; 0 where there is none. */
export interface FrameLayout {
  readonly ipVersion: number;
  readonly ip: number;
  readonly transport: number;
  readonly ipProtocol: number;
  /** Equal to the frame's length where nothing was decoded. */
  readonly payload: number;
}

export class FrameCorpus {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly linkTypes: readonly number[];
  readonly layouts: readonly FrameLayout[];
  /** Numbers of the first frames of the captures, and behind the last. */
  readonly captures: readonly number[];

  constructor(builder: FrameCorpusBuilder) {
    this.bytes = Buffer.concat(builder.frames);
    let offset = 0;
    this.offsets = builder.frames.map(({ length }) => {
      offset += length;
      return offset - length;
    });
    this.lengths = builder.frames.map(({ length }) => length);
    this.linkTypes = builder.linkTypes;
    const decoder = new FrameDecoder();
    this.layouts = builder.frames.map((frame, i) => layoutOf(decoder, frame, this.linkTypes[i]!));
    this.captures = [...builder.captures, builder.frames.length];
  }

  get captureCount(): number {
    return this.captures.length - 1;
  }
}

/** Collects frames, capture by capture. */
export class FrameCorpusBuilder {
  readonly frames: Uint8Array[] = [];
  readonly linkTypes: number[] = [];
  readonly captures: number[] = [];

  /** Frames that belong together, in order. */
  addFrames(frames: readonly (readonly [linkType: number, frame: Uint8Array])[]): void {
    if (frames.length === 0) return;
    this.captures.push(this.frames.length);
    for (const [linkType, frame] of frames.slice(0, MAX_FRAMES_PER_CAPTURE)) {
      this.frames.push(frame.slice(0, MAX_FRAME_BYTES));
      this.linkTypes.push(linkType);
    }
  }

  /** All captures below `path`, or the one it names, in alphabetical order. */
  addPath(path: string): void {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) this.addPath(join(path, name));
      return;
    }
    if (!/\.p?cap(?:ng)?$/.test(path)) return;
    const frames: [number, Uint8Array][] = [];
    try {
      readCaptureFile(path, {
        frame(bytes, offset, capturedLength, _wireLength, linkType) {
          if (frames.length < MAX_FRAMES_PER_CAPTURE)
            frames.push([linkType, Uint8Array.from(bytes.subarray(offset, offset + capturedLength))]);
        },
      });
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
    }
    this.addFrames(frames);
  }

  build(): FrameCorpus {
    return new FrameCorpus(this);
  }
}

function layoutOf(decoder: FrameDecoder, frame: Uint8Array, linkType: number): FrameLayout {
  const count = decoder.decodeFrame(frame, 0, frame.length, frame.length, linkType, 0);
  for (let i = count - 1; i >= 0; i--) {
    const { ipVersion, ipOffset: ip, ipProtocol, transportOffset: transport } = decoder.packets[i]!;
    if (ipVersion === 0) continue;
    const { payloadOffset, ipHeaderLength } = decoder.packets[i]!;
    return {
      ipVersion,
      ip,
      ipProtocol,
      transport,
      payload: transport > 0 ? payloadOffset : ip + ipHeaderLength,
    };
  }
  return { ipVersion: 0, ip: 0, ipProtocol: 0, transport: 0, payload: Math.min(14, frame.length) };
}
