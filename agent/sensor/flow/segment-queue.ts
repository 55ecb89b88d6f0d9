/**
 * Owns the TCP segments that came before their turn: per direction a list ordered by sequence number, without
 * overlaps, each piece with a block of the pool. Where segments overlap, the policy is that of Suricata for Linux
 * hosts, which is also what Linux does: the new segment wins where it begins before the old one, or begins with it
 * and is longer; else the old one stays. A piece can lose its bytes (pool pressure) or have none from the start
 * (nobody wants them); its place in the sequence stays known.
 *
 * Bound: at most `maxPieces` per direction and `PIECES` in all; what does not fit is dropped and counted.
 * Specification: RFC 9293 section 3.10.7.4, Ptacek & Newsham 1998 section 5.4 (overlap).
 */
import { type BlockPool, WORTH_LOW } from "./block-pool.js";
import { type FlowRows, ROW_WORDS, RowPart } from "./flow-rows.js";

const PIECES = 16_384;

/** What `insert` found. */
export const OVERLAPS = 1;
/** Overlapping bytes differ: whoever reads only one of them can be deceived. */
export const OVERLAPS_DIFFERENT = 2;
/** A piece found no place. */
export const DROPPED = 4;

/** Fields of a direction's list. */
const HEAD = 0;
const TAIL = 1;
const COUNT = 2;
const LIST_WORDS = 3;

function listOf(direction: number): number {
  return (direction >> 1) * ROW_WORDS + (direction & 1) * LIST_WORDS;
}

export class SegmentQueue {
  readonly #pool: BlockPool;
  readonly #maxPieces: number;

  /** Per direction: first and last piece, both + 1 so that 0 is none, and how many there are. */
  readonly #list: Int32Array;
  /** Per piece: [sequence, end) is what it covers, [origin, originEnd) the segment it came with. */
  readonly #sequence = new Int32Array(PIECES);
  readonly #end = new Int32Array(PIECES);
  readonly #origin = new Int32Array(PIECES);
  readonly #originEnd = new Int32Array(PIECES);
  /** −1: without bytes. */
  readonly #block = new Int32Array(PIECES);
  /** Sequence number of the block's first byte. */
  readonly #blockSequence = new Int32Array(PIECES);
  /** 1: the last number covered is an urgent byte, which is not part of the stream. */
  readonly #hasUrgentEnd = new Uint8Array(PIECES);
  readonly #next = new Int32Array(PIECES);
  #firstFree = 0;

  constructor(rows: FlowRows, maxPieces: number, pool: BlockPool) {
    this.#pool = pool;
    this.#maxPieces = maxPieces;
    this.#list = rows.int32(RowPart.PIECES);
    this.reset();
  }

  /** For a fresh start; the lists stand in the rows, which are cleared as well. */
  reset(): void {
    for (let i = 0; i < PIECES; i++) this.#next[i] = i + 1;
    this.#next[PIECES - 1] = -1;
    this.#firstFree = 0;
  }

  count(direction: number): number {
    return this.#list[listOf(direction) + COUNT]!;
  }

  /** First piece of the direction, or −1. */
  first(direction: number): number {
    return this.#list[listOf(direction) + HEAD]! - 1;
  }

  next(piece: number): number {
    return this.#next[piece]!;
  }

  sequence(piece: number): number {
    return this.#sequence[piece]!;
  }

  end(piece: number): number {
    return this.#end[piece]!;
  }

  hasBytes(piece: number): boolean {
    return this.#block[piece]! >= 0;
  }

  /** Stream bytes the piece covers: an urgent byte at its end is none. */
  byteCount(piece: number): number {
    return ((this.#end[piece]! - this.#sequence[piece]!) | 0) - this.#hasUrgentEnd[piece]!;
  }

  /** Where the piece's bytes begin in the pool's arena. */
  bytesOffset(piece: number): number {
    return (
      this.#pool.offsetOf(this.#block[piece]!) + ((this.#sequence[piece]! - this.#blockSequence[piece]!) | 0)
    );
  }

  /** The pool took the piece's block away. */
  forgetBytes(piece: number): void {
    this.#block[piece] = -1;
  }

  removeFirst(direction: number): void {
    const piece = this.#list[listOf(direction) + HEAD]! - 1;
    this.#unlink(direction, piece, -1);
  }

  clear(direction: number): void {
    while (this.#list[listOf(direction) + HEAD]! > 0) this.removeFirst(direction);
  }

  /** Forget everything before `sequence`: it has been read from elsewhere. */
  trimBefore(direction: number, sequence: number): void {
    for (
      let piece = this.#list[listOf(direction) + HEAD]! - 1;
      piece >= 0;
      piece = this.#list[listOf(direction) + HEAD]! - 1
    ) {
      if (((this.#sequence[piece]! - sequence) | 0) >= 0) return;
      if (((this.#end[piece]! - sequence) | 0) > 0) {
        this.#sequence[piece] = sequence;
        return;
      }
      this.removeFirst(direction);
    }
  }

  /**
   * Keep a segment of `byteCount` bytes, with an urgent byte behind them if `urgentCount` is 1. Without
   * `isWanted` only its place is kept. Returns the bits above.
   */
  insert(
    direction: number,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    byteCount: number,
    urgentCount: number,
    isWanted: boolean,
  ): number {
    const end = (sequence + byteCount + urgentCount) | 0;
    let found = 0;
    let position = sequence;
    let previous = -1;
    // Segments mostly come in the order they were sent: look at the end of the list first.
    const tail = this.#list[listOf(direction) + TAIL]! - 1;
    let piece = this.#list[listOf(direction) + HEAD]! - 1;
    if (tail >= 0 && ((this.#end[tail]! - sequence) | 0) <= 0) {
      previous = tail;
      piece = -1;
    }
    while (piece >= 0 && ((this.#sequence[piece]! - end) | 0) < 0) {
      const after = this.#next[piece]!;
      if (((this.#end[piece]! - sequence) | 0) <= 0) {
        previous = piece;
        piece = after;
        continue;
      }
      found |= OVERLAPS;
      if (this.#differs(piece, sequence, bytes, offset, byteCount)) found |= OVERLAPS_DIFFERENT;
      const begins = (sequence - this.#origin[piece]!) | 0;
      const isNewer = begins < 0 || (begins === 0 && ((end - this.#originEnd[piece]!) | 0) > 0);
      if (isNewer) {
        // It began before the old piece: nothing of that remains on the left.
        if (((this.#end[piece]! - end) | 0) > 0) {
          this.#sequence[piece] = end;
          break;
        }
        this.#unlink(direction, piece, previous);
      } else {
        const gap = (this.#sequence[piece]! - position) | 0;
        if (gap > 0) {
          previous = this.#store(
            direction,
            previous,
            position,
            this.#sequence[piece]!,
            sequence,
            end,
            0,
            bytes,
            (offset + position - sequence) | 0,
            isWanted,
          );
          if (previous === -2) return found | DROPPED;
        }
        position = this.#end[piece]!;
        previous = piece;
      }
      piece = after;
    }
    if (((end - position) | 0) > 0) {
      const stored = this.#store(
        direction,
        previous,
        position,
        end,
        sequence,
        end,
        urgentCount,
        bytes,
        offset + ((position - sequence) | 0),
        isWanted,
      );
      if (stored === -2) found |= DROPPED;
    }
    return found;
  }

  /** A piece without bytes for [from, to) behind `previous` (−1: first). Returns it, or −1 without room. */
  addHole(direction: number, previous: number, from: number, to: number): number {
    const piece = this.#firstFree;
    if (piece < 0) return -1;
    this.#firstFree = this.#next[piece]!;
    this.#sequence[piece] = from;
    this.#end[piece] = to;
    this.#origin[piece] = from;
    this.#originEnd[piece] = to;
    this.#hasUrgentEnd[piece] = 0;
    this.#block[piece] = -1;
    this.#linkBehind(direction, previous, piece);
    return piece;
  }

  /** The bits above for a segment that will not be kept: it is next, and wins. */
  compare(direction: number, sequence: number, bytes: Uint8Array, offset: number, byteCount: number): number {
    const end = (sequence + byteCount) | 0;
    let found = 0;
    for (let piece = this.#list[listOf(direction) + HEAD]! - 1; piece >= 0; piece = this.#next[piece]!) {
      if (((this.#sequence[piece]! - end) | 0) >= 0) break;
      found |= OVERLAPS;
      if (this.#differs(piece, sequence, bytes, offset, byteCount)) found |= OVERLAPS_DIFFERENT;
    }
    return found;
  }

  /** Pieces no longer than a block for [from, to) behind `previous`. Returns the last one, or −2 without room. */
  #store(
    direction: number,
    previous: number,
    from: number,
    to: number,
    origin: number,
    originEnd: number,
    urgentCount: number,
    bytes: Uint8Array,
    offset: number,
    isWanted: boolean,
  ): number {
    while (((to - from) | 0) > 0) {
      const piece = this.#firstFree;
      if (piece < 0 || this.#list[listOf(direction) + COUNT]! >= this.#maxPieces) return -2;
      this.#firstFree = this.#next[piece]!;
      const length = Math.min((to - from) | 0, isWanted ? this.#pool.largestBlockBytes : 0x7fffffff);
      const end = (from + length) | 0;
      const isLast = end === to;
      const byteCount = isLast ? length - urgentCount : length;
      this.#sequence[piece] = from;
      this.#end[piece] = end;
      this.#origin[piece] = origin;
      this.#originEnd[piece] = originEnd;
      this.#hasUrgentEnd[piece] = isLast ? urgentCount : 0;
      this.#blockSequence[piece] = from;
      this.#block[piece] = -1;
      this.#linkBehind(direction, previous, piece);
      if (isWanted) {
        const block = this.#pool.allocate(length, WORTH_LOW, -1 - piece);
        this.#block[piece] = block;
        this.#pool.write(this.#pool.offsetOf(block), bytes, offset, byteCount);
      }
      from = end;
      offset += byteCount;
      previous = piece;
    }
    return previous;
  }

  /** Whether what `piece` and the segment both have is not the same. */
  #differs(piece: number, sequence: number, bytes: Uint8Array, offset: number, byteCount: number): boolean {
    if (this.#block[piece]! < 0) return false;
    const lead = (this.#sequence[piece]! - sequence) | 0;
    const from = Math.max(lead, 0);
    const to = Math.min(lead + this.byteCount(piece), byteCount);
    const other = this.bytesOffset(piece) - lead;
    const arena = this.#pool.bytes;
    for (let i = from; i < to; i++) {
      if (bytes[offset + i] !== arena[other + i]) return true;
    }
    return false;
  }

  #linkBehind(direction: number, previous: number, piece: number): void {
    if (previous < 0) {
      this.#next[piece] = this.#list[listOf(direction) + HEAD]! - 1;
      this.#list[listOf(direction) + HEAD] = piece + 1;
    } else {
      this.#next[piece] = this.#next[previous]!;
      this.#next[previous] = piece;
    }
    if (this.#next[piece]! < 0) this.#list[listOf(direction) + TAIL] = piece + 1;
    this.#list[listOf(direction) + COUNT] = this.#list[listOf(direction) + COUNT]! + 1;
  }

  #unlink(direction: number, piece: number, previous: number): void {
    const next = this.#next[piece]!;
    if (previous < 0) this.#list[listOf(direction) + HEAD] = next + 1;
    else this.#next[previous] = next;
    if (next < 0) this.#list[listOf(direction) + TAIL] = previous + 1;
    this.#list[listOf(direction) + COUNT] = this.#list[listOf(direction) + COUNT]! - 1;
    if (this.#block[piece]! >= 0) this.#pool.free(this.#block[piece]!);
    this.#next[piece] = this.#firstFree;
    this.#firstFree = piece;
  }
}
