import { BlockHash, writeBigEndian } from "./block-hash.js";

/** Length of a SHA-256 digest in bytes. */
export const SHA256_BYTES = 32;

const ROUNDS = 64;
/** The fractional parts of the cube roots of the first 64 primes (round constants), and of the square roots of the first 8. */
const CUBE_ROOTS = new Int32Array(ROUNDS);
const SQUARE_ROOTS = new Int32Array(8);
for (let candidate = 2, count = 0; count < ROUNDS; candidate++) {
  let isPrime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) isPrime = false;
  }
  if (!isPrime) continue;
  const cubeRoot = Math.cbrt(candidate);
  CUBE_ROOTS[count] = Math.floor((cubeRoot % 1) * 0x100000000) | 0;
  if (count < 8) SQUARE_ROOTS[count] = Math.floor((Math.sqrt(candidate) % 1) * 0x100000000) | 0;
  count++;
}

/** SHA-256 (FIPS 180-4). */
export class Sha256 extends BlockHash {
  readonly digestBytes = SHA256_BYTES;
  readonly #schedule = new Int32Array(ROUNDS);
  readonly #state = new Int32Array(8);

  protected reset(): void {
    this.#state.set(SQUARE_ROOTS);
  }

  protected compress(bytes: Uint8Array, offset: number): void {
    const schedule = this.#schedule;
    for (let i = 0; i < 16; i++) {
      const at = offset + i * 4;
      schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    for (let i = 16; i < ROUNDS; i++) {
      const w15 = schedule[i - 15]!;
      const w2 = schedule[i - 2]!;
      const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
      const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
      schedule[i] = (schedule[i - 16]! + s0 + schedule[i - 7]! + s1) | 0;
    }
    const state = this.#state;
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let i = 0; i < ROUNDS; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + CUBE_ROOTS[i]! + schedule[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] = state[0]! + a;
    state[1] = state[1]! + b;
    state[2] = state[2]! + c;
    state[3] = state[3]! + d;
    state[4] = state[4]! + e;
    state[5] = state[5]! + f;
    state[6] = state[6]! + g;
    state[7] = state[7]! + h;
  }

  protected writeBitLength(block: Uint8Array, offset: number, high: number, low: number): void {
    writeBigEndian(block, offset, high);
    writeBigEndian(block, offset + 4, low);
  }

  protected writeDigest(out: Uint8Array, offset: number): void {
    for (let i = 0; i < 8; i++) writeBigEndian(out, offset + i * 4, this.#state[i]!);
  }
}
