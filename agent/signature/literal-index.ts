import { LOWER_CASE } from "../sensor/proto/octets.js";
import { COMMONNESS, isFillAt, wideCommonness } from "./commonness.js";
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
 * A text is not looked at byte by byte. Of a literal of seven bytes or more, four grams of four bytes are filed, one for each way in which
 * it may lie: wherever it stands, one of them lies at a position that is looked at when every fourth is. So are two
 * grams of three bytes of a literal of four to six bytes, for every second position; where a group has few of these, and
 * most have, they stand among the others, so that every fourth is enough. Few of three bytes stand with those of every second position. Two bytes and single bytes are looked up everywhere. A literal that may begin at few places only is looked up there, together with the place. Among
 * the grams of a literal that do the rarest are taken. What is found is compared with the whole literal and its permitted positions before
 * the rule is judged.
 *
 * Example: of `/gate.php?id=` the grams `?id=`, `p?id`, `hp?i` and `gate` may be filed. In a buffer that holds it at
 * position 8 the text at position 16 is looked at, `hp?i`, with 8 bytes of the literal before it.
 */

/** Bytes of a literal, and where it may begin. */
export interface PlacedLiteral {
  /** Where its bytes stand in the image's literals. */
  readonly offset: number;
  readonly length: number;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
  /** See hasFillAlone. */
  readonly isOfFill: boolean;
}

export interface FiledLiteral extends PlacedLiteral {
  readonly rule: number;
}

/** Places, each with a length, at which literals are looked for that may begin at few; those with further ones are searched everywhere. */
const MAX_PLACES_LOOKED_AT = 64;
/** Literals of four to six bytes that are filed by their words, each of which takes up to 260 grams, or of three bytes, which take 129. */
const MAX_IN_WORDS = 24;
/** What it costs that twice as many literals share a gram, in units of COMMONNESS. */
const SHARING_WEIGHT = 4;
/** Words are looked at in such steps. */
const WIDE_STEP = 4;
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
/** Where the grams stand by which a literal is filed. */
const chosenPlaces = new Int32Array(WIDE_STEP);

/**
 * Of the grams of a literal the least common of those that lie at each `step`-th place of a text looked at in such steps: as many as there are ways
 * in which the literal may lie. Written to `chosenPlaces`.
 */
function chooseGrams(bytes: Uint8Array, width: number, step: number, counts: GramCounts): void {
  for (let way = 0; way < step; way++) {
    let least = Number.POSITIVE_INFINITY;
    for (let at = way; at + width <= bytes.length; at += step) {
      const cost = gramCost(bytes, at, width, counts);
      if (cost >= least) continue;
      least = cost;
      chosenPlaces[way] = at;
    }
  }
}

function gramCost(bytes: Uint8Array, at: number, width: number, counts: GramCounts): number {
  if (width === 4) return wideCommonness(bytes, at) + counts.sharing(gramAt(bytes, at, 4));
  let cost = 0;
  for (let i = at; i < at + width; i++) cost += COMMONNESS[bytes[i]!]!;
  return cost;
}

/** Whether a literal of WIDE_BYTES or more may lie so that each word in it is four equal bytes, which stand in many texts. */
export function hasFillAlone(bytes: Uint8Array): boolean {
  if (bytes.length < WIDE_BYTES) return false;
  for (let way = 0; way < WIDE_STEP; way++) {
    let at = way;
    while (at + 4 <= bytes.length && isFillAt(bytes, at)) at += WIDE_STEP;
    if (at + 4 > bytes.length) return true;
  }
  return false;
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
  const threeInSteps = areThreeInSteps(literals, places);
  const halves = threeInSteps ? undefined : halvesOf(literals, stored, places);
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
      if (length === 4) half.add(index, bytes, 0);
      return;
    }
    if (threeInSteps && length === 3) {
      narrow.addThree(index, bytes);
      return;
    }
    const [table, width, step] =
      length >= WIDE_BYTES
        ? [wide, 4, WIDE_STEP]
        : length >= 4
          ? [narrow, 3, 2]
          : length >= 2
            ? [short, 2, 1]
            : [single, 1, 1];
    chooseGrams(bytes, width, step, counts);
    for (let way = 0; way < step; way++) table.add(index, bytes, chosenPlaces[way]!);
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

/** Whether the group's literals of three bytes, few of which there are, stand among the longer grams of every second position. */
function areThreeInSteps(literals: readonly FiledLiteral[], places: ReadonlySet<number>): boolean {
  const count = literals.filter((literal) => literal.length === 3 && !standsAt(places, literal)).length;
  return count > 0 && count <= MAX_IN_WORDS;
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

/** Whether any of them is looked for at every fourth place of a whole text: more such literals cost nothing then. */
export function isSearchedWhole(literals: readonly PlacedLiteral[]): boolean {
  return literals.some(({ length, maxPosition }) => length >= WIDE_BYTES && maxPosition > LAST_PLACE);
}

/** Whether a literal may be looked for wherever it stands: it hardly ever does by chance. */
export function isRarelyFound({ length, isOfFill }: PlacedLiteral): boolean {
  return length >= WIDE_BYTES && !isOfFill;
}

/** It is looked for at these places alone. */
export function hasFewPlaces(minPosition: number, maxPosition: number): boolean {
  return maxPosition >= minPosition && maxPosition - minPosition < MAX_PLACES && maxPosition < LAST_PLACE;
}

/**
 * The places at which most of the literals that have few may begin: MAX_PLACES_LOOKED_AT of them. Where the whole text is searched anyway, none is
 * looked at only for literals that this search finds as well.
 */
function commonPlaces(literals: readonly FiledLiteral[]): Set<number> {
  const isSearched = isSearchedWhole(literals);
  const counts = new Map<number, number>();
  for (const literal of literals) {
    if (!hasFewPlaces(literal.minPosition, literal.maxPosition)) continue;
    if (isSearched && isRarelyFound(literal)) continue;
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
