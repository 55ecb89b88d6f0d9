/**
 * Owns what the packet at hand adds to the two directions of its flow: a chain each, of the packet's own ("live")
 * bytes and then of pieces of the queue that are next, some of which may be holes; and how far each reader has come in
 * it. Nothing here outlives the packet. Bound: the pieces of a direction.
 */

import { NO_BYTES } from "../wire/packet-view.js";
import type { BlockPool } from "./block-pool.js";
import type { SegmentQueue } from "./segment-queue.js";
import type { StreamHeads } from "./stream-heads.js";

export class StreamChain {
  /** The flow whose packet (or end) is at hand, −1 between packets. */
  flow = -1;
  /** A direction of it has ended with this packet. */
  isEnding = false;
  /** Bytes of the chain, holes included. */
  readonly length = new Int32Array(2);
  /** How much of it has gone through a reader or into its head, index direction * 2 + reader. */
  readonly taken = new Int32Array(4);
  /** Pieces of the queue that belong to it, from the first on. */
  readonly pieces = new Int32Array(2);
  /** The last of them, −1 for none. */
  readonly lastPiece = new Int32Array(2);
  liveBytes: Uint8Array = NO_BYTES;
  liveOffset = 0;
  readonly #liveLength = new Int32Array(2);
  readonly #hasNews = new Uint8Array(2);
  readonly #queue: SegmentQueue;
  readonly #pool: BlockPool;
  readonly #heads: StreamHeads;

  constructor(queue: SegmentQueue, pool: BlockPool, heads: StreamHeads) {
    this.#queue = queue;
    this.#pool = pool;
    this.#heads = heads;
  }

  begin(flow: number): void {
    this.flow = flow;
    this.isEnding = false;
    this.beginDirection(0);
    this.beginDirection(1);
  }

  beginDirection(direction: number): void {
    // One by one: filling arrays this short costs more.
    this.length[direction] = 0;
    this.pieces[direction] = 0;
    this.lastPiece[direction] = -1;
    this.#liveLength[direction] = 0;
    this.#hasNews[direction] = 0;
    this.taken[direction * 2] = 0;
    this.taken[direction * 2 + 1] = 0;
  }

  end(): void {
    this.flow = -1;
    this.liveBytes = NO_BYTES;
  }

  /** Whether readers of the direction have something to hear of: bytes, a hole, or the end. */
  hasNews(direction: number): boolean {
    return this.#hasNews[direction] === 1;
  }

  noteNews(direction: number): void {
    this.#hasNews[direction] = 1;
  }

  /** The packet's own bytes begin the chain. */
  setLive(direction: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    this.liveBytes = bytes;
    this.liveOffset = offset;
    this.#liveLength[direction] = byteCount;
    this.length[direction] = byteCount;
  }

  /** The direction's next piece joins the chain. */
  join(direction: number, piece: number, byteCount: number): void {
    this.length[direction] = this.length[direction]! + byteCount;
    this.pieces[direction] = this.pieces[direction]! + 1;
    this.lastPiece[direction] = piece;
  }

  /**
   * Where the chain's run of bytes that contains `position` ends, or, of a hole, the end of the hole as a negative
   * number. At the chain's end: that.
   */
  runEnd(d: number, position: number): number {
    const live = this.#liveLength[d & 1]!;
    let end = live;
    let isRun = position < live;
    let piece = this.#queue.first(d);
    for (let i = this.pieces[d & 1]!; i > 0; i--) {
      const pieceEnd = end + this.#queue.byteCount(piece);
      if (this.#queue.hasBytes(piece)) {
        isRun ||= position < pieceEnd;
      } else {
        if (isRun) return end;
        if (position < pieceEnd) return -pieceEnd;
      }
      end = pieceEnd;
      piece = this.#queue.next(piece);
    }
    return end;
  }

  /** Copy `byteCount` bytes of a run of the chain, from `position` on, behind a reader's head. False: they are lost. */
  copy(d: number, position: number, byteCount: number, reader: number): boolean {
    const live = this.#liveLength[d & 1]!;
    let from = position;
    let left = byteCount;
    if (from < live) {
      const count = Math.min(left, live - from);
      this.#heads.append(reader, this.liveBytes, this.liveOffset + from, count);
      left -= count;
      from += count;
    }
    from -= live;
    let piece = this.#queue.first(d);
    for (let i = this.pieces[d & 1]!; i > 0 && left > 0; i--) {
      const length = this.#queue.byteCount(piece);
      if (from < length) {
        if (!this.#queue.hasBytes(piece)) return false;
        const count = Math.min(left, length - from);
        this.#heads.append(reader, this.#pool.bytes, this.#queue.bytesOffset(piece) + from, count);
        left -= count;
        from += count;
      }
      from -= length;
      piece = this.#queue.next(piece);
    }
    return true;
  }
}
