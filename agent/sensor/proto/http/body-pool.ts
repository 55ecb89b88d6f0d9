/**
 * Owns the buffers in which messages wait whose body is not all there: the head, then trailers, in front, the body
 * behind it.
 *
 * Bound: a fixed number of buffers of a fixed size, made when first needed. When all are taken the one that was
 * not touched for longest is taken away from its message, if that is longer ago than `idleUs`; otherwise the caller
 * goes without.
 */

import { PieceList } from "./piece-list.js";

export interface BodyPoolLimits {
  /** Buffers at most. */
  readonly maxBuffers: number;
  /** Room for a head with its trailers, bytes. */
  readonly headBytes: number;
  /** Room for a body, bytes. */
  readonly bodyBytes: number;
  /** A buffer untouched for longer may be taken away. */
  readonly idleUs: number;
}

export class BodyBuffer {
  readonly bytes: Uint8Array;
  /** The head stands at `[0, headEnd)`, trailers at `[headEnd, trailerEnd)`. */
  headEnd = 0;
  trailerEnd = 0;
  /** The body stands at `[bodyStart, bodyEnd)`. */
  readonly bodyStart: number;
  bodyEnd = 0;
  readonly pieces = new PieceList();
  /** Octets of the body that came before its head. */
  bodyBeforeHead = 0;
  /** Counts leases: who holds an older number has lost the buffer. */
  lease = 0;
  isFree = true;
  touchedUs = 0;

  constructor(headBytes: number, bodyBytes: number) {
    this.bytes = new Uint8Array(headBytes + bodyBytes);
    this.bodyStart = headBytes;
  }

  /** Append to the head what fits. */
  appendHead(source: Uint8Array, start: number, end: number): void {
    this.headEnd = this.#copy(source, start, end, this.headEnd, this.bodyStart);
    this.trailerEnd = this.headEnd;
  }

  appendTrailer(source: Uint8Array, start: number, end: number): void {
    this.trailerEnd = this.#copy(source, start, end, this.trailerEnd, this.bodyStart);
  }

  appendBody(source: Uint8Array, start: number, end: number): void {
    this.bodyEnd = this.#copy(source, start, end, this.bodyEnd, this.bytes.length);
    this.pieces.add(this.bodyEnd - this.bodyStart - this.bodyBeforeHead);
  }

  #copy(source: Uint8Array, start: number, end: number, to: number, limit: number): number {
    const { bytes } = this;
    const stop = Math.min(end, start + limit - to);
    for (let i = start; i < stop; i++) bytes[to++] = source[i]!;
    return to;
  }
}

export class BodyPool {
  /** Messages that found no buffer, since construction. */
  refused = 0;
  /** Buffers taken away from idle messages, since construction. */
  reclaimed = 0;

  readonly #limits: BodyPoolLimits;
  readonly #buffers: BodyBuffer[] = [];
  readonly #free: BodyBuffer[] = [];

  constructor(limits: BodyPoolLimits) {
    this.#limits = limits;
  }

  /** Buffers in use. */
  get used(): number {
    return this.#buffers.length - this.#free.length;
  }

  addCounters(counters: Record<string, number>): void {
    counters["proto.body_buffers_used"] = this.used;
    counters["proto.body_buffers_refused"] = this.refused;
    counters["proto.body_buffers_reclaimed"] = this.reclaimed;
  }

  /** An empty buffer, or null if all are in use. */
  lease(nowUs: number): BodyBuffer | null {
    const buffer = this.#free.pop() ?? this.#make() ?? this.#reclaim(nowUs);
    if (buffer === null) {
      this.refused++;
      return null;
    }
    buffer.isFree = false;
    buffer.lease++;
    buffer.headEnd = 0;
    buffer.trailerEnd = 0;
    buffer.bodyEnd = buffer.bodyStart;
    buffer.pieces.clear();
    buffer.bodyBeforeHead = 0;
    buffer.touchedUs = nowUs;
    return buffer;
  }

  release(buffer: BodyBuffer, lease: number): void {
    if (buffer.isFree || buffer.lease !== lease) return;
    buffer.isFree = true;
    this.#free.push(buffer);
  }

  #make(): BodyBuffer | null {
    if (this.#buffers.length === this.#limits.maxBuffers) return null;
    const buffer = new BodyBuffer(this.#limits.headBytes, this.#limits.bodyBytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  #reclaim(nowUs: number): BodyBuffer | null {
    let oldest: BodyBuffer | null = null;
    for (const buffer of this.#buffers) {
      if (oldest === null || buffer.touchedUs < oldest.touchedUs) oldest = buffer;
    }
    if (oldest === null || nowUs - oldest.touchedUs < this.#limits.idleUs) return null;
    this.reclaimed++;
    return oldest;
  }
}
