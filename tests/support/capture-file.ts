/** Capture files made for tests, bit by bit, in every dialect of pcap and pcapng; and a sink that remembers. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameSink } from "../../agent/sensor/capture/packet-source.js";

export interface TestFrame {
  readonly bytes: Uint8Array;
  /** Microseconds since the Unix epoch. Default 0. */
  readonly timeUs?: number;
  /** Default: as many as there are bytes. */
  readonly wireLength?: number;
}

export interface PcapDialect {
  readonly isBigEndian?: boolean;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly snaplen?: number;
  readonly linkType?: number;
}

export const MICROSECOND_MAGIC = 0xa1b2c3d4;
export const NANOSECOND_MAGIC = 0xa1b23c4d;
export const MODIFIED_MAGIC = 0xa1b2cd34;

/** Words and bytes in a chosen byte order, one after the other. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  readonly #isLittleEndian: boolean;

  constructor(isBigEndian = false) {
    this.#isLittleEndian = !isBigEndian;
  }

  u16(value: number): this {
    const part = new DataView(new ArrayBuffer(2));
    part.setUint16(0, value, this.#isLittleEndian);
    return this.bytes(new Uint8Array(part.buffer));
  }

  u32(value: number): this {
    const part = new DataView(new ArrayBuffer(4));
    part.setUint32(0, value, this.#isLittleEndian);
    return this.bytes(new Uint8Array(part.buffer));
  }

  u64(value: bigint): this {
    const part = new DataView(new ArrayBuffer(8));
    part.setBigUint64(0, BigInt.asUintN(64, value), this.#isLittleEndian);
    return this.bytes(new Uint8Array(part.buffer));
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }

  /** Zeros up to a multiple of four. */
  pad(): this {
    return this.bytes(new Uint8Array((4 - (this.take().length % 4)) % 4));
  }

  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** A pcap file of `frames`. */
export function pcapFile(frames: readonly TestFrame[], dialect: PcapDialect = {}): Buffer {
  const magic = dialect.magic ?? MICROSECOND_MAGIC;
  const [major, minor] = dialect.version ?? [2, 4];
  const file = new ByteWriter(dialect.isBigEndian).u32(magic).u16(major).u16(minor).u32(0).u32(0);
  file.u32(dialect.snaplen ?? 262_144).u32(dialect.linkType ?? 1);
  for (const { bytes, timeUs = 0, wireLength = bytes.length } of frames) {
    const fraction = timeUs % 1e6;
    file.u32(Math.floor(timeUs / 1e6)).u32(magic === NANOSECOND_MAGIC ? fraction * 1000 : fraction);
    if (minor < 3) file.u32(wireLength).u32(bytes.length);
    else file.u32(bytes.length).u32(wireLength);
    if (magic === MODIFIED_MAGIC) file.u32(1).u32(0);
    file.bytes(bytes);
  }
  return file.take();
}

export interface PcapngOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The blocks of a pcapng file in one byte order. */
export class PcapngBlocks {
  readonly #isBigEndian: boolean;

  constructor(isBigEndian = false) {
    this.#isBigEndian = isBigEndian;
  }

  writer(): ByteWriter {
    return new ByteWriter(this.#isBigEndian);
  }

  block(type: number, body: Uint8Array): Buffer {
    const padded = new ByteWriter().bytes(body).pad().take();
    const length = padded.length + 12;
    return this.writer().u32(type).u32(length).bytes(padded).u32(length).take();
  }

  section(): Buffer {
    return this.block(0x0a0d0d0a, this.writer().u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n).take());
  }

  interface(linkType: number, snaplen = 0, options: readonly PcapngOption[] = []): Buffer {
    const body = this.writer().u16(linkType).u16(0).u32(snaplen);
    for (const { code, value } of options) body.u16(code).u16(value.length).bytes(value).pad();
    return this.block(1, body.take());
  }

  /** @param time Units since the epoch, as the interface counts them. */
  enhanced(index: number, time: bigint, bytes: Uint8Array, wireLength = bytes.length): Buffer {
    const body = this.writer()
      .u32(index)
      .u32(Number(time >> 32n))
      .u32(Number(time & 0xffffffffn));
    return this.block(6, body.u32(bytes.length).u32(wireLength).bytes(bytes).take());
  }

  simple(bytes: Uint8Array, wireLength = bytes.length): Buffer {
    return this.block(3, this.writer().u32(wireLength).bytes(bytes).take());
  }

  obsolete(index: number, time: bigint, bytes: Uint8Array): Buffer {
    const body = this.writer()
      .u16(index)
      .u16(0)
      .u32(Number(time >> 32n))
      .u32(Number(time & 0xffffffffn));
    return this.block(2, body.u32(bytes.length).u32(bytes.length).bytes(bytes).take());
  }
}

/** Frames of rising size with contents that tell them apart, one millisecond between two. */
export function numberedFrames(count: number, startUs = 1_700_000_000_000_000): TestFrame[] {
  return Array.from({ length: count }, (_, index) => ({
    bytes: new Uint8Array(14 + index).fill(index + 1),
    timeUs: startUs + index * 1000,
  }));
}

export interface SeenFrame {
  readonly hex: string;
  readonly wireLength: number;
  readonly linkType: number;
  readonly timeUs: number;
}

/** A sink that keeps a copy of every frame; `onFrame` is called after each. */
export class FrameLog implements FrameSink {
  readonly frames: SeenFrame[] = [];
  readonly #onFrame: ((count: number) => void) | undefined;

  constructor(onFrame?: (count: number) => void) {
    this.#onFrame = onFrame;
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    const hex = Buffer.from(bytes.subarray(offset, offset + capturedLength)).toString("hex");
    if (hex.length !== 2 * capturedLength)
      throw new Error(`frame outside its buffer: ${offset}+${capturedLength}`);
    this.frames.push({ hex, wireLength, linkType, timeUs });
    this.#onFrame?.(this.frames.length);
  }
}

/** What FrameLog is expected to have seen of `frames`. */
export function seen(frames: readonly TestFrame[], linkType = 1): SeenFrame[] {
  return frames.map(({ bytes, timeUs = 0, wireLength = bytes.length }) => ({
    hex: Buffer.from(bytes).toString("hex"),
    wireLength,
    linkType,
    timeUs,
  }));
}

/** A directory of its own for a test's files. */
export class TemporaryFiles {
  readonly directory = mkdtempSync(join(tmpdir(), "sekisho-capture-"));
  #count = 0;

  /** Write `bytes` to a new file and say its path. */
  file(bytes: Uint8Array): string {
    const path = join(this.directory, `capture-${++this.#count}`);
    writeFileSync(path, bytes);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
