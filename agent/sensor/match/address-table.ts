/** Slots looked at before the oldest of them gives way. */
const PROBES = 8;
const KEY_WORDS = 9;

/**
 * A bounded hash table from (number, address, address) to a row of two numbers and a time: what thresholds and host
 * marks remember. When the slots of a key are taken, the one untouched for the longest time is overwritten and counted.
 */
export class AddressTable {
  /** Rows overwritten while they were still in use. */
  evictions = 0;
  readonly count: Float64Array;
  readonly sinceUs: Float64Array;
  readonly #keys: Uint32Array;
  readonly #touchedUs: Float64Array;
  readonly #isUsed: Uint8Array;
  readonly #mask: number;
  readonly #key = new Uint32Array(KEY_WORDS);
  /** Whether the last `find` made a new row. */
  isNew = false;

  /** @param capacity rows; a power of two */
  constructor(capacity: number) {
    this.count = new Float64Array(capacity);
    this.sinceUs = new Float64Array(capacity);
    this.#keys = new Uint32Array(capacity * KEY_WORDS);
    this.#touchedUs = new Float64Array(capacity);
    this.#isUsed = new Uint8Array(capacity);
    this.#mask = capacity - 1;
  }

  /** Set the key of the next call: `id` and up to two addresses (undefined: not part of the key). */
  setKey(id: number, first: Uint32Array | undefined, second: Uint32Array | undefined): void {
    this.#key[0] = id;
    for (let i = 0; i < 4; i++) {
      this.#key[1 + i] = first ? first[i]! : 0;
      this.#key[5 + i] = second ? second[i]! : 0;
    }
  }

  /** The same with two addresses of which the order does not matter. */
  setPairKey(id: number, first: Uint32Array, second: Uint32Array): void {
    let isOrdered = true;
    for (let i = 0; i < 4; i++) {
      if (first[i]! === second[i]!) continue;
      isOrdered = first[i]! < second[i]!;
      break;
    }
    if (isOrdered) this.setKey(id, first, second);
    else this.setKey(id, second, first);
  }

  /** Row of the key, or −1. */
  find(): number {
    const start = this.#hash();
    for (let probe = 0; probe < PROBES; probe++) {
      const row = (start + probe) & this.#mask;
      if (this.#isUsed[row] === 1 && this.#hasKey(row)) return row;
    }
    return -1;
  }

  /** Row of the key, made where it is missing (`isNew`), touched at `nowUs`. */
  findOrAdd(nowUs: number): number {
    const start = this.#hash();
    let victim = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const row = (start + probe) & this.#mask;
      if (this.#isUsed[row] === 0) {
        if (victim < 0 || this.#isUsed[victim] === 1) victim = row;
      } else if (this.#hasKey(row)) {
        this.#touchedUs[row] = nowUs;
        this.isNew = false;
        return row;
      } else if (
        victim < 0 ||
        (this.#isUsed[victim] === 1 && this.#touchedUs[row]! < this.#touchedUs[victim]!)
      ) {
        victim = row;
      }
    }
    if (this.#isUsed[victim] === 1) this.evictions++;
    this.#isUsed[victim] = 1;
    this.#keys.set(this.#key, victim * KEY_WORDS);
    this.#touchedUs[victim] = nowUs;
    this.count[victim] = 0;
    this.sinceUs[victim] = nowUs;
    this.isNew = true;
    return victim;
  }

  remove(row: number): void {
    this.#isUsed[row] = 0;
  }

  clear(): void {
    this.#isUsed.fill(0);
  }

  #hash(): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = Math.imul(hash ^ this.#key[i]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash, 0x85ebca6b) >>> 7;
  }

  #hasKey(row: number): boolean {
    for (let i = 0; i < KEY_WORDS; i++) {
      if (this.#keys[row * KEY_WORDS + i] !== this.#key[i]) return false;
    }
    return true;
  }
}
