/**
 * For a content, by the byte that stands under its last one: how many places further on it may begin at the earliest. Kept for the
 * contents that were searched for last; making one costs as much as a search of some hundred bytes.
 */
const TABLES = 64;
const BYTES = 256;
const MAX_SKIP = 255;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const CASE_BIT = 0x20;

/** Memory: 16 KiB. */
export class SkipTables {
  /** A table of 256 bytes begins where `tableOf` says. */
  readonly bytes = new Uint8Array(TABLES * BYTES);
  readonly #literals: Uint8Array;
  /** Of each table: where its content begins, +1; and how long it is. Two contents may begin at one place. */
  readonly #owners = new Int32Array(TABLES);
  readonly #lengths = new Int32Array(TABLES);

  constructor(literals: Uint8Array) {
    this.#literals = literals;
  }

  /**
   * @param literal where the content begins among the literals
   * @param ignoresCase the content is in lower case and is found in any
   */
  tableOf(literal: number, length: number, ignoresCase: boolean): number {
    const owner = ignoresCase ? -1 - literal : literal + 1;
    const slot = (literal + length) % TABLES;
    const table = slot * BYTES;
    if (this.#owners[slot] === owner && this.#lengths[slot] === length) return table;
    this.#owners[slot] = owner;
    this.#lengths[slot] = length;
    const { bytes } = this;
    const last = length - 1;
    bytes.fill(Math.min(length, MAX_SKIP), table, table + BYTES);
    for (let i = Math.max(0, last - MAX_SKIP); i < last; i++)
      bytes[table + this.#literals[literal + i]!] = last - i;
    if (!ignoresCase) return table;
    for (let upper = UPPER_A; upper <= UPPER_Z; upper++)
      bytes[table + upper] = bytes[table + (upper | CASE_BIT)]!;
    return table;
  }
}
