import type { GramTable } from "../../signature/image.js";

/** Sharing a bit with another table costs a few more looks, never a find: there are eight bits for all tables. */
const BITS = 8;
const PAIRS = 65_536;
const TWO_BYTES = 0xffff;

/**
 * Which two bytes the grams of some tables begin with. Tables of short literals hold few grams, but a text has to be looked at in
 * every second place for them: to look up two bytes as they stand costs a third of a hash, a bitmap and their bounds. All tables
 * share one array, each with a bit of its own. Memory: 64 KiB, and an entry for each table that was asked for.
 */
export class PairFilter {
  /** Bits by the two bytes, little-endian, each with its case bit set. */
  readonly pairs = new Uint8Array(PAIRS);
  readonly #bits = new Map<GramTable, number>();

  /** The bit of a table, whose grams have two bytes or more; entered when it is first asked for. */
  bitOf(table: GramTable): number {
    return this.#bits.get(table) ?? this.#enter(table);
  }

  #enter(table: GramTable): number {
    const { slots } = table;
    const bit = 1 << (this.#bits.size % BITS);
    for (let slot = 0; slot < slots.length; slot += 2) {
      if (slots[slot + 1] !== 0) this.pairs[slots[slot]! & TWO_BYTES]! |= bit;
    }
    this.#bits.set(table, bit);
    return bit;
  }
}
