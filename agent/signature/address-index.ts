import { GrowingWords } from "../base/growing-words.js";
import { ANY_ADDRESS } from "./address-group.js";
import type { Closing } from "./group-closing.js";
import type { AddressIndex, SegmentIndex } from "./image.js";
import type { IntervalSet } from "./interval-set.js";
import type { Signature } from "./signature.js";

/**
 * Files rules that ask for addresses alone (published lists of bad hosts make thousands of them) under their narrower side,
 * so that a packet costs two binary searches instead of one test a rule.
 *
 * The IPv4 addresses are cut into segments at every border of every set; each segment names the rules that hold all over
 * it. Worked example: rule 1 wants 10.0.0.0–10.0.0.9, rule 2 wants 10.0.0.5–10.0.0.20: the segments are [0–4] → 1,
 * [5–9] → 1, 2 and [10–20] → 2. Rules for more than WIDE_SHARE of all addresses, and those that IPv6 packets may match,
 * stand in lists of their own.
 */

/**
 * Entries of all segments of one side. Thousands of rules whose sets lie within each other would stand in every segment inside;
 * beyond this they are tried on every packet instead, which costs time and not memory without bound.
 */
const MAX_SEGMENT_ENTRIES = 4_000_000;

/** A set this wide is in almost every packet: filing it by segment would only repeat it everywhere. */
const WIDE_ADDRESSES = 1n << 24n;

export class AddressIndexBuilder {
  readonly #source: FiledRule[] = [];
  readonly #destination: FiledRule[] = [];
  readonly #everywhere: number[] = [];
  readonly #v6: number[] = [];

  add(rule: number, { source, destination, isBidirectional }: Signature): void {
    const canBeV6 = source.v6.length > 0 && destination.v6.length > 0;
    if (canBeV6) this.#v6.push(rule);
    if (source.v4.length === 0 || destination.v4.length === 0) return;
    const sourceWidth = widthOf(source.v4);
    const destinationWidth = widthOf(destination.v4);
    const isWide = sourceWidth > WIDE_ADDRESSES && destinationWidth > WIDE_ADDRESSES;
    if (isWide || isBidirectional) this.#everywhere.push(rule);
    else if (sourceWidth <= destinationWidth) this.#source.push({ rule, set: source.v4 });
    else this.#destination.push({ rule, set: destination.v4 });
  }

  build(closing: Closing): AddressIndex {
    const source = this.#segmentsOrEverywhere(this.#source, closing);
    const destination = this.#segmentsOrEverywhere(this.#destination, closing);
    return {
      source,
      destination,
      everywhere: closing.rules(this.#everywhere),
      v6: closing.rules(this.#v6),
    };
  }

  #segmentsOrEverywhere(filed: readonly FiledRule[], closing: Closing): SegmentIndex {
    const segments = buildSegments(filed, closing);
    if (segments) return segments;
    for (const { rule } of filed) this.#everywhere.push(rule);
    return buildSegments([], closing)!;
  }
}

interface FiledRule {
  readonly rule: number;
  readonly set: IntervalSet;
}

function widthOf(set: IntervalSet): bigint {
  if (set === ANY_ADDRESS.v4) return 1n << 32n;
  return set.reduce((sum, [first, last]) => sum + last - first + 1n, 0n);
}

/** A border and what happens there in one number, so that they sort as numbers: rules have 20 bits, and one says that they begin. */
const RULE_BITS = 2 ** 20;
const BEGINS = 1;
const LAST_BORDER = 0xffff_ffff;

/** Undefined where there would be more than MAX_SEGMENT_ENTRIES. */
function buildSegments(filed: readonly FiledRule[], closing: Closing): SegmentIndex | undefined {
  const changes = changesAtBorders(filed, closing);
  const active: number[] = [];
  const borders: number[] = [];
  const offsets: number[] = [];
  const rules = new GrowingWords();
  let border = 0;
  for (let next = 0; border <= LAST_BORDER; ) {
    for (; next < changes.length && borderOf(changes[next]!) === border; next++) {
      const change = changes[next]! % (RULE_BITS * 2);
      const rank = change >>> 1;
      const place = placeOf(rank, active);
      if ((change & BEGINS) !== 0) active.splice(place, 0, rank);
      else active.splice(place, 1);
    }
    borders.push(border);
    offsets.push(rules.length);
    if (rules.length + active.length > MAX_SEGMENT_ENTRIES) return undefined;
    const at = rules.grow(active.length);
    for (let i = 0; i < active.length; i++) rules.set(at + i, active[i]!);
    border = next < changes.length ? borderOf(changes[next]!) : Number.POSITIVE_INFINITY;
  }
  offsets.push(rules.length);
  return {
    borders: Uint32Array.from(borders),
    offsets: Uint32Array.from(offsets),
    rules: rules.view().slice(),
  };
}

/** Where rules begin and end to hold, rising. */
function changesAtBorders(filed: readonly FiledRule[], closing: Closing): Float64Array {
  const changes: number[] = [];
  for (const { rule, set } of filed) {
    const rank = closing.rank(rule);
    if (rank < 0) continue;
    for (const [first, last] of set) {
      const behind = Number(last) + 1;
      changes.push((Number(first) * RULE_BITS + rank) * 2 + BEGINS);
      if (behind <= LAST_BORDER) changes.push((behind * RULE_BITS + rank) * 2);
    }
  }
  return Float64Array.from(changes).sort();
}

function borderOf(change: number): number {
  return Math.floor(change / (RULE_BITS * 2));
}

/** Where `rank` stands in a rising list, or belongs. */
function placeOf(rank: number, active: readonly number[]): number {
  let low = 0;
  let high = active.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (active[middle]! < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}
