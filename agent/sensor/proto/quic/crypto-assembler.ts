/** Longest handshake message that is put together: a ClientHello with post-quantum key shares has about 2 KiB. */
export const MAX_CRYPTO_BYTES = 16 * 1024;
/** Handshakes that can be under way at the same time; each takes two or three datagrams. */
const SLOTS = 64;

/** One stream of CRYPTO frames, with a mark for each byte that has arrived. */
class CryptoStream {
  readonly bytes = new Uint8Array(MAX_CRYPTO_BYTES);
  readonly arrived = new Uint8Array(MAX_CRYPTO_BYTES);
  owner: object | undefined;
  direction = 0;
  /** Bytes from 0 on without a gap. */
  contiguous = 0;
  /** End of the farthest byte that has arrived. */
  highest = 0;
  /** For eviction: when it was taken, as a count. */
  takenAt = 0;
}

/**
 * Puts CRYPTO frames (RFC 9000, 19.6) in order, over as many packets as they come in. Where frames overlap, the
 * later one counts.
 *
 * Memory: a fixed number of streams (2 MiB) for all flows; when all are taken, the one taken first is given up and
 * counted in `evictions`.
 */
export class CryptoAssembler {
  evictions = 0;
  readonly #streams: readonly CryptoStream[] = Array.from({ length: SLOTS }, () => new CryptoStream());
  #current: CryptoStream = this.#streams[0]!;
  #count = 0;

  /** The bytes of the stream last added to, and how many of them are there without a gap. */
  get bytes(): Uint8Array {
    return this.#current.bytes;
  }
  get contiguous(): number {
    return this.#current.contiguous;
  }

  /** Note `length` bytes of the stream of (owner, direction) from `position` on; false if they lie beyond the bound. */
  add(
    owner: object,
    direction: number,
    position: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    if (position + length > MAX_CRYPTO_BYTES) return false;
    const stream = this.#find(owner, direction) ?? this.#take(owner, direction);
    this.#current = stream;
    for (let i = 0; i < length; i++) {
      stream.bytes[position + i] = bytes[offset + i]!;
      stream.arrived[position + i] = 1;
    }
    stream.highest = Math.max(stream.highest, position + length);
    while (stream.contiguous < stream.highest && stream.arrived[stream.contiguous] === 1) stream.contiguous++;
    return true;
  }

  /** Nothing more is wanted of this stream. Its bytes stay readable until the next `add`. */
  release(owner: object, direction: number): void {
    const stream = this.#find(owner, direction);
    if (stream !== undefined) stream.owner = undefined;
  }

  #find(owner: object, direction: number): CryptoStream | undefined {
    for (let i = 0; i < SLOTS; i++) {
      const stream = this.#streams[i]!;
      if (stream.owner === owner && stream.direction === direction) return stream;
    }
    return undefined;
  }

  #take(owner: object, direction: number): CryptoStream {
    let stream = this.#streams[0]!;
    for (let i = 0; i < SLOTS; i++) {
      const candidate = this.#streams[i]!;
      if (candidate.owner === undefined) {
        stream = candidate;
        break;
      }
      if (candidate.takenAt < stream.takenAt) stream = candidate;
    }
    if (stream.owner !== undefined) this.evictions++;
    stream.arrived.fill(0, 0, stream.highest);
    stream.owner = owner;
    stream.direction = direction;
    stream.contiguous = 0;
    stream.highest = 0;
    stream.takenAt = ++this.#count;
    return stream;
  }
}
