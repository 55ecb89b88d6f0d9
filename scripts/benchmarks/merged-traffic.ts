/**
 * Makes one long capture out of many short ones, for benchmarks: every capture is there many times, each copy with
 * addresses of its own, and all run beside each other as they would on a busy line. The same bytes every time.
 *
 * Memory: the source captures, and one write buffer. What is written is bounded by the wanted packets.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { FrameDecoder } from "#agent/sensor/wire/frame-decoder.js";
import { LINKTYPE_ETHERNET } from "#agent/sensor/wire/link-type.js";
import { AddressShift } from "./address-shift.js";
import { StreamHeap } from "./stream-heap.js";

/** Silence within a source longer than this is shortened to it. */
const MAX_GAP_US = 5_000_000;
/** Packets a second: what begins is spread so that a busy office line results, whatever the sources are. */
const PACKETS_PER_SECOND = 1000;
const START_US = Date.UTC(2026, 0, 5) * 1000;
const WRITE_BUFFER_BYTES = 4 * 1024 * 1024;
const ETHERNET_HEADER_BYTES = 14;
const MAX_FRAME_BYTES = 65_535;

/** Frames of one capture file, all as Ethernet, with times counted from its first frame. */
interface Source {
  readonly frames: readonly Uint8Array[];
  readonly timesUs: readonly number[];
}

export interface MergedTraffic {
  readonly packets: number;
  readonly bytes: number;
  /** Packets of the short capture, which is the first part of the long one. */
  readonly shortPackets: number;
}

/**
 * Write two captures: `longPath` with so many copies of every source that they have at least `wantedPackets`, and
 * `shortPath` with the first tenth of it.
 *
 * @throws AgentError where a source cannot be read
 */
export function writeMergedTraffic(
  sourcePaths: readonly string[],
  wantedPackets: number,
  longPath: string,
  shortPath: string,
): MergedTraffic {
  const sources = sourcePaths.map(readSource).filter(({ frames }) => frames.length > 0);
  const framesPerCopy = sources.reduce((sum, { frames }) => sum + frames.length, 0);
  const copies = Math.ceil(wantedPackets / framesPerCopy);
  const total = copies * framesPerCopy;
  const shortPackets = Math.floor(total / 10);
  const heap = new StreamHeap(sources.length * copies);
  const cursors = new Int32Array(sources.length * copies);
  const copyUs = (framesPerCopy / PACKETS_PER_SECOND) * 1e6;
  const beginUs = (stream: number) => START_US + Math.floor((stream * copyUs) / sources.length);
  for (let stream = 0; stream < cursors.length; stream++) heap.push(stream, beginUs(stream));
  const shift = new AddressShift();
  const long = new CaptureStream(longPath);
  const short = new CaptureStream(shortPath);
  const scratch = new Uint8Array(MAX_FRAME_BYTES);
  for (let count = 0; heap.size > 0; count++) {
    const stream = heap.top;
    const timeUs = heap.topKey;
    const source = sources[stream % sources.length]!;
    const index = cursors[stream]!++;
    const frame = source.frames[index]!;
    scratch.set(frame);
    shift.apply(scratch, 0, frame.length, Math.floor(stream / sources.length));
    long.append(scratch, frame.length, timeUs);
    if (count < shortPackets) short.append(scratch, frame.length, timeUs);
    if (index + 1 < source.frames.length) heap.replaceTop(beginUs(stream) + source.timesUs[index + 1]!);
    else heap.pop();
  }
  long.close();
  short.close();
  return { packets: long.packets, bytes: long.bytes, shortPackets };
}

function readSource(path: string): Source {
  const decoder = new FrameDecoder();
  const frames: Uint8Array[] = [];
  const timesUs: number[] = [];
  let beforeUs = 0;
  let nowUs = 0;
  readCaptureFile(path, {
    frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
      if (capturedLength + ETHERNET_HEADER_BYTES > MAX_FRAME_BYTES) return;
      const frame = asEthernet(decoder, bytes, offset, capturedLength, wireLength, linkType);
      if (frame === undefined) return;
      if (frames.length > 0) nowUs += Math.min(Math.max(timeUs - beforeUs, 0), MAX_GAP_US);
      beforeUs = timeUs;
      frames.push(frame);
      timesUs.push(nowUs);
    },
  });
  return { frames, timesUs };
}

/** A copy of the frame; what came over another link gets an Ethernet header. Undefined where it holds no IP packet. */
function asEthernet(
  decoder: FrameDecoder,
  bytes: Uint8Array,
  offset: number,
  capturedLength: number,
  wireLength: number,
  linkType: number,
): Uint8Array | undefined {
  const end = offset + capturedLength;
  if (linkType === LINKTYPE_ETHERNET) return bytes.slice(offset, end);
  const count = decoder.decodeFrame(bytes, offset, capturedLength, wireLength, linkType, 0);
  const packet = decoder.packets[0]!;
  if (count === 0 || packet.ipVersion === 0) return undefined;
  const frame = new Uint8Array(ETHERNET_HEADER_BYTES + end - packet.ipOffset);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...(packet.ipVersion === 4 ? [8, 0] : [0x86, 0xdd])]);
  frame.set(bytes.subarray(packet.ipOffset, end), ETHERNET_HEADER_BYTES);
  return frame;
}

/** A pcap file that is written as it grows. */
class CaptureStream {
  packets = 0;
  bytes = 0;
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(WRITE_BUFFER_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  #length = 24;

  constructor(path: string) {
    this.#descriptor = openSync(path, "w");
    this.#view.setUint32(0, 0xa1b2c3d4, true);
    this.#view.setUint16(4, 2, true);
    this.#view.setUint16(6, 4, true);
    this.#view.setUint32(16, MAX_FRAME_BYTES, true);
    this.#view.setUint32(20, LINKTYPE_ETHERNET, true);
  }

  append(frame: Uint8Array, length: number, timeUs: number): void {
    if (this.#length + 16 + length > WRITE_BUFFER_BYTES) this.#flush();
    const seconds = Math.floor(timeUs / 1e6);
    this.#view.setUint32(this.#length, seconds, true);
    this.#view.setUint32(this.#length + 4, timeUs - seconds * 1e6, true);
    this.#view.setUint32(this.#length + 8, length, true);
    this.#view.setUint32(this.#length + 12, length, true);
    this.#buffer.set(frame.subarray(0, length), this.#length + 16);
    this.#length += 16 + length;
    this.packets++;
    this.bytes += length;
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    writeSync(this.#descriptor, this.#buffer, 0, this.#length);
    this.#length = 0;
  }
}
