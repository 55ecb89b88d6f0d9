/**
 * The frame that MD5, SHA-1 and SHA-256 share (Merkle–Damgård over blocks of 64 bytes): buffering, padding and
 * length. Plain TypeScript, so that rooms without `node:` modules can hash packet bytes without an allocation.
 * One object holds one running hash and is used again and again; memory: 64 bytes plus the state words.
 */

const BLOCK_BYTES = 64;

export abstract class BlockHash {
  /** Length of the digest in bytes. */
  abstract readonly digestBytes: number;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #used = 0;
  #totalBytes = 0;

  /** Forget everything and start a new hash. */
  begin(): void {
    this.#used = 0;
    this.#totalBytes = 0;
    this.reset();
  }

  /** Take in `bytes[offset, offset + length)`. The caller vouches that the range lies inside. */
  update(bytes: Uint8Array, offset: number, length: number): void {
    const end = offset + length;
    const block = this.#block;
    let used = this.#used;
    let at = offset;
    this.#totalBytes += length;
    if (used > 0) {
      while (used < BLOCK_BYTES && at < end) block[used++] = bytes[at++]!;
      if (used < BLOCK_BYTES) {
        this.#used = used;
        return;
      }
      this.compress(block, 0);
      used = 0;
    }
    for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) this.compress(bytes, at);
    while (at < end) block[used++] = bytes[at++]!;
    this.#used = used;
  }

  /** Write the digest to `out[outOffset, outOffset + digestBytes)`. `begin` starts the next hash. */
  finish(out: Uint8Array, outOffset: number): void {
    const block = this.#block;
    const totalBytes = this.#totalBytes;
    let used = this.#used;
    block[used++] = 0x80;
    if (used > BLOCK_BYTES - 8) {
      block.fill(0, used);
      this.compress(block, 0);
      used = 0;
    }
    block.fill(0, used);
    this.writeBitLength(block, BLOCK_BYTES - 8, Math.floor(totalBytes / 0x20000000), (totalBytes << 3) >>> 0);
    this.compress(block, 0);
    this.writeDigest(out, outOffset);
  }

  /** The digest of one range. */
  digest(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    this.begin();
    this.update(bytes, offset, length);
    this.finish(out, outOffset);
  }

  protected abstract reset(): void;
  /** Mix in the 64 bytes at `offset`. */
  protected abstract compress(bytes: Uint8Array, offset: number): void;
  /** The message length in bits as 64 bits, in the byte order of the hash. */
  protected abstract writeBitLength(block: Uint8Array, offset: number, high: number, low: number): void;
  protected abstract writeDigest(out: Uint8Array, offset: number): void;
}

export function writeBigEndian(out: Uint8Array, offset: number, word: number): void {
  out[offset] = word >>> 24;
  out[offset + 1] = word >>> 16;
  out[offset + 2] = word >>> 8;
  out[offset + 3] = word;
}

export function writeLittleEndian(out: Uint8Array, offset: number, word: number): void {
  out[offset] = word;
  out[offset + 1] = word >>> 8;
  out[offset + 2] = word >>> 16;
  out[offset + 3] = word >>> 24;
}
