/** A count that only rises, made from readings of a 32-bit one that wraps around. */
export class RisingCount {
  #last = 0;
  #total = 0;

  get value(): number {
    return this.#total;
  }

  /** Take in a reading; at most 2³²−1 may have been added since the last one. */
  read(reading: number): void {
    this.#total += (reading - this.#last) >>> 0;
    this.#last = reading;
  }
}
