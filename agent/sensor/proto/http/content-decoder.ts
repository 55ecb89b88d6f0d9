/**
 * Owns undoing a body's codings the way libhtp does, which is how a rule sees the body: what is called gzip may be
 * deflate and the other way round, with or without a header; what cannot be decompressed at all is passed on as
 * it is, and what was decompressed before an error is kept.
 *
 * Whole bodies, not streams: what libhtp decides by the segment that just came is decided by the body.
 * Bound: two buffers of the body limit.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { Coding, type CodingList } from "./content-coding.js";
import { Inflated, Inflater, Wrapping } from "./inflater.js";

/** Ways to try: as named, again behind a gzip header, the other coding, as named. */
const MAX_RESTARTS = 3;

export class ContentDecoder {
  /** The result of `decode`: `bytes[start, end)`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** Decompression failed somewhere, even if it went on. */
  hasFailed = false;

  readonly #inflater = new Inflater();
  readonly #outputs: readonly [Uint8Array, Uint8Array];
  #isPassedThrough = false;

  /** `limitBytes`: longest result. */
  constructor(limitBytes: number) {
    this.#outputs = [new Uint8Array(limitBytes), new Uint8Array(limitBytes)];
  }

  /** Undo `codings` of `bytes[start, end)`. */
  decode(codings: CodingList, bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.hasFailed = false;
    this.#isPassedThrough = false;
    for (let i = 0; i < codings.count && !this.#isPassedThrough && this.end > this.start; i++) {
      this.#undo(codings.codings[i]!, this.#outputs[i & 1]!);
    }
  }

  #undo(coding: number, output: Uint8Array): void {
    const { bytes, start, end } = this;
    let isGzip = coding === Coding.GZIP;
    let from = start;
    /** What failed tries left stays in front of what follows. */
    let written = 0;
    for (let restarts = 0; ; restarts++) {
      const wrapping = isGzip ? Wrapping.ZLIB_OR_GZIP : Wrapping.NONE;
      const code = this.#inflater.run(wrapping, bytes, from, end, output, written, output.length);
      written = this.#inflater.outputEnd;
      if (code !== Inflated.ERROR) break;
      this.hasFailed = true;
      if (restarts === 0 && written > 0) break;
      if (restarts === MAX_RESTARTS) {
        this.#isPassedThrough = true;
        return;
      }
      if (restarts > 0) isGzip = !isGzip;
      from = start + gzipHeaderOctets(bytes, start, end);
    }
    this.bytes = output;
    this.start = 0;
    this.end = written;
  }
}

/** Octets to skip where a gzip header with extensions stands; libhtp's rough idea of it. */
function gzipHeaderOctets(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 4 || bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b) return 0;
  const flags = bytes[start + 3]!;
  let octets = 10;
  if (flags === 0) return 0;
  if ((flags & 0x18) !== 0) {
    while (octets < length && bytes[start + octets] !== 0) octets++;
    octets++;
  } else if ((flags & 0x02) !== 0) octets = 12;
  return octets > length ? 0 : octets;
}
