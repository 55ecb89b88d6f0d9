/**
 * Owns the body of the message that is being parsed, until it can be handed out: in the input where it stands, as
 * long as all of it is there in one piece, otherwise, together with its head, in a buffer of the pool.
 *
 * Bound: the pool's. A body beyond the limit is cut at the limit. Without a free buffer a body is handed out with
 * what is there (`append` and `park` say so).
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import type { BodyBuffer, BodyPool } from "./body-pool.js";
import type { HttpSide } from "./http-state.js";
import { PieceList } from "./piece-list.js";

export class BodyCollector {
  /** Head, trailer and body, all in `bytes`; valid after `begin`, `resume`, until the input changes. */
  bytes: Uint8Array = NO_BYTES;
  headStart = 0;
  headEnd = 0;
  trailerStart = 0;
  trailerEnd = 0;
  start = 0;
  end = 0;
  /** The pieces in which the body came. */
  pieces: PieceList;
  /** Octets at the beginning of the body that came before the head: no coding applies to them. */
  beforeHead = 0;

  readonly #ownPieces = new PieceList();
  readonly #pool: BodyPool;
  readonly #limitBytes: number;
  #isInPlace = false;

  constructor(pool: BodyPool, limitBytes: number) {
    this.#pool = pool;
    this.#limitBytes = limitBytes;
    this.pieces = this.#ownPieces;
  }

  /** The message whose head is `bytes[headStart, headEnd)` begins. */
  begin(side: HttpSide, bytes: Uint8Array, headStart: number, headEnd: number): void {
    const buffer = this.#bufferOf(side);
    if (buffer !== null) {
      // Body came before the head. The collector may come from another flow, whose message lay in place.
      this.#isInPlace = false;
      buffer.appendHead(bytes, headStart, headEnd);
      buffer.bodyBeforeHead = buffer.bodyEnd - buffer.bodyStart;
      buffer.pieces.clear();
      this.#useBuffer(buffer);
      return;
    }
    this.#isInPlace = true;
    this.bytes = bytes;
    this.headStart = headStart;
    this.headEnd = headEnd;
    this.trailerStart = headEnd;
    this.trailerEnd = headEnd;
    this.start = headEnd;
    this.end = headEnd;
    this.pieces = this.#ownPieces;
    this.pieces.clear();
    this.beforeHead = 0;
  }

  /** A message begins with body: its head comes later, if at all. */
  beginWithoutHead(): void {
    this.#isInPlace = false;
    this.bytes = NO_BYTES;
    this.headStart = 0;
    this.headEnd = 0;
    this.trailerStart = 0;
    this.trailerEnd = 0;
    this.start = 0;
    this.end = 0;
    this.beforeHead = 0;
  }

  /** Go on with a message of an earlier call. False if its buffer was taken away. */
  resume(side: HttpSide, nowUs: number): boolean {
    this.#isInPlace = false;
    const buffer = this.#bufferOf(side);
    if (buffer === null) return false;
    buffer.touchedUs = nowUs;
    this.#useBuffer(buffer);
    return true;
  }

  /** Length of the body, cut at the limit. */
  get length(): number {
    return Math.min(this.end - this.start, this.#limitBytes);
  }

  get isFull(): boolean {
    return this.end - this.start >= this.#limitBytes;
  }

  /** Append `bytes[start, end)` to the body. False if there is no room for it: hand out what is there. */
  append(side: HttpSide, bytes: Uint8Array, start: number, end: number, nowUs: number): boolean {
    if (start === end || this.isFull) return true;
    if (this.#isInPlace) {
      if (this.start === this.end) this.start = start;
      if (this.start === start || this.end === start) {
        this.end = end;
        this.pieces.add(end - this.start);
        return true;
      }
      if (!this.park(side, nowUs)) return false;
    }
    const buffer = this.#bufferOf(side) ?? this.#lease(side, nowUs);
    if (buffer === null) return false;
    const hasRoom = buffer.appendBody(bytes, start, end);
    this.#useBuffer(buffer);
    return hasRoom;
  }

  /** Note that `bytes[start, end)` are trailers. */
  appendTrailer(side: HttpSide, bytes: Uint8Array, start: number, end: number): void {
    if (this.#isInPlace) {
      this.trailerStart = start;
      this.trailerEnd = end;
      return;
    }
    const buffer = this.#bufferOf(side);
    if (buffer === null) return;
    buffer.appendTrailer(bytes, start, end);
    this.#useBuffer(buffer);
  }

  /** Keep head and body over the end of this call. False if there is no room: hand out what is there. */
  park(side: HttpSide, nowUs: number): boolean {
    if (!this.#isInPlace) return true;
    const buffer = this.#lease(side, nowUs);
    if (buffer === null) return false;
    const hasRoom =
      buffer.appendHead(this.bytes, this.headStart, this.headEnd) &&
      buffer.appendBody(this.bytes, this.start, this.end);
    if (!hasRoom) {
      this.release(side);
      return false;
    }
    buffer.appendTrailer(this.bytes, this.trailerStart, this.trailerEnd);
    buffer.pieces.copyFrom(this.pieces);
    this.#isInPlace = false;
    this.#useBuffer(buffer);
    return true;
  }

  /** The message was handed out. */
  release(side: HttpSide): void {
    if (side.buffer === null) return;
    this.#pool.release(side.buffer, side.lease);
    side.buffer = null;
  }

  #lease(side: HttpSide, nowUs: number): BodyBuffer | null {
    const buffer = this.#pool.lease(nowUs);
    side.buffer = buffer;
    side.lease = buffer?.lease ?? 0;
    return buffer;
  }

  #bufferOf(side: HttpSide): BodyBuffer | null {
    const { buffer } = side;
    return buffer !== null && buffer.lease === side.lease && !buffer.isFree ? buffer : null;
  }

  #useBuffer(buffer: BodyBuffer): void {
    this.bytes = buffer.bytes;
    this.headStart = 0;
    this.headEnd = buffer.headEnd;
    this.trailerStart = buffer.headEnd;
    this.trailerEnd = buffer.trailerEnd;
    this.start = buffer.bodyStart;
    this.end = buffer.bodyEnd;
    this.pieces = buffer.pieces;
    this.beforeHead = buffer.bodyBeforeHead;
  }
}
