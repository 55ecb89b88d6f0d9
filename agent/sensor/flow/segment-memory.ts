/**
 * Owns a faint memory of the last segments read of each direction, so that the same segment with other bytes is
 * noticed although the first bytes are gone: one of the two the receiver has not read, and nobody here can tell
 * which (a small TTL, a checksum only the receiver minds). Kept is a hash over some 64 bytes of a segment, at places
 * nobody outside knows; a forger who changes a few bytes may slip through, one who changes the message does not.
 * Bound: four segments per direction, and only of its first `REMEMBERED_BYTES`. Memory: 49 bytes per direction.
 */

/** Evasion happens where requests are; bulk behind it is not worth the time. */
export const REMEMBERED_BYTES = 65_536;

const SEGMENTS = 4;
const SAMPLES = 64;

const SEQUENCE = 0;
const LENGTH = 1;
const HASH = 2;
const STRIDE = 3;

export class SegmentMemory {
  readonly #seed: number;
  readonly #segment: Int32Array;
  readonly #latest: Uint8Array;

  constructor(directions: number, seed: number) {
    this.#seed = (seed ^ 0x5bd1e995) | 0;
    this.#segment = new Int32Array(directions * SEGMENTS * STRIDE);
    this.#latest = new Uint8Array(directions);
  }

  forget(direction: number): void {
    const first = direction * SEGMENTS * STRIDE;
    for (let i = 0; i < SEGMENTS; i++) this.#segment[first + i * STRIDE + LENGTH] = 0;
  }

  remember(direction: number, sequence: number, bytes: Uint8Array, offset: number, length: number): void {
    const latest = (this.#latest[direction]! + 1) % SEGMENTS;
    this.#latest[direction] = latest;
    const s = (direction * SEGMENTS + latest) * STRIDE;
    this.#segment[s + SEQUENCE] = sequence;
    this.#segment[s + LENGTH] = length;
    this.#segment[s + HASH] = this.#hash(bytes, offset, length);
  }

  /** Whether this segment was read before with other bytes. */
  differs(direction: number, sequence: number, bytes: Uint8Array, offset: number, length: number): boolean {
    for (let i = 0; i < SEGMENTS; i++) {
      const s = (direction * SEGMENTS + i) * STRIDE;
      if (this.#segment[s + SEQUENCE] !== sequence || this.#segment[s + LENGTH] !== length) continue;
      return this.#segment[s + HASH] !== this.#hash(bytes, offset, length);
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
    return hash;
  }
}
