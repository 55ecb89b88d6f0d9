/**
 * Owns the memory of states that are over, for others: V8 takes each array of some hundred bytes from the system, and gives it back on
 * another thread. What an earlier flow has left in it nobody reads: what a state knows of its memory says what is there.
 * Bound: MAX_FREE pieces.
 */
const MAX_FREE = 256;

export class StateMemories {
  readonly #free: Uint8Array[] = [];
  readonly #byteCount: number;

  /** @param byteCount of each piece */
  constructor(byteCount: number) {
    this.#byteCount = byteCount;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.#byteCount);
  }

  /** The state that had it is over. */
  giveBack(memory: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(memory);
  }
}
