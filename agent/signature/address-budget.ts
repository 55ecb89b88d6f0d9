/**
 * Owns how many different address groups the rules of one set may have: the image numbers them (image.ts keeps the numbers
 * of a rule's IPv4 and IPv6 set in one word), and their ranges take memory. Who asks for one too many is refused; groups that
 * are there already may be used by any rule.
 */
import { type AddressGroup, ANY_ADDRESS } from "./address-group.js";
import type { IntervalSet } from "./interval-set.js";
import { RangeSetBuilder } from "./range-sets.js";
import { RuleError } from "./rule-error.js";

export interface AddressLimits {
  /** Different sets of each version. */
  readonly v4Sets: number;
  readonly v6Sets: number;
  /** Ranges of all sets together: 8 bytes each of IPv4, 32 of IPv6. */
  readonly ranges: number;
}

/** What rules may fill; the rest is for the lines that hide alerts. */
export const RULE_SHARE = 0.75;
/** What the numbers of an image have room for, and 32 MiB of ranges at the most. */
export const ADDRESS_LIMITS: AddressLimits = { v4Sets: 0x1_0000, v6Sets: 0x8000, ranges: 1_000_000 };

export class AddressBudget {
  readonly #v4 = new RangeSetBuilder(1, ANY_ADDRESS.v4);
  readonly #v6 = new RangeSetBuilder(4, ANY_ADDRESS.v6);
  readonly #limits: AddressLimits;
  #ranges = 0;

  constructor(limits = ADDRESS_LIMITS) {
    this.#limits = limits;
  }

  /**
   * @param share how much of the room whoever asks may fill
   * @throws RuleError where the group is one too many
   */
  admit({ v4, v6 }: AddressGroup, share: number): void {
    this.#admit(this.#v4, v4, this.#limits.v4Sets * share, share);
    this.#admit(this.#v6, v6, this.#limits.v6Sets * share, share);
  }

  #admit(sets: RangeSetBuilder, set: IntervalSet, limit: number, share: number): void {
    if (sets.knows(set)) return;
    if (sets.count >= limit) throw new RuleError(`more than ${limit} different address groups`);
    const maxRanges = this.#limits.ranges * share;
    if (this.#ranges + set.length > maxRanges) throw new RuleError(`more than ${maxRanges} address ranges`);
    this.#ranges += set.length;
    sets.indexOf(set);
  }
}
