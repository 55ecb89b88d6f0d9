/**
 * A hash of 64 bits in two lanes, fed byte by byte without allocating. Lists are compiled and traffic is looked up by it.
 *
 * What is fed is one running state; `finish` mixes it with a space and leaves the state as it was. So the names above a name
 * (`c`, `b.c`, `a.b.c`, fed from the end) are all hashed in one pass.
 */
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

  addWord(word: number): void {
    this.add(word >>> 24);
    this.add((word >>> 16) & 0xff);
    this.add((word >>> 8) & 0xff);
    this.add(word & 0xff);
  }

  /** @param space IndicatorSpace */
  finish(space: number): void {
    const mixedA = Math.imul(this.#a ^ (this.#a >>> 16) ^ Math.imul(space + 1, 0x01000193), 0x85ebca6b);
    const mixedB = Math.imul(this.#b ^ (this.#b >>> 13) ^ Math.imul(space + 1, 0x27d4eb2f), 0xc2b2ae35);
    const a = mixedA ^ Math.imul(mixedB ^ (mixedB >>> 15), 0x9e3779b1);
    const b = mixedB ^ Math.imul(a ^ (a >>> 16), 0x2c1b3c6d);
    this.high = (a ^ (a >>> 13)) >>> 0;
    this.low = (b ^ (b >>> 16)) >>> 0;
  }
}
