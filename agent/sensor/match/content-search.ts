/**
 * Looks for contents of rules in a buffer, within a budget: what one evaluation may compare altogether is bounded, whatever
 * the contents, the bytes and the searches that start again further on. A search that is given up finds nothing.
 */
import { LOWER_CASE } from "../proto/octets.js";

export class ContentSearch {
  /** Bytes that may still be compared; negative: given up. */
  budget = 0;
  readonly #literals: Uint8Array;

  /** @param literals the bytes of all contents */
  constructor(literals: Uint8Array) {
    this.#literals = literals;
  }

  begin(budget: number): void {
    this.budget = budget;
  }

  /**
   * First position of a content in `bytes[begin + from, …)`, counted from `begin`, or −1.
   *
   * @param literal where the content begins among the literals
   * @param last the last position it may have
   */
  find(
    bytes: Uint8Array,
    begin: number,
    literal: number,
    length: number,
    from: number,
    last: number,
  ): number {
    const literals = this.#literals;
    const first = literals[literal]!;
    let budget = this.budget;
    let found = -1;
    let at = from;
    for (; at <= last; at++) {
      if (bytes[begin + at] !== first) continue;
      let same = 1;
      while (same < length && bytes[begin + at + same] === literals[literal + same]) same++;
      budget -= same;
      if (budget < 0) break;
      if (same < length) continue;
      found = at;
      break;
    }
    this.budget = budget - Math.max(0, at - from);
    return found;
  }

  /** The same for a content in lower case, whatever the case of the bytes. */
  findLowered(
    bytes: Uint8Array,
    begin: number,
    literal: number,
    length: number,
    from: number,
    last: number,
  ): number {
    const literals = this.#literals;
    const first = literals[literal]!;
    let budget = this.budget;
    let found = -1;
    let at = from;
    for (; at <= last; at++) {
      if (LOWER_CASE[bytes[begin + at]!] !== first) continue;
      let same = 1;
      while (same < length && LOWER_CASE[bytes[begin + at + same]!] === literals[literal + same]) same++;
      budget -= same;
      if (budget < 0) break;
      if (same < length) continue;
      found = at;
      break;
    }
    this.budget = budget - Math.max(0, at - from);
    return found;
  }
}
