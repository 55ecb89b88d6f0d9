/**
 * Owns undoing a body's codings the way libhtp does, which is how a rule sees the body: what is called gzip may be
 * deflate and the other way round, with or without a header; what cannot be decompressed at all is passed on as
 * it is, and what was decompressed before an error is kept.
 *
 * libhtp decides about the piece in which an error shows (a chunk, what a segment brought): it starts anew at its
 * beginning, up to three times, then gives up; what went before is gone, but for 8 KiB blocks already handed on. So
 * the pieces are told to the decoder, and it does the same with the whole body before it.
 *
 * Bound: two buffers of the body limit; four runs over the body per coding, two codings.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
import type { BodyCollector } from "./body-collector.js";
import { Coding, type CodingList } from "./content-coding.js";
import { Inflated, Inflater, Wrapping } from "./inflater.js";
import { PieceList } from "./piece-list.js";

/** Ways to try: as named, again behind a gzip header, the other coding, as named. */
const MAX_RESTARTS = 3;
/** What libhtp hands on at a time. */
const BLOCK_BYTES = 8192;

export class ContentDecoder {
  /** The result of `decode`: `bytes[start, end)`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** Decompression failed somewhere, even if it went on. */
  hasFailed = false;

  readonly #inflater = new Inflater();
  readonly #outputs: readonly [Uint8Array, Uint8Array];
  readonly #blocks = new PieceList();
  #isPassedThrough = false;
  /** The last run ended with octets that libhtp hands on only at the end of the body. */
  #hasPending = false;
  /** The last run ended with an error before which there was output. */
  #isStopped = false;

  /** `limitBytes`: longest result. */
  constructor(limitBytes: number) {
    this.#outputs = [new Uint8Array(limitBytes), new Uint8Array(limitBytes)];
  }

  /**
   * Undo `codings` of the body in `collector`. `hasEnd`: libhtp sees an end of this body (not where there should
   * be no body).
   */
  decode(codings: CodingList, collector: BodyCollector, hasEnd: boolean): void {
    const { bytes, start, beforeHead, pieces } = collector;
    this.bytes = bytes;
    this.start = start;
    this.end = start + collector.length;
    this.hasFailed = false;
    if (codings.count === 0) return;
    this.start += Math.min(beforeHead, collector.length);
    this.#undoAll(codings, pieces, hasEnd);
    if (beforeHead > 0) this.#prepend(bytes, start, start + Math.min(beforeHead, collector.length));
  }

  #undoAll(codings: CodingList, pieces: PieceList, hasEnd: boolean): void {
    this.#isPassedThrough = false;
    for (let i = 0; i < codings.count && !this.#isPassedThrough && this.end > this.start; i++) {
      const isCutOff = !hasEnd || (i > 0 && (this.#hasPending || this.#isStopped));
      this.#undo(
        codings.codings[i]!,
        i > 0 && hasEnd,
        i > 0 ? this.#cutInBlocks() : pieces,
        this.#outputs[i & 1]!,
      );
      // The end of the body reaches only the first decompressor that has something to hand on.
      if (isCutOff && this.#hasPending) this.end -= this.end % BLOCK_BYTES;
    }
  }

  #undo(coding: number, isInner: boolean, pieces: PieceList, output: Uint8Array): void {
    const { bytes, start, end } = this;
    const inflater = this.#inflater;
    let isGzip = coding === Coding.GZIP;
    let from = start;
    let piece = 0;
    /** What failed tries left stays in front of what follows. */
    let written = 0;
    const isLastAtEnd = this.#hasPending;
    this.#hasPending = false;
    this.#isStopped = false;
    for (let restarts = 0; ; restarts++) {
      const wrapping = isGzip ? Wrapping.ZLIB_OR_GZIP : Wrapping.NONE;
      const code = inflater.run(wrapping, bytes, from, end, output, written, output.length);
      written = inflater.outputEnd;
      const pending = written % BLOCK_BYTES;
      if (code !== Inflated.ERROR) {
        this.#hasPending = code !== Inflated.END && pending > 0;
        break;
      }
      this.hasFailed = true;
      while (piece + 1 < pieces.count && start + pieces.end(piece) < inflater.errorAt) piece++;
      const pieceStart = start + (piece === 0 ? 0 : pieces.end(piece - 1));
      const pieceEnd = pieces.count === 0 ? end : Math.min(end, start + pieces.end(piece));
      if (restarts === 0 && pending > 0) {
        // The decompressor in front of this one is stopped, too, and hands on what this one did not take.
        this.#isStopped = true;
        const isHandedOn = isInner && !(isLastAtEnd && piece + 1 === pieces.count);
        if (isHandedOn) written = copyWhatFits(bytes, pieceStart, pieceEnd, output, written);
        break;
      }
      if (restarts === MAX_RESTARTS) {
        this.#passThrough(pieceStart, output, written - pending);
        return;
      }
      if (restarts > 0) isGzip = !isGzip;
      from = pieceStart + gzipHeaderOctets(bytes, pieceStart, pieceEnd);
    }
    this.bytes = output;
    this.start = 0;
    this.end = written;
  }

  /** What was handed on is followed by the body from `from` on as it is. */
  #passThrough(from: number, output: Uint8Array, written: number): void {
    this.#isPassedThrough = true;
    if (written === 0) {
      this.start = from;
      return;
    }
    this.end = copyWhatFits(this.bytes, from, this.end, output, written);
    this.bytes = output;
    this.start = 0;
  }

  /** Put `source[start, end)` in front of the result. */
  #prepend(source: Uint8Array, start: number, end: number): void {
    const output = this.#outputs[0];
    const length = end - start;
    const kept = Math.min(this.end - this.start, output.length - length);
    if (this.bytes === output) output.copyWithin(length, this.start, this.start + kept);
    else copyOctets(this.bytes, this.start, this.start + kept, output, length);
    copyOctets(source, start, end, output, 0);
    this.bytes = output;
    this.start = 0;
    this.end = length + kept;
  }

  #cutInBlocks(): PieceList {
    const blocks = this.#blocks;
    const length = this.end - this.start;
    blocks.clear();
    for (let at = BLOCK_BYTES; at < length; at += BLOCK_BYTES) blocks.add(at);
    blocks.add(length);
    return blocks;
  }
}

/** Copy what fits of `source[start, end)` to `target` at `at`; returns where it ends there. */
function copyWhatFits(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  const length = Math.max(0, Math.min(end - start, target.length - at));
  copyOctets(source, start, start + length, target, at);
  return at + length;
}

/** Octets to skip where a gzip header with extensions stands; libhtp's rough idea of it. */
function gzipHeaderOctets(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 4 || bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b) return 0;
  const flags = bytes[start + 3]!;
  if (flags === 0) return 0;
  let octets = 10;
  if ((flags & 0x18) !== 0) {
    while (octets < length && bytes[start + octets] !== 0) octets++;
    octets++;
  } else if ((flags & 0x02) !== 0) octets = 12;
  return octets > length ? 0 : octets;
}
