/**
 * A window that slides over a capture: bytes are written in behind, records are read out in front.
 *
 * It does not know where the bytes come from, so a file and tcpdump's pipe share it. It recognises the format by the
 * first four bytes. Memory bound: WINDOW_BYTES, for captures of any length.
 */

import { isPcapMagic, PcapDecoder } from "./pcap-decoder.js";
import { isPcapngMagic, PcapngDecoder } from "./pcapng-decoder.js";
import {
  MAX_RECORD_BYTES,
  type RecordDecoder,
  readUint32,
  STEP_BROKEN,
  STEP_FRAME,
  STEP_INCOMPLETE,
} from "./record-decoder.js";

/** A frame is ready: the window's `record` describes it. */
export const WINDOW_FRAME = 1;
/** Write more bytes in, or know that there are none. */
export const WINDOW_HUNGRY = 2;
/** What follows is no capture: `problem` says why. Final. */
export const WINDOW_BROKEN = 3;

export type WindowState = typeof WINDOW_FRAME | typeof WINDOW_HUNGRY | typeof WINDOW_BROKEN;

/** Twice the longest record, so that a file is read in long strides. */
export const WINDOW_BYTES = 2 * MAX_RECORD_BYTES;

const GZIP_MAGIC_LOW = 0x8b1f;

export class RecordWindow {
  /** No `Buffer`: whoever reads bytes is compiled for one kind of array, which is that of stream heads as well. */
  readonly bytes = new Uint8Array(WINDOW_BYTES);
  problem = "";

  #decoder: RecordDecoder | undefined;
  #start = 0;
  #end = 0;
  /** Bytes of a skipped record that have not arrived yet. */
  #skip = 0;
  /** Position in the capture of the byte at `#start`. */
  #position = 0;

  /** The frame that `next` found. Valid until the next call of anything here. */
  get record(): RecordDecoder {
    return this.#decoder!;
  }

  /** Where the next record begins, in bytes from the beginning of the capture. */
  get position(): number {
    return this.#position;
  }

  /** Whether bytes wait that do not make a record yet: at the end of a capture they mean that it was cut. */
  get hasRemainder(): boolean {
    return this.#end > this.#start || this.#skip > 0;
  }

  /** Make room and say where to write: up to WINDOW_BYTES − offset bytes. */
  writeOffset(): number {
    if (this.#start > 0) {
      this.bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#end;
  }

  /** So many bytes were written at `writeOffset`. */
  wrote(byteCount: number): void {
    this.#end += byteCount;
  }

  /** Go to the next frame. */
  next(): WindowState {
    for (;;) {
      // Every turn consumes at least one byte, or leaves.
      if (this.#skip > 0 && !this.#skipRest()) return WINDOW_HUNGRY;
      const decoder = this.#decoder ?? this.#recognise();
      if (decoder === undefined) return this.problem === "" ? WINDOW_HUNGRY : WINDOW_BROKEN;
      const step = decoder.step(this.bytes, this.#start, this.#end);
      if (step === STEP_INCOMPLETE) return WINDOW_HUNGRY;
      if (step === STEP_BROKEN) {
        this.problem = decoder.problem;
        return WINDOW_BROKEN;
      }
      this.#advance(decoder.advance);
      if (step === STEP_FRAME) return WINDOW_FRAME;
    }
  }

  #advance(byteCount: number): void {
    const present = Math.min(byteCount, this.#end - this.#start);
    this.#start += present;
    this.#position += present;
    this.#skip = byteCount - present;
  }

  #skipRest(): boolean {
    this.#advance(this.#skip);
    return this.#skip === 0;
  }

  #recognise(): RecordDecoder | undefined {
    if (this.#end - this.#start < 4) return undefined;
    const magic = readUint32(this.bytes, this.#start, true);
    if (isPcapMagic(magic)) this.#decoder = new PcapDecoder();
    else if (isPcapngMagic(magic)) this.#decoder = new PcapngDecoder();
    else this.problem = describeStranger(magic);
    return this.#decoder;
  }
}

function describeStranger(magic: number): string {
  if ((magic & 0xffff) === GZIP_MAGIC_LOW) return "it is compressed with gzip: unpack it first";
  return "it does not begin like one";
}
