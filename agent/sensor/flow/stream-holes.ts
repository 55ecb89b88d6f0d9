/**
 * Owns the holes within what the payload rules have not looked at yet: places in a head (RAW) that are kept free for bytes that
 * may still come, although the receiver has acknowledged what stands behind them.
 *
 * Bound: WAYS holes of a direction, SETS * WAYS in all; one that finds no place is not kept free. Memory: 20 KiB.
 */
import { HAS_HOLES, RAW, type StreamHeads } from "./stream-heads.js";

const SETS = 256;
const WAYS = 4;
const NONE = -1;

export class StreamHoles {
  /** The hole that `find` has found, as positions in the stream, the end exclusive. */
  from = 0;
  to = 0;
  readonly #heads: StreamHeads;
  /** Direction (flow * 2 + direction) of each, valid only where its head says that it has holes. */
  readonly #owner = new Int32Array(SETS * WAYS).fill(NONE);
  readonly #from = new Float64Array(SETS * WAYS);
  readonly #to = new Float64Array(SETS * WAYS);

  constructor(heads: StreamHeads) {
    this.#heads = heads;
  }

  reset(): void {
    this.#owner.fill(NONE);
  }

  /** Whether the RAW head of the direction has holes. */
  has(d: number): boolean {
    return (this.#heads.flags(d * 2 + RAW) & HAS_HOLES) !== 0;
  }

  /** Keep [from, to) free. False: there is no place for one more. */
  add(d: number, from: number, to: number): boolean {
    const r = d * 2 + RAW;
    if (!this.has(d)) this.#forget(d);
    const way = this.#freeWay(d);
    if (way < 0) return false;
    this.#owner[way] = d;
    this.#from[way] = from;
    this.#to[way] = to;
    this.#heads.setFlags(r, this.#heads.flags(r) | HAS_HOLES);
    return true;
  }

  /** Find the first hole that does not end before `position`. */
  find(d: number, position: number): boolean {
    if (!this.has(d)) return false;
    let found = NONE;
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) {
      if (this.#owner[way] !== d || this.#to[way]! <= position) continue;
      if (found < 0 || this.#from[way]! < this.#from[found]!) found = way;
    }
    if (found < 0) return false;
    this.from = this.#from[found]!;
    this.to = this.#to[found]!;
    return true;
  }

  /**
   * Bytes that come late are put where they belong, as far as that has been kept free.
   *
   * @param headPosition of the head's first byte, `position` that of the first of these bytes
   */
  fill(
    d: number,
    headPosition: number,
    position: number,
    bytes: Uint8Array,
    offset: number,
    byteCount: number,
  ): void {
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) {
      if (this.#owner[way] !== d) continue;
      const from = Math.max(this.#from[way]!, position);
      const to = Math.min(this.#to[way]!, position + byteCount);
      if (from >= to || !this.#narrow(d, way, from, to)) continue;
      this.#heads.overwrite(d * 2 + RAW, from - headPosition, bytes, offset + from - position, to - from);
    }
    this.#settle(d);
  }

  /** What stands before `position` has been looked at. */
  passTo(d: number, position: number): void {
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) {
      if (this.#owner[way] === d) this.#from[way] = Math.max(this.#from[way]!, position);
    }
    this.#settle(d);
  }

  /** [from, to) of a hole is none any more. False: two would be left of it, and there is no place for the second. */
  #narrow(d: number, way: number, from: number, to: number): boolean {
    const end = this.#to[way]!;
    if (this.#from[way] === from) this.#from[way] = to;
    else {
      if (to < end && !this.add(d, to, end)) return false;
      this.#to[way] = from;
    }
    return true;
  }

  /** Holes of which nothing is left give their places back. */
  #settle(d: number): void {
    let count = 0;
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) {
      if (this.#owner[way] !== d) continue;
      if (this.#from[way]! < this.#to[way]!) count++;
      else this.#owner[way] = NONE;
    }
    const r = d * 2 + RAW;
    if (count === 0) this.#heads.setFlags(r, this.#heads.flags(r) & ~HAS_HOLES);
  }

  #forget(d: number): void {
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) if (this.#owner[way] === d) this.#owner[way] = NONE;
  }

  /** A place of the direction's set that nobody has, or whose owner has forgotten it with its head. */
  #freeWay(d: number): number {
    const first = setOf(d);
    for (let way = first; way < first + WAYS; way++) {
      const owner = this.#owner[way]!;
      if (owner === NONE || (owner !== d && !this.has(owner))) return way;
    }
    return NONE;
  }
}

function setOf(d: number): number {
  return (d % SETS) * WAYS;
}
