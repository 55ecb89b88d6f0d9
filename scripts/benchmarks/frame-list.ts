/** Frames of a capture in memory, so that reading files does not count. Memory: the capture. */
import { statSync } from "node:fs";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";

/** Times of one pass lie this far behind those of the one before, so that its flows are over. */
const PASS_US = 7200 * 1e6;

export class FrameList {
  #bytes: Uint8Array;
  #length = 0;
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #timesUs: number[] = [];
  readonly #linkTypes: number[] = [];
  /** Times of the coming pass as objects: a number taken out of an array of doubles would be made anew for every frame. */
  #passTimes: (number | undefined)[] = [];
  #passes = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** @throws AgentError where the capture cannot be read */
  static ofCapture(path: string): FrameList {
    const list = new FrameList(statSync(path).size);
    readCaptureFile(path, {
      frame: (bytes, offset, capturedLength, _wireLength, linkType, timeUs) =>
        list.add(bytes, offset, capturedLength, linkType, timeUs),
    });
    return list;
  }

  get count(): number {
    return this.#offsets.length;
  }

  add(bytes: Uint8Array, offset: number, length: number, linkType: number, timeUs: number): void {
    if (this.#length + length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(offset, offset + length), this.#length);
    this.#offsets.push(this.#length);
    this.#lengths.push(length);
    this.#timesUs.push(timeUs);
    this.#linkTypes.push(linkType);
    this.#length += length;
  }

  /** Those frames for which `wants` says so, by index. */
  select(wants: (index: number) => boolean): FrameList {
    const list = new FrameList(65_536);
    for (let i = 0; i < this.count; i++) {
      if (!wants(i)) continue;
      list.add(this.#bytes, this.#offsets[i]!, this.#lengths[i]!, this.#linkTypes[i]!, this.#timesUs[i]!);
    }
    return list;
  }

  /** Make ready for another pass, later than the one before. */
  rewind(): void {
    const laterUs = this.#passes++ * PASS_US;
    const times: (number | undefined)[] = [undefined];
    for (const timeUs of this.#timesUs) times.push(timeUs + laterUs);
    this.#passTimes = times;
  }

  /** Hand all frames to `sink`. `rewind` comes first. */
  play(sink: FrameSink): void {
    for (let i = 0; i < this.#offsets.length; i++) {
      const length = this.#lengths[i]!;
      const timeUs = this.#passTimes[i + 1] as number;
      sink.frame(this.#bytes, this.#offsets[i]!, length, length, this.#linkTypes[i]!, timeUs);
    }
  }
}
