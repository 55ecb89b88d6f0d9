/** Writes numbers in network order one behind another. */
export class NetworkBytes {
  readonly #octets: number[] = [];

  u8(value: number): this {
    this.#octets.push(value & 255);
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  bytes(octets: Uint8Array): this {
    for (const octet of octets) this.#octets.push(octet);
    return this;
  }

  end(): Uint8Array {
    return Uint8Array.from(this.#octets);
  }
}
