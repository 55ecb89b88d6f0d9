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

/** Undefined where there would be more than MAX_SEGMENT_ENTRIES. */
function buildSegments(filed: readonly FiledRule[], closing: Closing): SegmentIndex | undefined {
  const begins = new Map<number, number[]>();
  const ends = new Map<number, number[]>();
  for (const { rule, set } of filed) {
    for (const [first, last] of set) {
      listAt(begins, Number(first)).push(rule);
      listAt(ends, Number(last) + 1).push(rule);
    }
  }
  const borders = [...new Set([0, ...begins.keys(), ...ends.keys()])].filter(
    (border) => border <= 0xffff_ffff,
  );
  borders.sort((a, b) => a - b);
  const active = new Set<number>();
  const offsets: number[] = [];
  const rules: number[] = [];
  for (const border of borders) {
    for (const rule of ends.get(border) ?? []) active.delete(rule);
    for (const rule of begins.get(border) ?? []) active.add(rule);
    offsets.push(rules.length);
    if (rules.length + active.size > MAX_SEGMENT_ENTRIES) return undefined;
    for (const rank of closing.rules([...active])) rules.push(rank);
  }
  offsets.push(rules.length);
  return {
    borders: Uint32Array.from(borders),
    offsets: Uint32Array.from(offsets),
    rules: Int32Array.from(rules),
  };
}

function listAt(map: Map<number, number[]>, key: number): number[] {
  const known = map.get(key);
  if (known) return known;
  const list: number[] = [];
  map.set(key, list);
  return list;
}
