/** Writes numbers in network order one behind another. */
export class NetworkBytes {
  #octets = new Uint8Array(64);
  #length = 0;

  u8(value: number): this {
    if (this.#length === this.#octets.length) this.#grow(1);
    this.#octets[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  bytes(octets: Uint8Array): this {
    if (this.#length + octets.length > this.#octets.length) this.#grow(octets.length);
    this.#octets.set(octets, this.#length);
    this.#length += octets.length;
    return this;
  }

  end(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  #grow(more: number): void {
    const larger = new Uint8Array(2 * (this.#length + more));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}
