/**
 * Owns the buffers in which messages wait whose body is not all there: the head, then trailers, in front, the body
 * behind it. A buffer grows with what it holds.
 *
 * Bound: the memory of all buffers together (body-memory.ts), and a number of them (1 KiB each for where the pieces end). When
 * there is no room the buffer that was not touched for longest is taken away from its message, if that is longer ago than
 * `idleUs`; otherwise the caller goes without.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { copyOctets } from "../octets.js";
import { BodyMemory } from "./body-memory.js";
import { PieceList } from "./piece-list.js";

export interface BodyPoolLimits {
  /** Buffers at most. */
  readonly maxBuffers: number;
  /** Bytes of all buffers together. */
  readonly memoryBytes: number;
  /** Room for a head with its trailers, bytes. */
  readonly headBytes: number;
  /** Room for a body, bytes. */
  readonly bodyBytes: number;
  /** A buffer untouched for longer may be taken away. */
  readonly idleUs: number;
}

/** Room that a head has for trailers behind it, as long as there are none. */
const TRAILER_BYTES = 512;

export class BodyBuffer {
  bytes: Uint8Array = NO_BYTES;
  /** The head stands at `[0, headEnd)`, trailers at `[headEnd, trailerEnd)`. */
  headEnd = 0;
  trailerEnd = 0;
  /** The body stands at `[bodyStart, bodyEnd)`. */
  bodyStart = 0;
  bodyEnd = 0;
  readonly pieces = new PieceList();
  /** Octets of the body that came before its head. */
  bodyBeforeHead = 0;
  /** Counts leases: who holds an older number has lost the buffer. */
  lease = 0;
  isFree = true;
  touchedUs = 0;
  readonly #pool: BodyPool;

  constructor(pool: BodyPool) {
    this.#pool = pool;
  }

  clear(): void {
    this.headEnd = 0;
    this.trailerEnd = 0;
    this.bodyStart = 0;
    this.bodyEnd = 0;
    this.pieces.clear();
    this.bodyBeforeHead = 0;
  }

  /** Append to the head what its limit allows. False if there is no memory for it. */
  appendHead(source: Uint8Array, start: number, end: number): boolean {
    const length = Math.min(end - start, this.#pool.limits.headBytes - this.headEnd);
    if (!this.#reserve(this.headEnd + length, 0)) return false;
    copyOctets(source, start, start + length, this.bytes, this.headEnd);
    this.headEnd += length;
    this.trailerEnd = this.headEnd;
    return true;
  }

  /** The same for trailers; without memory for them they are left out. */
  appendTrailer(source: Uint8Array, start: number, end: number): void {
    const length = Math.min(end - start, this.#pool.limits.headBytes - this.trailerEnd);
    if (length <= 0 || !this.#reserve(this.trailerEnd + length, 0)) return;
    copyOctets(source, start, start + length, this.bytes, this.trailerEnd);
    this.trailerEnd += length;
  }

  /** The same for the body. */
  appendBody(source: Uint8Array, start: number, end: number): boolean {
    const length = Math.min(end - start, this.#pool.limits.bodyBytes - (this.bodyEnd - this.bodyStart));
    if (!this.#reserve(0, this.bodyEnd - this.bodyStart + length)) return false;
    copyOctets(source, start, start + length, this.bytes, this.bodyEnd);
    this.bodyEnd += length;
    this.pieces.add(this.bodyEnd - this.bodyStart - this.bodyBeforeHead);
    return true;
  }

  /** Have room for `headBytes` of head and trailers and for `bodyBytes` of body, and keep what is there. */
  #reserve(headBytes: number, bodyBytes: number): boolean {
    const { bytes, bodyStart } = this;
    const length = this.bodyEnd - bodyStart;
    if (headBytes <= bodyStart && bodyStart + bodyBytes <= bytes.length) return true;
    const newStart =
      headBytes <= bodyStart ? bodyStart : Math.min(headBytes + TRAILER_BYTES, this.#pool.limits.headBytes);
    const larger = this.#pool.takeMemory(newStart + Math.max(length, bodyBytes), this);
    if (larger === null) return false;
    larger.set(bytes.subarray(0, this.trailerEnd));
    larger.set(bytes.subarray(bodyStart, this.bodyEnd), newStart);
    this.#pool.giveMemoryBack(this);
    this.bytes = larger;
    this.bodyStart = newStart;
    this.bodyEnd = newStart + length;
    return true;
  }
}

export class BodyPool {
  /** Messages that found no buffer, or no memory to go on in theirs, since construction. */
  refused = 0;
  /** Buffers taken away from idle messages, since construction. */
  reclaimed = 0;

  readonly limits: BodyPoolLimits;
  readonly #memory: BodyMemory;
  readonly #buffers: BodyBuffer[] = [];
  readonly #free: BodyBuffer[] = [];

  constructor(limits: BodyPoolLimits) {
    this.limits = limits;
    this.#memory = new BodyMemory(limits.memoryBytes, limits.headBytes + limits.bodyBytes);
  }

  /** Buffers in use. */
  get used(): number {
    return this.#buffers.length - this.#free.length;
  }

  addCounters(counters: Record<string, number>): void {
    counters["proto.body_buffers_used"] = this.used;
    counters["proto.body_buffers_bytes"] = this.#memory.bytes;
    counters["proto.body_buffers_refused"] = this.refused;
    counters["proto.body_buffers_reclaimed"] = this.reclaimed;
  }

  /** An empty buffer, or null if all are in use. */
  lease(nowUs: number): BodyBuffer | null {
    if (this.#free.length === 0) this.#make();
    if (this.#free.length === 0) this.#reclaim(nowUs, undefined);
    const buffer = this.#free.pop();
    if (buffer === undefined) {
      this.refused++;
      return null;
    }
    buffer.isFree = false;
    buffer.lease++;
    buffer.clear();
    buffer.touchedUs = nowUs;
    return buffer;
  }

  release(buffer: BodyBuffer, lease: number): void {
    if (buffer.isFree || buffer.lease !== lease) return;
    buffer.isFree = true;
    this.giveMemoryBack(buffer);
    this.#free.push(buffer);
  }

  /** For a buffer that grows; null where there is no room. */
  takeMemory(byteCount: number, buffer: BodyBuffer): Uint8Array | null {
    let memory = this.#memory.take(byteCount);
    while (memory === null && this.#reclaim(buffer.touchedUs, buffer)) memory = this.#memory.take(byteCount);
    if (memory === null) this.refused++;
    return memory;
  }

  /** What stands in it can be read until memory is taken again. */
  giveMemoryBack(buffer: BodyBuffer): void {
    this.#memory.giveBack(buffer.bytes);
    buffer.bytes = NO_BYTES;
  }

  #make(): void {
    if (this.#buffers.length === this.limits.maxBuffers) return;
    const buffer = new BodyBuffer(this);
    this.#buffers.push(buffer);
    this.#free.push(buffer);
  }

  /** Take the buffer away that was idle for longest, but for `spared`; false where none was idle for long. */
  #reclaim(nowUs: number, spared: BodyBuffer | undefined): boolean {
    let oldest: BodyBuffer | undefined;
    for (const buffer of this.#buffers) {
      if (buffer.isFree || buffer === spared) continue;
      if (oldest === undefined || buffer.touchedUs < oldest.touchedUs) oldest = buffer;
    }
    if (oldest === undefined || nowUs - oldest.touchedUs < this.limits.idleUs) return false;
    this.reclaimed++;
    this.release(oldest, oldest.lease);
    return true;
  }
}
