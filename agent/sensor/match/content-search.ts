/**
 * Looks for contents of rules in a buffer, within a budget: what one evaluation may compare altogether is bounded, whatever
 * the contents, the bytes and the searches that start again further on. A search that is given up finds nothing.
 *
 * Longer contents are searched for by the byte under their last one, which says how far they cannot begin (Horspool): in a
 * certificate of 4 KB a content of a hundred bytes is ruled out in some fifty looks.
 */
import { LOWER_CASE } from "../proto/octets.js";
import { SkipTables } from "./skip-tables.js";

/** Shorter contents, and contents in fewer places, are looked for byte by byte: a table would cost more. */
const LEAST_SKIPPING_LENGTH = 8;
const LEAST_SKIPPING_PLACES = 64;
const AS_IT_IS = Uint8Array.from({ length: 256 }, (_, byte) => byte);

export class ContentSearch {
  /** Bytes that may still be compared; negative: given up. */
  budget = 0;
  readonly #literals: Uint8Array;
  readonly #skips: SkipTables;

  /** @param literals the bytes of all contents */
  constructor(literals: Uint8Array) {
    this.#literals = literals;
    this.#skips = new SkipTables(literals);
  }

  begin(budget: number): void {
    this.budget = budget;
  }

  /**
   * First position of a content in `bytes[begin + from, …)`, counted from `begin`, or −1.
   *
   * @param literal where the content begins among the literals
   * @param last the last position it may have
   * @param ignoresCase the content is in lower case, the bytes may be in any
   */
  find(
    bytes: Uint8Array,
    begin: number,
    literal: number,
    length: number,
    from: number,
    last: number,
    ignoresCase: boolean,
  ): number {
    if (length >= LEAST_SKIPPING_LENGTH && last - from >= LEAST_SKIPPING_PLACES)
      return this.#findSkipping(bytes, begin, literal, length, from, last, ignoresCase);
    const literals = this.#literals;
    const folded = ignoresCase ? LOWER_CASE : AS_IT_IS;
    const first = literals[literal]!;
    let budget = this.budget;
    let found = -1;
    let at = from;
    for (; at <= last; at++) {
      if (folded[bytes[begin + at]!] !== first) continue;
      let same = 1;
      while (same < length && folded[bytes[begin + at + same]!] === literals[literal + same]) same++;
      budget -= same;
      if (budget < 0) break;
      if (same < length) continue;
      found = at;
      break;
    }
    this.budget = budget - Math.max(0, at - from);
    return found;
  }

  #findSkipping(
    bytes: Uint8Array,
    begin: number,
    literal: number,
    length: number,
    from: number,
    last: number,
    ignoresCase: boolean,
  ): number {
    const literals = this.#literals;
    const table = this.#skips.tableOf(literal, length, ignoresCase);
    const skips = this.#skips.bytes;
    const folded = ignoresCase ? LOWER_CASE : AS_IT_IS;
    const wanted = literals[literal + length - 1]!;
    const under = begin + length - 1;
    let budget = this.budget;
    let found = -1;
    let at = from;
    for (; at <= last; at += skips[table + bytes[under + at]!]!) {
      if (folded[bytes[under + at]!] !== wanted) continue;
      let same = 0;
      while (same < length && folded[bytes[begin + at + same]!] === literals[literal + same]) same++;
      budget -= same + 1;
      if (budget < 0) break;
      if (same < length) continue;
      found = at;
      break;
    }
    this.budget = budget - Math.max(0, at - from);
    return found;
  }
}
