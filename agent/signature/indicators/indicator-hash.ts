/**
 * A hash of 64 bits in two lanes, fed byte by byte without allocating. Lists are compiled and traffic is looked up by it.
 *
 * What is fed is one running state; `finish` mixes it with a space and leaves the state as it was. So the names above a name
 * (`c`, `b.c`, `a.b.c`, fed from the end) are all hashed in one pass.
 */
import { lowerCase } from "../../sensor/proto/octets.js";

export class IndicatorHash {
  /** The hash, after `finish`. */
  high = 0;
  low = 0;
  #a = 0;
  #b = 0;

  begin(): void {
    this.#a = 0x243f6a88;
    this.#b = 0x85a308d3 | 0;
  }

  add(byte: number): void {
    const a = Math.imul(this.#a ^ byte, 0x9e3779b1);
    const b = Math.imul(this.#b ^ byte, 0x85ebca6b);
    this.#a = (a << 13) | (a >>> 19);
    this.#b = (b << 17) | (b >>> 15);
  }

  /** Feed `bytes[start, end)` from its end, ASCII letters in lower case. */
  addBackwards(bytes: Uint8Array, start: number, end: number): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = end - 1; i >= start; i--) {
      const byte = lowerCase(bytes[i]!);
      a = Math.imul(a ^ byte, 0x9e3779b1);
      b = Math.imul(b ^ byte, 0x85ebca6b);
      a = (a << 13) | (a >>> 19);
      b = (b << 17) | (b >>> 15);
    }
    this.#a = a;
    this.#b = b;
  }

  addWord(word: number): void {
    this.add(word >>> 24);
    this.add((word >>> 16) & 0xff);
    this.add((word >>> 8) & 0xff);
    this.add(word & 0xff);
  }

  /**
   * The same bytes in two spaces differ in the last bits alone, so that both stand beside each other in a table.
   *
   * @param space IndicatorSpace
   */
  finish(space: number): void {
    const mixedA = Math.imul(this.#a ^ (this.#a >>> 16), 0x85ebca6b);
    const mixedB = Math.imul(this.#b ^ (this.#b >>> 13), 0xc2b2ae35);
    const a = mixedA ^ Math.imul(mixedB ^ (mixedB >>> 15), 0x9e3779b1);
    const b = mixedB ^ Math.imul(a ^ (a >>> 16), 0x2c1b3c6d);
    this.high = (a ^ (a >>> 13)) >>> 0;
    this.low = (b ^ (b >>> 16) ^ space) >>> 0;
  }
}
