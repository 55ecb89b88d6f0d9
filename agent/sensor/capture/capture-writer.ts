/**
 * Frames to the bytes of a pcap file (version 2.4, microseconds, little-endian): for captures on demand and for
 * captures made of thin air.
 *
 * Memory bound: `capBytes`, reached by doubling.
 */

import { MAX_FRAME_BYTES } from "./packet-source.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const FIRST_BYTES = 65_536;

export class CaptureWriter {
  readonly #capBytes: number;
  #bytes: Uint8Array;
  #view: DataView;
  #length = FILE_HEADER_BYTES;
  #frames = 0;

  /**
   * @param linkType LINKTYPE_ number of all frames.
   * @param capBytes The longest file it makes; frames beyond are refused.
   */
  constructor(linkType: number, capBytes: number) {
    this.#capBytes = Math.max(capBytes, FILE_HEADER_BYTES);
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, this.#capBytes));
    this.#view = new DataView(this.#bytes.buffer);
    this.#view.setUint32(0, 0xa1b2c3d4, true);
    this.#view.setUint16(4, 2, true);
    this.#view.setUint16(6, 4, true);
    this.#view.setUint32(16, MAX_FRAME_BYTES, true);
    this.#view.setUint32(20, linkType, true);
  }

  get frames(): number {
    return this.#frames;
  }

  /**
   * Add one frame; false where it does not fit any more.
   *
   * @param wireLength Its length on the wire, at least `capturedLength`.
   * @param timeUs Microseconds since the Unix epoch.
   */
  append(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    timeUs: number,
  ): boolean {
    const start = this.#length;
    const end = start + RECORD_HEADER_BYTES + capturedLength;
    if (capturedLength > MAX_FRAME_BYTES || end > this.#capBytes) return false;
    if (end > this.#bytes.length) this.#grow(end);
    const seconds = Math.floor(timeUs / 1e6);
    this.#view.setUint32(start, seconds, true);
    this.#view.setUint32(start + 4, timeUs - seconds * 1e6, true);
    this.#view.setUint32(start + 8, capturedLength, true);
    this.#view.setUint32(start + 12, wireLength, true);
    this.#bytes.set(bytes.subarray(offset, offset + capturedLength), start + RECORD_HEADER_BYTES);
    this.#length = end;
    this.#frames++;
    return true;
  }

  /** The file so far: valid until the next `append`. */
  file(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.min(this.#capBytes, Math.max(needed, 2 * this.#bytes.length)));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
