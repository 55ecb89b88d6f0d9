import { LITERAL_STRIDE, LiteralColumn, type LiteralIndex } from "./image.js";

/**
 * Builds the prefilter of a group: which rules can match a buffer at all, from one literal of each rule.
 *
 * Of every literal the rarest window of four bytes is filed in a hash table (a bitmap of 2^16 hashes stands before it,
 * so that most positions of a buffer cost one look-up); literals of two and three bytes are filed by two bytes, single
 * bytes by themselves. Everything is filed in lower case. What is found is compared with the whole literal and its
 * permitted positions before the rule is judged.
 *
 * Example: of `/gate.php?id=` the window `gate` may be filed with 1 byte before it; a buffer that holds `gate` at
 * position 7 is compared with the literal from position 6 on.
 */

export interface FiledLiteral {
  readonly rule: number;
  /** Where its bytes stand in the image's literals. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isNocase: boolean;
  readonly minPosition: number;
  readonly maxPosition: number;
}

const MULTIPLIER = 0x9e3779b1;

/** 16-bit hash of a gram, for the bitmap. */
export function hashGram(gram: number): number {
  return Math.imul(gram, MULTIPLIER) >>> 16;
}

/** 32-bit hash of a gram, for the table behind the bitmap. */
export function slotOfGram(gram: number, slotMask: number): number {
  return (Math.imul(gram ^ (gram >>> 15), 0x85ebca6b) >>> 9) & slotMask;
}

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

/** File the literals of a group; undefined where there are none. */
export function buildLiteralIndex(literals: readonly FiledLiteral[]): LiteralIndex | undefined {
  if (literals.length === 0) return undefined;
  const entries = new Int32Array(literals.length * LITERAL_STRIDE);
  const first4 = new Map<number, number>();
  const table2 = new Int32Array(
    literals.some(({ bytes }) => bytes.length === 2 || bytes.length === 3) ? 65_536 : 0,
  );
  const table1 = new Int32Array(literals.some(({ bytes }) => bytes.length === 1) ? 256 : 0);
  literals.forEach((literal, index) => {
    const bytes = lowerCaseBytes(literal.bytes);
    const width = bytes.length >= 4 ? 4 : bytes.length >= 2 ? 2 : 1;
    const { position } = rarestWindow(bytes, width);
    let gram = 0;
    for (let i = 0; i < width; i++) gram = (gram << 8) | bytes[position + i]!;
    const row = index * LITERAL_STRIDE;
    entries[row + LiteralColumn.RULE] = literal.rule;
    entries[row + LiteralColumn.OFFSET] = literal.offset;
    entries[row + LiteralColumn.LENGTH] = bytes.length;
    entries[row + LiteralColumn.ANCHOR] = position;
    entries[row + LiteralColumn.IS_NOCASE] = literal.isNocase ? 1 : 0;
    entries[row + LiteralColumn.MIN_POSITION] = literal.minPosition;
    entries[row + LiteralColumn.MAX_POSITION] = literal.maxPosition;
    const next = width === 4 ? (first4.get(gram) ?? 0) : width === 2 ? table2[gram]! : table1[gram]!;
    entries[row + LiteralColumn.NEXT] = next;
    if (width === 4) first4.set(gram, index + 1);
    else if (width === 2) table2[gram] = index + 1;
    else table1[gram] = index + 1;
  });
  return { ...buildGramTable(first4), table2, table1, entries };
}

function buildGramTable(first4: ReadonlyMap<number, number>): Pick<LiteralIndex, "bitmap4" | "table4"> {
  const bitmap4 = new Uint32Array(first4.size > 0 ? 2048 : 0);
  let slots = 4;
  while (slots < first4.size * 2) slots *= 2;
  const table4 = new Int32Array(first4.size > 0 ? slots * 2 : 0);
  for (const [gram, entry] of first4) {
    const hash = hashGram(gram);
    bitmap4[hash >>> 5]! |= 1 << (hash & 31);
    let slot = slotOfGram(gram, slots - 1);
    while (table4[slot * 2 + 1] !== 0) slot = (slot + 1) & (slots - 1);
    table4[slot * 2] = gram;
    table4[slot * 2 + 1] = entry;
  }
  return { bitmap4, table4 };
}
