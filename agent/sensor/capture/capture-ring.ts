/**
 * Keeps the latest frames of a capture as a pcap file in memory: two halves, of which the older one is given up when the younger
 * one is full. So at least half of `capBytes` is held at the end, and never more than all of it.
 */
import { CaptureWriter } from "./capture-writer.js";
import type { FrameSink } from "./packet-source.js";

/** Head of a pcap file, which stands once in the whole. */
const FILE_HEADER_BYTES = 24;

export class CaptureRing implements FrameSink {
  /** Frames that had to leave, or that were of another link type than the first. */
  givenUp = 0;
  readonly #halfBytes: number;
  #linkType: number | undefined;
  #older: CaptureWriter | undefined;
  #younger: CaptureWriter | undefined;

  constructor(capBytes: number) {
    this.#halfBytes = Math.floor(capBytes / 2);
  }

  get frames(): number {
    return (this.#older?.frames ?? 0) + (this.#younger?.frames ?? 0);
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    this.#linkType ??= linkType;
    this.#younger ??= new CaptureWriter(linkType, this.#halfBytes);
    if (linkType !== this.#linkType) this.givenUp++;
    else if (!this.#younger.append(bytes, offset, capturedLength, wireLength, timeUs)) {
      this.givenUp += this.#older?.frames ?? 0;
      this.#older = this.#younger;
      this.#younger = new CaptureWriter(linkType, this.#halfBytes);
      if (!this.#younger.append(bytes, offset, capturedLength, wireLength, timeUs)) this.givenUp++;
    }
  }

  /** The file: everything that is held, the oldest frame first. Empty where no frame came. */
  file(): Uint8Array {
    const halves = [this.#older, this.#younger].filter((half) => half !== undefined && half.frames > 0);
    const parts = halves.map((half, index) => half!.file().subarray(index === 0 ? 0 : FILE_HEADER_BYTES));
    return Buffer.concat(parts);
  }
}
