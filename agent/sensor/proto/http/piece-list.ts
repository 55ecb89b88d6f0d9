/** Pieces that are told apart; the octets of further ones count to the last. */
const MAX_PIECES = 256;

/** Where the pieces end in which a body came, counted from its beginning. */
export class PieceList {
  count = 0;
  readonly #ends = new Int32Array(MAX_PIECES);

  clear(): void {
    this.count = 0;
  }

  /** The body now ends at `end`. */
  add(end: number): void {
    if (this.count < MAX_PIECES) this.count++;
    this.#ends[this.count - 1] = end;
  }

  end(index: number): number {
    return this.#ends[index]!;
  }

  copyFrom(other: PieceList): void {
    this.count = other.count;
    for (let i = 0; i < other.count; i++) this.#ends[i] = other.#ends[i]!;
  }
}
