/**
 * Owns the memory of states that are over, for others: V8 takes each array of this size from the system, and gives it back on another
 * thread. What an earlier flow has left in it nobody reads: the lengths and flags of a state say what is there.
 * Bound: MAX_FREE pieces of MEMORY_BYTES.
 */
import { MEMORY_BYTES } from "./tls-state.js";

const MAX_FREE = 256;

export class TlsMemories {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(MEMORY_BYTES);
  }

  /** The state that had it is over. */
  giveBack(memory: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(memory);
  }
}
