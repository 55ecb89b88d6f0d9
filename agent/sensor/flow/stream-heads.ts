/**
 * Owns what each reader of a stream direction has not consumed: its head, a block of the pool with unread bytes, and
 * how far it wants to skip. Readers are indexed `(flow * 2 + direction) * 2 + reader`. Memory: their part of the flow's row.
 */
import type { BlockPool } from "./block-pool.js";
import { type FlowRows, ROW_FLOATS, ROW_WORDS, RowPart } from "./flow-rows.js";

/** Who reads a stream: the protocol parser, and the payload rules. */
export const APP = 0;
export const RAW = 1;
export type ReaderId = typeof APP | typeof RAW;

/** Bits of a reader's flags. */
export const IS_STOPPED = 1;
/** What is unread ends at a hole; the reader has not been told yet, or has been. */
export const HAS_GAP = 2;
export const GAP_TOLD = 4;
/** The reader knows that nothing follows. */
export const END_TOLD = 8;
/** The reader skips bytes that have not come yet. Only parsers do: of each pair of readers the first. */
const HAS_SKIP = 16;
/** It was stopped for want of somebody who looks, and may begin again. */
export const IS_PASSED_OVER = 32;

const BLOCK = 0;
const START = 1;
const LENGTH = 2;
const FLAGS = 3;
const STRIDE = 4;

/** Where the fields of a reader begin: four readers a flow. */
function fieldOf(reader: number): number {
  return (reader >> 2) * ROW_WORDS + (reader & 3) * STRIDE;
}

function skipOf(reader: number): number {
  return (reader >> 2) * ROW_FLOATS + ((reader >> 1) & 1);
}

/** What is unread stays, and what follows the hole that was told is put behind it. */
export const JOINS = 64;
/** Within what is unread are bytes that have not come (`StreamHoles`). */
export const HAS_HOLES = 128;

export class StreamHeads {
  /** Unread bytes kept per reader at most. */
  readonly capacityBytes: number;
  /** Bytes of the stream, behind all that has come, that the parsers do not want. Their head is empty then. */
  readonly #skip: Float64Array;
  /** Heads that lost their bytes because others needed the memory. */
  lostHeads = 0;

  readonly #pool: BlockPool;
  readonly #field: Int32Array;

  constructor(rows: FlowRows, capacityBytes: number, pool: BlockPool) {
    this.#pool = pool;
    this.capacityBytes = Math.min(capacityBytes, pool.largestBlockBytes);
    this.#field = rows.int32(RowPart.HEADS);
    this.#skip = rows.float64(RowPart.SKIP);
  }

  /** A reader begins at the start of a stream. */
  start(reader: number): void {
    const f = fieldOf(reader);
    this.#field[f + BLOCK] = -1;
    this.#field[f + START] = 0;
    this.#field[f + LENGTH] = 0;
    this.#field[f + FLAGS] = 0;
  }

  flags(reader: number): number {
    return this.#field[fieldOf(reader) + FLAGS]!;
  }

  setFlags(reader: number, flags: number): void {
    this.#field[fieldOf(reader) + FLAGS] = flags;
  }

  isStopped(reader: number): boolean {
    return (this.#field[fieldOf(reader) + FLAGS]! & IS_STOPPED) !== 0;
  }

  /** How many of the bytes to come the reader does not want. */
  skipCount(reader: number): number {
    return (this.flags(reader) & HAS_SKIP) === 0 ? 0 : this.#skip[skipOf(reader)]!;
  }

  setSkip(reader: number, byteCount: number): void {
    this.#skip[skipOf(reader)] = byteCount;
    this.setFlags(reader, byteCount > 0 ? this.flags(reader) | HAS_SKIP : this.flags(reader) & ~HAS_SKIP);
  }

  /** Unread bytes in the head. */
  length(reader: number): number {
    return this.#field[fieldOf(reader) + LENGTH]!;
  }

  /** Where they begin in the pool's arena; meaningless if there are none. */
  offset(reader: number): number {
    const f = fieldOf(reader);
    return this.#pool.offsetOf(this.#field[f + BLOCK]!) + this.#field[f + START]!;
  }

  /** Forget the first `byteCount` bytes. The block stays until `tidy`, so what was shown stays readable. */
  consume(reader: number, byteCount: number): void {
    const f = fieldOf(reader);
    this.#field[f + START] = this.#field[f + START]! + byteCount;
    this.#field[f + LENGTH] = this.#field[f + LENGTH]! - byteCount;
  }

  clear(reader: number): void {
    const f = fieldOf(reader);
    this.#field[f + LENGTH] = 0;
    this.#field[f + FLAGS] = this.#field[f + FLAGS]! & ~HAS_HOLES;
  }

  /** Give an empty head's block back. */
  tidy(reader: number): void {
    const f = fieldOf(reader);
    if (this.#field[f + LENGTH]! > 0 || this.#field[f + BLOCK]! < 0) return;
    this.#pool.free(this.#field[f + BLOCK]!);
    this.#field[f + BLOCK] = -1;
  }

  /** The pool took the head's block away. */
  forgetBytes(reader: number): void {
    const f = fieldOf(reader);
    this.#field[f + BLOCK] = -1;
    if (this.#field[f + LENGTH] === 0) return;
    this.#field[f + LENGTH] = 0;
    this.#field[f + FLAGS] = (this.#field[f + FLAGS]! & ~HAS_HOLES) | HAS_GAP;
    this.lostHeads++;
  }

  /** Bytes are missing behind what is unread. */
  markGap(reader: number): void {
    if (!this.isStopped(reader)) this.setFlags(reader, this.flags(reader) | HAS_GAP);
  }

  /** Make room for `byteCount` bytes in all, which may be more than are there. False: they were lost meanwhile. */
  reserve(reader: number, byteCount: number, worth: number): boolean {
    const f = fieldOf(reader);
    const field = this.#field;
    const length = field[f + LENGTH]!;
    const old = field[f + BLOCK]!;
    if (old >= 0) {
      this.#pool.touch(old);
      if (byteCount <= this.#pool.capacityOf(old)) {
        const start = field[f + START]!;
        if (start + byteCount > this.#pool.capacityOf(old)) {
          const offset = this.#pool.offsetOf(old);
          this.#pool.bytes.copyWithin(offset, offset + start, offset + start + length);
          field[f + START] = 0;
        }
        return true;
      }
    }
    const block = this.#pool.allocate(byteCount, worth, reader);
    const isLost = old >= 0 && field[f + BLOCK]! < 0;
    if (old >= 0 && !isLost) {
      const from = this.#pool.offsetOf(old) + field[f + START]!;
      this.#pool.bytes.copyWithin(this.#pool.offsetOf(block), from, from + length);
      this.#pool.free(old);
    }
    field[f + BLOCK] = block;
    field[f + START] = 0;
    return !(isLost && length > 0);
  }

  /** Append bytes behind the unread ones; `reserve` has made room. */
  append(reader: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    const f = fieldOf(reader);
    const length = this.#field[f + LENGTH]!;
    const to = this.#pool.offsetOf(this.#field[f + BLOCK]!) + this.#field[f + START]! + length;
    this.#pool.write(to, bytes, offset, byteCount);
    this.#field[f + LENGTH] = length + byteCount;
  }

  /** Make the unread bytes longer by some that have not come; `reserve` has made room. */
  extend(reader: number, byteCount: number): void {
    const f = fieldOf(reader);
    this.#field[f + LENGTH] = this.#field[f + LENGTH]! + byteCount;
  }

  /** Put bytes in the place of unread ones, from number `at` on. */
  overwrite(reader: number, at: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    this.#pool.write(this.offset(reader) + at, bytes, offset, byteCount);
  }

  /** Whether these bytes, which begin `fromEnd` before the head's end, differ from what is unread there. */
  differs(reader: number, fromEnd: number, bytes: Uint8Array, offset: number, byteCount: number): boolean {
    if ((this.flags(reader) & (HAS_GAP | GAP_TOLD)) !== 0) return false;
    const length = this.length(reader);
    const skipped = Math.max(fromEnd - length, 0);
    const from = this.offset(reader) + length - fromEnd;
    const arena = this.#pool.bytes;
    for (let i = skipped; i < byteCount && i < fromEnd; i++) {
      if (arena[from + i] !== bytes[offset + i]) return true;
    }
    return false;
  }
}
