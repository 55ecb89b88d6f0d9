import { GramTableBuilder } from "./gram-table.js";
import { LITERAL_STRIDE, LiteralColumn, type LiteralIndex } from "./image.js";

/**
 * Builds the prefilter of a group: which rules can match a buffer at all, from one literal of each rule.
 *
 * A text is not looked at byte by byte. Of a literal of seven bytes or more, four neighbouring grams of four bytes are
 * filed: wherever it stands, one of them lies at a position that is looked at when every fourth is. So are two
 * neighbouring grams of three bytes of a literal of four to six bytes, for every second position. Two bytes and single
 * bytes are looked up everywhere. A literal that may begin at few places only is looked for there. Among the grams of
 * a literal the rarest are taken. What is found is compared with the whole literal and its permitted positions before
 * the rule is judged.
 *
 * Example: of `/gate.php?id=` the grams `?id=`, `p?id`, `hp?i` and `php?` may be filed. In a buffer that holds it at
 * position 7 the text at position 16 is looked at, `p?id`, with 9 bytes of the literal before it.
 */

export interface FiledLiteral {
  readonly rule: number;
  /** Where its bytes stand in the image's literals. */
  readonly offset: number;
  readonly length: number;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
}

/** Places at which literals are looked for that may begin at few; those with further ones are searched everywhere. */
const MAX_ANCHORS = 8;
/** Literals of so many bytes are found at every fourth position. */
export const WIDE_BYTES = 7;
/** Grams are taken from so many bytes at the end of a literal, so that little of a stream has to be looked at twice. */
const MAX_REACH = 24;
/** A literal that may begin at no more places than this is looked for at these alone. */
export const MAX_PLACES = 4;

/** How common each byte is in names, URLs and headers: the rarest window has the smallest sum. */
const COMMONNESS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => commonness(byte));

function commonness(byte: number): number {
  if (byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 12;
  if (byte >= 0x61 && byte <= 0x7a) return "jqxzkvwy".includes(String.fromCharCode(byte)) ? 4 : 9;
  if (byte === 0x20 || byte === 0x2f || byte === 0x2e || byte === 0x0d || byte === 0x0a) return 11;
  if (byte === 0) return 14;
  if (byte >= 0x30 && byte <= 0x39) return 6;
  return byte === 0x3a || byte === 0x2d || byte === 0x3d ? 7 : 3;
}

/** Windows that stand in almost every message, whatever their bytes. */
const EVERYWHERE: ReadonlySet<number> = new Set(
  [
    ...["http", "ttp/", "tp/1", "p/1.", "/1.1", "html", ".php", ".com", "www.", "user", "agen"],
    ...["mozi", "host", "cont", "ent-", "type", "text", "appl", "acce", "conn", "ept-"],
  ].map((window) => [...window].reduce((gram, letter) => (gram << 8) | letter.charCodeAt(0), 0)),
);
const EVERYWHERE_COMMONNESS = 40;

/** Position of the rarest window of `length` bytes in lower-cased `bytes`, and how common it is. */
export function rarestWindow(bytes: Uint8Array, length: number): { position: number; commonness: number } {
  let best = 0;
  let bestCommonness = Number.POSITIVE_INFINITY;
  let sum = 0;
  let gram = 0;
  for (let end = 0; end < bytes.length; end++) {
    const byte = bytes[end]!;
    sum += COMMONNESS[byte]!;
    gram = (gram << 8) | byte;
    if (end >= length) sum -= COMMONNESS[bytes[end - length]!]!;
    if (end < length - 1) continue;
    const total = length === 4 && EVERYWHERE.has(gram) ? sum + EVERYWHERE_COMMONNESS : sum;
    if (total < bestCommonness) {
      best = end - length + 1;
      bestCommonness = total;
    }
  }
  return { position: best, commonness: bestCommonness };
}

/** Lower-case copy of ASCII letters. */
export function lowerCaseBytes(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
}

/** How common the four bytes at `position` of lower-cased `bytes` are. */
function wideCommonness(bytes: Uint8Array, position: number): number {
  const [a, b, c, d] = [bytes[position]!, bytes[position + 1]!, bytes[position + 2]!, bytes[position + 3]!];
  const sum = COMMONNESS[a]! + COMMONNESS[b]! + COMMONNESS[c]! + COMMONNESS[d]!;
  return EVERYWHERE.has((a << 24) | (b << 16) | (c << 8) | d) ? sum + EVERYWHERE_COMMONNESS : sum;
}

/** First of `count` neighbouring grams of which the sum is least common, not far from the end of the literal. */
function rarestRun(bytes: Uint8Array, width: number, count: number): number {
  let best = 0;
  let bestCommonness = Number.POSITIVE_INFINITY;
  for (
    let first = Math.max(0, bytes.length - MAX_REACH);
    first + width + count - 1 <= bytes.length;
    first++
  ) {
    let sum = 0;
    for (let i = first; i < first + count; i++) {
      if (width === 4) sum += wideCommonness(bytes, i);
      else for (let j = i; j < i + width; j++) sum += COMMONNESS[bytes[j]!]!;
    }
    if (sum < bestCommonness) {
      best = first;
      bestCommonness = sum;
    }
  }
  return best;
}

/**
 * File the literals of a group; undefined where there are none.
 *
 * @param stored the image's literals
 */
export function buildLiteralIndex(
  literals: readonly FiledLiteral[],
  stored: Uint8Array,
): LiteralIndex | undefined {
  if (literals.length === 0) return undefined;
  const entries = new Int32Array(literals.length * LITERAL_STRIDE);
  const wide = new GramTableBuilder(4);
  const narrow = new GramTableBuilder(3);
  const short = new GramTableBuilder(2);
  const single = new GramTableBuilder(1);
  const anchored = new GramTableBuilder(4);
  const shortAnchored = new GramTableBuilder(1);
  let reach = 0;
  let anchorReach = 0;
  const anchors = commonPlaces(literals.filter(({ length }) => length >= 4));
  const shortAnchors = commonPlaces(literals.filter(({ length }) => length < 4));
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
    const places = bytes.length >= 4 ? anchors : shortAnchors;
    if (standsAt(places, literal)) {
      if (bytes.length >= 4) anchored.add(index, bytes, 0, 1);
      else shortAnchored.add(index, bytes, 0, 1);
      anchorReach = Math.max(anchorReach, bytes.length - 1);
      return;
    }
    const length = bytes.length;
    const [table, width, count] =
      length >= 7
        ? [wide, 4, 4]
        : length >= 4
          ? [narrow, 3, 2]
          : length >= 2
            ? [short, 2, 1]
            : [single, 1, 1];
    const position = rarestRun(bytes, width, count);
    table.add(index, bytes, position, count);
    reach = Math.max(reach, length - position - 1);
  });
  return {
    wide: wide.build(),
    narrow: narrow.build(),
    short: short.build(),
    single: single.build(),
    anchored: anchored.build(),
    anchors: Int32Array.from(anchors).sort(),
    shortAnchored: shortAnchored.build(),
    shortAnchors: Int32Array.from(shortAnchors).sort(),
    entries,
    reach,
    anchorReach,
  };
}

/** Whether many such literals cost no more to look for than one. */
export function isCheap(literal: FiledLiteral): boolean {
  return literal.length >= WIDE_BYTES || hasFewPlaces(literal);
}

function hasFewPlaces({ minPosition, maxPosition }: FiledLiteral): boolean {
  return maxPosition >= minPosition && maxPosition - minPosition < MAX_PLACES;
}

/** The places at which most of the literals that have few may begin: MAX_ANCHORS of them. */
function commonPlaces(literals: readonly FiledLiteral[]): Set<number> {
  const counts = new Map<number, number>();
  for (const literal of literals) {
    if (!hasFewPlaces(literal)) continue;
    for (let place = literal.minPosition; place <= literal.maxPosition; place++) {
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b);
  return new Set(byCount.slice(0, MAX_ANCHORS).map(([place]) => place));
}

function standsAt(places: ReadonlySet<number>, literal: FiledLiteral): boolean {
  if (!hasFewPlaces(literal)) return false;
  for (let place = literal.minPosition; place <= literal.maxPosition; place++) {
    if (!places.has(place)) return false;
  }
  return true;
}
