import { LOWER_CASE } from "../sensor/proto/octets.js";
import { COMMONNESS, wideCommonness } from "./commonness.js";
import { MAX_PATTERN_BYTES } from "./content-pattern.js";
import { GramTableBuilder, gramAt, hashGram } from "./gram-table.js";
import {
  INDEX_HALVES,
  INDEX_WORDS,
  IndexWord,
  LITERAL_STRIDE,
  LiteralColumn,
  NO_HALF,
  PLACE_WIDTH_BITS,
  type SearchBuilder,
} from "./search-words.js";

/**
 * Builds the prefilter of a group: which rules can match a buffer at all, from one literal of each rule.
 *
 * A text is not looked at byte by byte. Of a literal of seven bytes or more, four neighbouring grams of four bytes are
 * filed: wherever it stands, one of them lies at a position that is looked at when every fourth is. So are two
 * neighbouring grams of three bytes of a literal of four to six bytes, for every second position; where a group has few of these, and
 * most have, they stand among the others, so that every fourth is enough. Two bytes and single bytes are looked up everywhere. A literal that may begin at few places only is looked up there, together with the place. Among
 * the grams of a literal the rarest are taken. What is found is compared with the whole literal and its permitted positions before
 * the rule is judged.
 *
 * Example: of `/gate.php?id=` the grams `?id=`, `p?id`, `hp?i` and `php?` may be filed. In a buffer that holds it at
 * position 7 the text at position 16 is looked at, `p?id`, with 9 bytes of the literal before it.
 */

/** Bytes of a literal, and where it may begin. */
export interface PlacedLiteral {
  /** Where its bytes stand in the image's literals. */
  readonly offset: number;
  readonly length: number;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
}

export interface FiledLiteral extends PlacedLiteral {
  readonly rule: number;
}

/** Places, each with a length, at which literals are looked for that may begin at few; those with further ones are searched everywhere. */
const MAX_PLACES_LOOKED_AT = 64;
/** Literals of four to six bytes that are filed by their words: each takes up to 260 grams. */
const MAX_IN_WORDS = 24;
/** What it costs that twice as many literals share a gram, in units of COMMONNESS. */
const SHARING_WEIGHT = 4;
/** Literals of so many bytes are found at every fourth position. */
export const WIDE_BYTES = 7;
/** A literal that may begin at no more places than this is looked for at these alone. */
export const MAX_PLACES = 8;
/** Places behind this one are not told apart. */
const LAST_PLACE = 0xffff;
/** A literal that may begin anywhere. */
const ANYWHERE = 0x7fff_ffff;

/** Lower-case copy of ASCII letters. */
export function lowerCaseBytes(bytes: Uint8Array): Uint8Array {
  const lower = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) lower[i] = LOWER_CASE[bytes[i]!]!;
  return lower;
}

/**
 * In how many places of a group's literals each gram stands, about: what shares its gram with many others is compared with all of them.
 * Grams are told apart by 16 bits of a hash.
 */
class GramCounts {
  /** Made with the first literal: most groups have no long one. */
  #counts = NO_COUNTS;

  add(bytes: Uint8Array): void {
    if (this.#counts === NO_COUNTS) this.#counts = new Uint16Array(65_536);
    for (let at = 0; at + 4 <= bytes.length; at++) {
      const slot = hashGram(gramAt(bytes, at, 4)) >>> 16;
      if (this.#counts[slot]! < 0xffff) this.#counts[slot]!++;
    }
  }

  /** What sharing the gram adds to how common it is. */
  sharing(gram: number): number {
    const count = this.#counts[hashGram(gram) >>> 16]!;
    return count < SHARING_COSTS.length ? SHARING_COSTS[count]! : SHARING_WEIGHT * Math.log2(count);
  }
}

const NO_COUNTS = new Uint16Array(0);
/** What sharing a gram with that many costs, where they are few. */
const SHARING_COSTS = Float64Array.from(
  { length: 1024 },
  (_, count) => SHARING_WEIGHT * Math.log2(Math.max(1, count)),
);
/** How common the gram at each place of a literal is. */
const gramCosts = new Float64Array(MAX_PATTERN_BYTES);

/** First of `count` neighbouring grams of which the sum is least common. */
function rarestRun(bytes: Uint8Array, width: number, count: number, counts: GramCounts): number {
  for (let at = 0; at + width <= bytes.length; at++) {
    if (width === 4) gramCosts[at] = wideCommonness(bytes, at) + counts.sharing(gramAt(bytes, at, 4));
    else {
      let cost = 0;
      for (let i = at; i < at + width; i++) cost += COMMONNESS[bytes[i]!]!;
      gramCosts[at] = cost;
    }
  }
  let best = 0;
  let bestCommonness = Number.POSITIVE_INFINITY;
  for (let first = 0; first + width + count - 1 <= bytes.length; first++) {
    let sum = 0;
    for (let i = first; i < first + count; i++) sum += gramCosts[i]!;
    if (sum < bestCommonness) {
      best = first;
      bestCommonness = sum;
    }
  }
  return best;
}

/**
 * File the literals of a group: returns where their IndexWords stand, 0 where there are none.
 *
 * @param stored the image's literals
 */
export function buildLiteralIndex(
  literals: readonly FiledLiteral[],
  stored: Uint8Array,
  search: SearchBuilder,
): number {
  if (literals.length === 0) return 0;
  const entries = new Int32Array(literals.length * LITERAL_STRIDE);
  const wide = new GramTableBuilder(4);
  const narrow = new GramTableBuilder(3);
  const short = new GramTableBuilder(2);
  const single = new GramTableBuilder(1);
  const half = new GramTableBuilder(2);
  const placed = new GramTableBuilder(4);
  const places = commonPlaces(literals);
  const counts = new GramCounts();
  for (const { offset, length } of literals) {
    if (length >= WIDE_BYTES) counts.add(lowerCaseBytes(stored.subarray(offset, offset + length)));
  }
  const halves = halvesOf(literals, stored, places);
  let depth = 0;
  literals.forEach((literal, index) => {
    const { offset, minPosition, maxPosition } = literal;
    const bytes = lowerCaseBytes(stored.subarray(offset, offset + literal.length));
    const row = index * LITERAL_STRIDE;
    entries[row + LiteralColumn.RULE] = literal.rule;
    entries[row + LiteralColumn.OFFSET] = offset;
    entries[row + LiteralColumn.LENGTH] = bytes.length;
    entries[row + LiteralColumn.IS_NOCASE] = literal.isNocase ? 1 : 0;
    entries[row + LiteralColumn.MIN_POSITION] = minPosition;
    entries[row + LiteralColumn.MAX_POSITION] = maxPosition;
    if (standsAt(places, literal)) {
      for (let place = minPosition; place <= maxPosition; place++) placed.addAt(index, bytes, place);
      return;
    }
    const length = bytes.length;
    depth = Math.max(depth, Math.min(maxPosition, ANYWHERE - length) + length);
    if (halves !== undefined && isOfFewBytes(literal)) {
      wide.addInWords(index, bytes);
      if (length === 4) half.add(index, bytes, 0, 1);
      return;
    }
    const [table, width, count] =
      length >= WIDE_BYTES
        ? [wide, 4, 4]
        : length >= 4
          ? [narrow, 3, 2]
          : length >= 2
            ? [short, 2, 1]
            : [single, 1, 1];
    table.add(index, bytes, rarestRun(bytes, width, count, counts), count);
  });
  const { words } = search;
  const at = words.grow(INDEX_WORDS);
  words.set(at + IndexWord.DEPTH, depth);
  words.set(at + IndexWord.PLACES, search.array([...places].sort((a, b) => a - b)));
  words.set(at + IndexWord.PLACE_COUNT, places.size);
  placed.build(search, at + IndexWord.PLACED);
  wide.build(search, at + IndexWord.WIDE);
  narrow.build(search, at + IndexWord.NARROW);
  short.build(search, at + IndexWord.SHORT);
  single.build(search, at + IndexWord.SINGLE);
  half.build(search, at + IndexWord.HALF, false);
  words.set(at + IndexWord.HAS_FEW_BYTES, halves === undefined ? 0 : 1);
  for (let i = 0; i < INDEX_HALVES; i++) words.set(at + IndexWord.HALVES + i, halves?.[i] ?? NO_HALF);
  words.set(at + IndexWord.ENTRIES, search.array(entries));
  words.set(at + IndexWord.ENTRY_COUNT, literals.length);
  return at;
}

/**
 * With which two bytes the group's literals of four bytes begin, where those of four to six are filed by their words; undefined where they are
 * not, since there are none, or too many.
 */
function halvesOf(
  literals: readonly FiledLiteral[],
  stored: Uint8Array,
  places: ReadonlySet<number>,
): readonly number[] | undefined {
  const few = literals.filter((literal) => isOfFewBytes(literal) && !standsAt(places, literal));
  if (few.length === 0 || few.length > MAX_IN_WORDS) return undefined;
  const halves = new Set<number>();
  for (const { offset, length } of few)
    if (length === 4) halves.add(gramAt(lowerCaseBytes(stored.subarray(offset, offset + 2)), 0, 2));
  return halves.size > INDEX_HALVES ? undefined : [...halves];
}

function isOfFewBytes({ length }: PlacedLiteral): boolean {
  return length >= 4 && length < WIDE_BYTES;
}

/** Whether many such literals cost no more to look for than one, and are hardly found by chance. */
export function isCheap(literal: PlacedLiteral): boolean {
  return (
    literal.length >= WIDE_BYTES ||
    (literal.length >= 4 && hasFewPlaces(literal.minPosition, literal.maxPosition))
  );
}

/** It is looked for at these places alone. */
export function hasFewPlaces(minPosition: number, maxPosition: number): boolean {
  return maxPosition >= minPosition && maxPosition - minPosition < MAX_PLACES && maxPosition < LAST_PLACE;
}

/** The places at which most of the literals that have few may begin: MAX_PLACES_LOOKED_AT of them. */
function commonPlaces(literals: readonly FiledLiteral[]): Set<number> {
  const counts = new Map<number, number>();
  for (const literal of literals) {
    if (!hasFewPlaces(literal.minPosition, literal.maxPosition)) continue;
    for (let place = literal.minPosition; place <= literal.maxPosition; place++) {
      const packed = packPlace(place, literal.length);
      counts.set(packed, (counts.get(packed) ?? 0) + 1);
    }
  }
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b);
  return new Set(byCount.slice(0, MAX_PLACES_LOOKED_AT).map(([place]) => place));
}

function standsAt(places: ReadonlySet<number>, literal: FiledLiteral): boolean {
  if (!hasFewPlaces(literal.minPosition, literal.maxPosition)) return false;
  for (let place = literal.minPosition; place <= literal.maxPosition; place++) {
    if (!places.has(packPlace(place, literal.length))) return false;
  }
  return true;
}

/** A place and how many bytes of it are looked up: PLACE_WIDTH_BITS of it. */
function packPlace(place: number, length: number): number {
  return (place << PLACE_WIDTH_BITS) | Math.min(length, 4);
}
