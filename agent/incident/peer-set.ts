/**
 * Owns "who all took part": the first few by name, all of them by number.
 *
 * Up to 128 are counted exactly, more are estimated by HyperLogLog with 512 registers (standard error 4.6 %).
 * Memory: 32 names, 128 hashes or 512 bytes; a set of one holds nothing else. Specification: Flajolet, Fusy,
 * Gandouet, Meunier, "HyperLogLog", 2007.
 */
import { hash53 } from "./incident-id.js";

const NAMED = 32;
const EXACT = 128;
const REGISTER_BITS = 9;
const REGISTERS = 1 << REGISTER_BITS;

export class PeerSet<T> {
  readonly #keyOf: (peer: T) => string;
  readonly #named = new Map<string, T>();
  /** Hashes of all, once there are more than are named; gone when they are only estimated. */
  #hashes: Set<number> | undefined;
  #registers: Uint8Array | undefined;
  /** Number known from before a restart, which what is counted anew must not fall below. */
  #floor = 0;

  constructor(keyOf: (peer: T) => string) {
    this.#keyOf = keyOf;
  }

  get named(): readonly T[] {
    return [...this.#named.values()];
  }

  get isEstimate(): boolean {
    return this.#registers !== undefined || this.#floor > this.#counted;
  }

  get count(): number {
    return Math.max(this.#floor, this.#counted);
  }

  add(peer: T): void {
    const key = this.#keyOf(peer);
    if (this.#named.has(key)) return;
    if (this.#named.size < NAMED && !this.#hashes && !this.#registers) {
      this.#named.set(key, peer);
      return;
    }
    this.#addHash(hash53(key));
  }

  /** Take over what another set has; where that one only estimates, its number is a lower bound here. */
  merge(other: PeerSet<T>): void {
    for (const peer of other.named) this.add(peer);
    this.raise(other.count);
  }

  /** The set is known to have so many members, named or not. */
  raise(count: number): void {
    this.#floor = Math.max(this.#floor, count);
  }

  get #counted(): number {
    if (this.#registers) return Math.round(estimate(this.#registers));
    return this.#hashes?.size ?? this.#named.size;
  }

  #addHash(hash: number): void {
    if (this.#registers) {
      note(this.#registers, hash);
      return;
    }
    this.#hashes ??= new Set([...this.#named.keys()].map((key) => hash53(key)));
    this.#hashes.add(hash);
    if (this.#hashes.size <= EXACT) return;
    this.#registers = new Uint8Array(REGISTERS);
    for (const known of this.#hashes) note(this.#registers, known);
    this.#hashes = undefined;
  }
}

/** The low bits choose a register, which keeps the longest run of zeros seen in the others. */
function note(registers: Uint8Array, hash: number): void {
  const register = hash % REGISTERS;
  const rest = Math.floor(hash / REGISTERS) >>> 0;
  const rank = Math.clz32(rest) + 1;
  if (rank > registers[register]!) registers[register] = rank;
}

function estimate(registers: Uint8Array): number {
  let sum = 0;
  let empty = 0;
  for (const rank of registers) {
    sum += 2 ** -rank;
    if (rank === 0) empty += 1;
  }
  const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / sum;
  // Linear counting where many registers are still empty.
  return raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
}
