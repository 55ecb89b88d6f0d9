import { BlockHash, writeLittleEndian } from "./block-hash.js";

/** Length of an MD5 digest in bytes. */
export const MD5_BYTES = 16;

/** Constants of RFC 1321: floor(2^32 × |sin(i + 1)|). */
const SINES = new Int32Array(64);
for (let i = 0; i < 64; i++) SINES[i] = Math.floor(Math.abs(Math.sin(i + 1)) * 0x100000000) | 0;

/** Rotation of each step: four per round, repeated. */
const ROTATIONS = new Uint8Array([7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]);

/** MD5 (RFC 1321), for fingerprints that are defined by it (JA3, HASSH): no protection against forgery. */
export class Md5 extends BlockHash {
  readonly digestBytes = MD5_BYTES;
  readonly #words = new Int32Array(16);
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  protected reset(): void {
    this.#a = 0x67452301;
    this.#b = 0xefcdab89 | 0;
    this.#c = 0x98badcfe | 0;
    this.#d = 0x10325476;
  }

  protected compress(bytes: Uint8Array, offset: number): void {
    const words = this.#words;
    for (let i = 0; i < 16; i++) {
      const at = offset + i * 4;
      words[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    }
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let i = 0; i < 64; i++) {
      let mixed: number;
      let word: number;
      if (i < 16) {
        mixed = (b & c) | (~b & d);
        word = i;
      } else if (i < 32) {
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) & 15;
      } else if (i < 48) {
        mixed = b ^ c ^ d;
        word = (3 * i + 5) & 15;
      } else {
        mixed = c ^ (b | ~d);
        word = (7 * i) & 15;
      }
      const sum = (a + mixed + SINES[i]! + words[word]!) | 0;
      const rotation = ROTATIONS[((i >>> 4) << 2) | (i & 3)]!;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0;
    }
    this.#a = (this.#a + a) | 0;
    this.#b = (this.#b + b) | 0;
    this.#c = (this.#c + c) | 0;
    this.#d = (this.#d + d) | 0;
  }

  protected writeBitLength(block: Uint8Array, offset: number, high: number, low: number): void {
    writeLittleEndian(block, offset, low);
    writeLittleEndian(block, offset + 4, high);
  }

  protected writeDigest(out: Uint8Array, offset: number): void {
    writeLittleEndian(out, offset, this.#a);
    writeLittleEndian(out, offset + 4, this.#b);
    writeLittleEndian(out, offset + 8, this.#c);
    writeLittleEndian(out, offset + 12, this.#d);
  }
}
