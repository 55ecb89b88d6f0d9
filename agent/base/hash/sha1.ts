import { BlockHash, writeBigEndian } from "./block-hash.js";

/** Length of a SHA-1 digest in bytes. */
export const SHA1_BYTES = 20;

/** SHA-1 (FIPS 180-4), for the certificate fingerprints that lists are keyed by: no protection against forgery. */
export class Sha1 extends BlockHash {
  readonly digestBytes = SHA1_BYTES;
  readonly #schedule = new Int32Array(80);
  readonly #state = new Int32Array(5);

  protected reset(): void {
    const state = this.#state;
    state[0] = 0x67452301;
    state[1] = 0xefcdab89;
    state[2] = 0x98badcfe;
    state[3] = 0x10325476;
    state[4] = 0xc3d2e1f0;
  }

  protected compress(bytes: Uint8Array, offset: number): void {
    const schedule = this.#schedule;
    for (let i = 0; i < 16; i++) {
      const at = offset + i * 4;
      schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    for (let i = 16; i < 80; i++) {
      const word = schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!;
      schedule[i] = (word << 1) | (word >>> 31);
    }
    const state = this.#state;
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    for (let i = 0; i < 80; i++) {
      let mixed: number;
      if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      else mixed = (b ^ c ^ d) + 0xca62c1d6;
      const sum = (((a << 5) | (a >>> 27)) + mixed + e + schedule[i]!) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = sum;
    }
    state[0] = state[0]! + a;
    state[1] = state[1]! + b;
    state[2] = state[2]! + c;
    state[3] = state[3]! + d;
    state[4] = state[4]! + e;
  }

  protected writeBitLength(block: Uint8Array, offset: number, high: number, low: number): void {
    writeBigEndian(block, offset, high);
    writeBigEndian(block, offset + 4, low);
  }

  protected writeDigest(out: Uint8Array, offset: number): void {
    for (let i = 0; i < 5; i++) writeBigEndian(out, offset + i * 4, this.#state[i]!);
  }
}
