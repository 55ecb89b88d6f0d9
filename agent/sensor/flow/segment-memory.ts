/**
 * Owns a faint memory of the last segments read of each direction, so that the same segment with other bytes is
 * noticed although the first bytes are gone: one of the two the receiver has not read, and nobody here can tell
 * which (a small TTL, a checksum only the receiver minds). Kept is a hash of 16 bits over some 64 bytes of a segment, at places
 * nobody outside knows; a forger who changes a few bytes may slip through, one who changes the message does not.
 * Bound: four segments per direction, and only of its first `REMEMBERED_BYTES`. Memory: its part of the
 * flow's row.
 */
import { type FlowRows, ROW_BYTES, ROW_WORDS, RowPart } from "./flow-rows.js";

/** Evasion happens where requests are; bulk behind it is not worth the time. */
export const REMEMBERED_BYTES = 65_536;

const SEGMENTS = 4;
const SAMPLES = 64;

const SEQUENCE = 0;
/** Half a word each; 0: no segment. */
const LENGTH_AND_HASH = 1;
const STRIDE = 2;
const HASH_MASK = 0xffff;
const LATEST_BITS = 4;

/** Where the segments of a direction begin. */
function segmentsOf(direction: number): number {
  return (direction >> 1) * ROW_WORDS + (direction & 1) * SEGMENTS * STRIDE;
}

export class SegmentMemory {
  readonly #seed: number;
  readonly #segment: Int32Array;
  readonly #latest: Uint8Array;

  constructor(rows: FlowRows, seed: number) {
    this.#seed = (seed ^ 0x5bd1e995) | 0;
    this.#segment = rows.int32(RowPart.SEGMENTS);
    this.#latest = rows.uint8(RowPart.LATEST);
  }

  forget(direction: number): void {
    const first = segmentsOf(direction);
    for (let i = 0; i < SEGMENTS; i++) this.#segment[first + i * STRIDE + LENGTH_AND_HASH] = 0;
  }

  remember(direction: number, sequence: number, bytes: Uint8Array, offset: number, length: number): void {
    const l = (direction >> 1) * ROW_BYTES;
    const shift = (direction & 1) * LATEST_BITS;
    const both = this.#latest[l]!;
    const latest = ((both >>> shift) + 1) % SEGMENTS;
    this.#latest[l] = (both & ~((SEGMENTS - 1) << shift)) | (latest << shift);
    const s = segmentsOf(direction) + latest * STRIDE;
    this.#segment[s + SEQUENCE] = sequence;
    this.#segment[s + LENGTH_AND_HASH] = (length << 16) | this.#hash(bytes, offset, length);
  }

  /** Whether this segment was read before with other bytes. */
  differs(direction: number, sequence: number, bytes: Uint8Array, offset: number, length: number): boolean {
    for (let i = 0; i < SEGMENTS; i++) {
      const s = segmentsOf(direction) + i * STRIDE;
      const lengthAndHash = this.#segment[s + LENGTH_AND_HASH]!;
      if (this.#segment[s + SEQUENCE] !== sequence || lengthAndHash >>> 16 !== length) continue;
      return (lengthAndHash & HASH_MASK) !== this.#hash(bytes, offset, length);
    }
    return false;
  }

  #hash(bytes: Uint8Array, offset: number, length: number): number {
    const step = Math.max(1, Math.floor(length / SAMPLES));
    let hash = this.#seed ^ length;
    for (let i = (this.#seed >>> 1) % step; i < length; i += step) {
      hash = Math.imul(hash ^ bytes[offset + i]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    return (hash ^ (hash >>> 16)) & HASH_MASK;
  }
}
