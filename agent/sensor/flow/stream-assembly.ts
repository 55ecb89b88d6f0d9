/**
 * Owns the order of TCP bytes: per direction, which sequence number comes next, what waits before its turn, which
 * holes are given up, and when a direction has ended. The packet at hand adds a chain to a direction: its own
 * ("live") bytes, then the waiting pieces that are next, some of which may be holes. Data of a direction that nobody
 * reads is counted only.
 *
 * A hole is given up when the receiver has acknowledged beyond it, when more than `maxPendingSegments` wait behind it,
 * or when the flow ends. What a receiver is known not to take (a probe into a closed window, data on a SYN) is held
 * until an acknowledgement covers it. Memory: the queue, and its part of the flow's row.
 */

import type { BlockPool } from "./block-pool.js";
import type { FlowLimits } from "./flow-limits.js";
import { type FlowRows, ROW_FLOATS, ROW_WORDS, RowPart } from "./flow-rows.js";
import { REMEMBERED_BYTES, SegmentMemory } from "./segment-memory.js";
import { DROPPED, OVERLAPS, OVERLAPS_DIFFERENT, SegmentQueue } from "./segment-queue.js";
import { StreamChain } from "./stream-chain.js";
import { RAW, type StreamHeads } from "./stream-heads.js";
import { StreamHoles } from "./stream-holes.js";

/** Next sequence number in order, the receiver's acknowledgement, where the FIN stands. */
const IN_ORDER = 0;
const ACKNOWLEDGED = 1;
const FIN = 2;
const FLAGS = 3;
const STRIDE = 4;

/** Where the fields of a direction begin, and its bytes in order. */
function fieldOf(d: number): number {
  return (d >> 1) * ROW_WORDS + (d & 1) * STRIDE;
}

function receivedOf(d: number): number {
  return (d >> 1) * ROW_FLOATS + (d & 1);
}

const IS_TRACKED = 1;
const HAS_FIN = 2;
const HAS_ENDED = 4;
const HAS_ACKNOWLEDGED = 8;

export class StreamAssembly {
  /** Holes given up, and bytes missing in them. */
  gaps = 0;
  /** Those that an acknowledgement, or too much that waits, has shown in front of other data: Suricata tells these alone. */
  gapsBeforeData = 0;
  gapBytes = 0;
  earlySegments = 0;
  /** Early segments that found no place. */
  droppedSegments = 0;
  overlaps = 0;
  overlapsDifferent = 0;

  readonly chain: StreamChain;
  /** Holes that were given up, but stand in what the payload rules have yet to look at. */
  readonly holes: StreamHoles;
  readonly #received: Float64Array;

  readonly #heads: StreamHeads;
  readonly #queue: SegmentQueue;
  readonly #memory: SegmentMemory;
  readonly #maxPending: number;
  readonly #field: Int32Array;

  constructor(limits: FlowLimits, rows: FlowRows, pool: BlockPool, heads: StreamHeads) {
    this.#heads = heads;
    this.holes = new StreamHoles(heads);
    this.#maxPending = limits.maxPendingSegments;
    // Twice: one segment may leave several pieces, between those that are there.
    this.#queue = new SegmentQueue(rows, limits.maxPendingSegments * 2, pool);
    this.chain = new StreamChain(this.#queue, pool, heads);
    this.#memory = new SegmentMemory(rows, limits.hashSeed);
    this.#field = rows.int32(RowPart.ASSEMBLY);
    this.#received = rows.float64(RowPart.RECEIVED);
  }

  reset(): void {
    this.#queue.reset();
    this.chain.end();
    this.holes.reset();
    this.gaps = 0;
    this.gapsBeforeData = 0;
    this.gapBytes = 0;
    this.earlySegments = 0;
    this.droppedSegments = 0;
    this.overlaps = 0;
    this.overlapsDifferent = 0;
  }

  /** Direction `d` (flow * 2 + direction) begins: its first byte will have this sequence number. */
  start(d: number, sequence: number): void {
    if (this.isTracked(d)) this.forget(d);
    this.#field[fieldOf(d) + IN_ORDER] = sequence;
    this.#field[fieldOf(d) + FLAGS] = IS_TRACKED;
    this.#received[receivedOf(d)] = 0;
    this.#memory.forget(d);
    this.#heads.start(d * 2);
    this.#heads.start(d * 2 + 1);
  }

  /** Stream bytes of a direction up to the end of the chain, lost ones included. */
  received(d: number): number {
    return this.#received[receivedOf(d)]!;
  }

  isTracked(d: number): boolean {
    return (this.#field[fieldOf(d) + FLAGS]! & IS_TRACKED) !== 0;
  }

  /** Sequence number of the first byte not yet seen in order. */
  inOrder(d: number): number {
    return this.#field[fieldOf(d) + IN_ORDER]!;
  }

  /** Position in the stream up to which the receiver has acknowledged it; urgent bytes count as one each. */
  acknowledged(d: number): number {
    const f = fieldOf(d);
    if ((this.#field[f + FLAGS]! & HAS_ACKNOWLEDGED) === 0) return 0;
    return this.received(d) + ((this.#field[f + ACKNOWLEDGED]! - this.#field[f + IN_ORDER]!) | 0);
  }

  /** Whether the receiver has acknowledged everything up to `sequence`. */
  hasAcknowledged(d: number, sequence: number): boolean {
    return this.#isAcknowledged(d, sequence);
  }

  /** Nothing will follow, and the receiver knows it. */
  hasEnded(d: number): boolean {
    return (this.#field[fieldOf(d) + FLAGS]! & HAS_ENDED) !== 0;
  }

  /** Nothing of the direction waits for its turn, and its end is not known. */
  isWhole(d: number): boolean {
    return this.#queue.count(d) === 0 && (this.#field[fieldOf(d) + FLAGS]! & HAS_FIN) === 0;
  }

  /** Nobody reads the direction: of data that comes only the numbers are followed. */
  isUnread(d: number): boolean {
    return (this.#field[fieldOf(d) + FLAGS]! & (IS_TRACKED | HAS_FIN)) === IS_TRACKED && this.#isIdle(d);
  }

  /**
   * Accepted data: `byteCount` bytes, and an urgent byte behind them if `urgentCount` is 1. Returns the bits of
   * `SegmentQueue.insert`.
   */
  addSegment(
    d: number,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    byteCount: number,
    urgentCount: number,
  ): number {
    const lead = (sequence - this.inOrder(d)) | 0;
    if (lead < 0 && this.holes.has(d)) this.#fillHoles(d, lead, bytes, offset, byteCount);
    if (this.hasEnded(d)) return 0;
    const end = (sequence + byteCount + urgentCount) | 0;
    if (this.#isIdle(d)) {
      if (lead + byteCount + urgentCount > 0) this.#advance(d, end, lead + byteCount);
      return 0;
    }
    let found = 0;
    // A chain that has begun (a segment cut in two at its urgent byte) goes on with pieces of the queue.
    if (lead > 0 || (lead === 0 && this.chain.length[d & 1]! > 0)) {
      if (lead > 0) this.earlySegments++;
      const isWanted = this.#isWanted(d, lead + byteCount);
      found = this.#queue.insert(d, sequence, bytes, offset, byteCount, urgentCount, isWanted);
      this.#extendChain(d, false);
    } else {
      if (lead < 0 && this.#differsFromRead(d, lead, sequence, bytes, offset, byteCount)) {
        found = OVERLAPS | OVERLAPS_DIFFERENT;
      }
      if (lead + byteCount + urgentCount > 0 && this.chain.length[d & 1] === 0) {
        if (lead === 0 && this.received(d) < REMEMBERED_BYTES) {
          this.#memory.remember(d, sequence, bytes, offset, byteCount);
        }
        const isQueued = this.#queue.count(d) > 0;
        if (isQueued) found |= this.#queue.compare(d, sequence, bytes, offset, byteCount);
        const fresh = Math.max(byteCount + lead, 0);
        this.#advance(d, end, fresh);
        this.chain.setLive(d & 1, bytes, offset - lead, fresh);
        if (isQueued) this.#queue.trimBefore(d, end);
        this.#extendChain(d, false);
      }
    }
    this.#count(found);
    return found;
  }

  /** Data the receiver need not take: shown only if an acknowledgement covers it. */
  holdSegment(d: number, sequence: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    if (!this.#isIdle(d)) this.#count(this.#queue.insert(d, sequence, bytes, offset, byteCount, 0, true));
  }

  /** The receiver has not taken what was held. */
  dropHeld(d: number): void {
    this.#queue.clear(d);
  }

  /** The receiver of this direction has everything up to `sequence`. */
  acknowledge(d: number, sequence: number): void {
    const f = fieldOf(d);
    this.#field[f + ACKNOWLEDGED] = sequence;
    this.#field[f + FLAGS] = this.#field[f + FLAGS]! | HAS_ACKNOWLEDGED;
    if (this.#queue.count(d) > this.chain.pieces[d & 1]!) this.#extendChain(d, false);
    this.#checkEnd(d);
  }

  /** The sender closed this direction at `sequence`. Readers hear of it once the receiver has acknowledged it. */
  close(d: number, sequence: number): void {
    const f = fieldOf(d);
    this.#field[f + FIN] = sequence;
    this.#field[f + FLAGS] = this.#field[f + FLAGS]! | HAS_FIN;
    this.#checkEnd(d);
  }

  /** Nothing will fill the direction's holes any more: show what waits behind them. */
  passHoles(d: number): void {
    if (this.isTracked(d) && !this.#isIdle(d)) this.#extendChain(d, true);
  }

  /** The flow ends: what waits joins what is unread, and that is the end. */
  release(d: number): void {
    if (!this.isTracked(d)) return;
    this.passHoles(d);
    this.#field[fieldOf(d) + FLAGS] = this.#field[fieldOf(d) + FLAGS]! | HAS_ENDED;
  }

  /** Give everything back that the direction holds. */
  forget(d: number): void {
    if (!this.isTracked(d)) return;
    this.#queue.clear(d);
    for (let reader = d * 2; reader < d * 2 + 2; reader++) {
      this.#heads.clear(reader);
      this.#heads.tidy(reader);
    }
    this.#field[fieldOf(d) + FLAGS] = 0;
    if (d >> 1 === this.chain.flow) this.chain.beginDirection(d & 1);
  }

  /** After a packet: free the chain's pieces, and what nobody reads any more. */
  tidy(d: number): void {
    for (let i = this.chain.pieces[d & 1]!; i > 0; i--) this.#queue.removeFirst(d);
    this.chain.pieces[d & 1] = 0;
    this.#heads.tidy(d * 2);
    this.#heads.tidy(d * 2 + 1);
    if (this.#isIdle(d)) this.#queue.clear(d);
  }

  /** The pool took the block of a waiting piece away. */
  forgetPiece(piece: number): void {
    this.#queue.forgetBytes(piece);
  }

  #fillHoles(d: number, lead: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    const { length, taken } = this.chain;
    const received = this.received(d);
    const inChain = length[d & 1]! - taken[(d & 1) * 2 + RAW]!;
    const headPosition = received - inChain - this.#heads.length(d * 2 + RAW);
    this.holes.fill(d, headPosition, received + lead, bytes, offset, byteCount);
  }

  /** Whether what of this segment has been read was something else. */
  #differsFromRead(
    d: number,
    lead: number,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    byteCount: number,
  ): boolean {
    return (
      this.#memory.differs(d, sequence, bytes, offset, byteCount) ||
      this.#heads.differs(d * 2, -lead, bytes, offset, byteCount)
    );
  }

  #isIdle(d: number): boolean {
    return this.#heads.isStopped(d * 2) && this.#heads.isStopped(d * 2 + 1);
  }

  /** Whether a reader wants any of the next `ahead` bytes. */
  #isWanted(d: number, ahead: number): boolean {
    const heads = this.#heads;
    for (let reader = d * 2; reader < d * 2 + 2; reader++) {
      if (!heads.isStopped(reader) && heads.skipCount(reader) < ahead) return true;
    }
    return false;
  }

  #advance(d: number, sequence: number, byteCount: number): void {
    this.#field[fieldOf(d) + IN_ORDER] = sequence;
    const r = receivedOf(d);
    this.#received[r] = this.#received[r]! + Math.max(byteCount, 0);
  }

  /**
   * Waiting pieces that are next join the chain; so do those behind a hole that nobody will fill any more, and the
   * hole, and all of them if `isForced`.
   */
  #extendChain(d: number, isForced: boolean): void {
    const direction = d & 1;
    const queue = this.#queue;
    for (;;) {
      const last = this.chain.lastPiece[direction]!;
      const piece = last < 0 ? queue.first(d) : queue.next(last);
      if (piece < 0) break;
      const begin = queue.sequence(piece);
      if (begin === this.inOrder(d)) {
        this.#join(d, piece);
        continue;
      }
      const isHopeless =
        isForced ||
        queue.count(d) - this.chain.pieces[direction]! > this.#maxPending ||
        this.#isAcknowledged(d, begin);
      if (!isHopeless || !this.#joinHole(d, begin)) break;
      if (!isForced) this.gapsBeforeData++;
    }
    this.#applySkip(d);
  }

  #join(d: number, piece: number): void {
    const byteCount = this.#queue.byteCount(piece);
    this.#advance(d, this.#queue.end(piece), byteCount);
    this.chain.join(d & 1, piece, byteCount);
  }

  /** What is missing up to `sequence` joins the chain as a hole. */
  #joinHole(d: number, sequence: number): boolean {
    const from = this.inOrder(d);
    const hole = this.#queue.addHole(d, this.chain.lastPiece[d & 1]!, from, sequence);
    if (hole < 0) return false;
    this.gaps++;
    this.gapBytes += (sequence - from) | 0;
    this.#join(d, hole);
    return true;
  }

  /** Readers that wait for later bytes pass over the chain. */
  #applySkip(d: number): void {
    const direction = d & 1;
    const { taken, length } = this.chain;
    if (length[direction] === 0) return;
    this.chain.noteNews(direction);
    for (let reader = 0; reader < 2; reader++) {
      const skip = this.#heads.skipCount(d * 2 + reader);
      if (skip === 0) continue;
      const t = direction * 2 + reader;
      const count = Math.min(skip, length[direction]! - taken[t]!);
      taken[t] = taken[t]! + count;
      this.#heads.setSkip(d * 2 + reader, skip - count);
    }
  }

  #isAcknowledged(d: number, sequence: number): boolean {
    const f = fieldOf(d);
    return (
      (this.#field[f + FLAGS]! & HAS_ACKNOWLEDGED) !== 0 &&
      ((this.#field[f + ACKNOWLEDGED]! - sequence) | 0) >= 0
    );
  }

  #checkEnd(d: number): void {
    const f = fieldOf(d);
    if ((this.#field[f + FLAGS]! & (HAS_FIN | HAS_ENDED)) !== HAS_FIN) return;
    const fin = this.#field[f + FIN]!;
    if (!this.#isAcknowledged(d, (fin + 1) | 0)) return;
    const missing = (fin - this.inOrder(d)) | 0;
    // Data went on behind the FIN: it was not the sender's, or the sender is broken.
    if (missing < 0) return;
    if (missing > 0 && !this.#isIdle(d)) {
      if (!this.#joinHole(d, fin)) return;
      this.#applySkip(d);
    }
    this.#field[f + FLAGS] = this.#field[f + FLAGS]! | HAS_ENDED;
    this.chain.noteNews(d & 1);
    this.chain.isEnding = true;
  }

  #count(found: number): void {
    if (found === 0) return;
    if ((found & OVERLAPS) !== 0) this.overlaps++;
    if ((found & OVERLAPS_DIFFERENT) !== 0) this.overlapsDifferent++;
    if ((found & DROPPED) !== 0) this.droppedSegments++;
  }
}
