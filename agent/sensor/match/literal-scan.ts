/**
 * Searches a text for the literals of an index. Four bytes are read at once, so the text is seen through a DataView;
 * views of the last few buffers are kept, since a sensor has few of them (packet, stream memory, parsers' scratch).
 */
import {
  GRAM_BEFORE_BIAS,
  GRAM_BEFORE_MASK,
  GRAM_CASE_BITS,
  GRAM_HAS_CHECK,
  GRAM_IS_LAST,
  GRAM_LENGTH_SHIFT,
  mayHold,
  placedGram,
  slotOfGram,
} from "../../signature/gram-table.js";
import type { RuleImage } from "../../signature/image.js";
import {
  GateWord,
  GRAM_LINK_STRIDE,
  IndexWord,
  LITERAL_STRIDE,
  LiteralColumn,
  PLACE_WIDTH_BITS,
  TableWord,
} from "../../signature/search-words.js";
import type { CandidateList } from "./candidate-list.js";
import { equals, equalsLowered } from "./equal-bytes.js";
import {
  behindZeros,
  nextNarrow,
  nextOfBoth,
  nextPair,
  nextWide,
  nextWideOrHalf,
  pairFilter,
} from "./gram-loops.js";

/**
 * Steps of comparing (rows of a gram, bytes of a literal) that one search may take: some for each byte of the text, and some to
 * begin with. Literals and texts of one repeated byte would take hundreds.
 */
const STEPS_PER_BYTE = 32;
const LEAST_STEPS = 65_536;
/** Buffers of which the view is kept. */
const KEPT_VIEWS = 8;
const PLACE_WIDTH_MASK = (1 << PLACE_WIDTH_BITS) - 1;
const CASE_BITS_OF_TWO = 0x2020;
const THREE_BYTES = 0xff_ffff;
const TWO_BYTES = 0xffff;

/** Parts of an image that are searched in. */
export type Searched = Pick<RuleImage, "search" | "pairTables" | "literals">;

/** Bytes looked through and literals compared in full, and searches of which every rule became a candidate: they took too many steps. */
export interface SearchCounts {
  readonly searchedBytes: number;
  readonly comparedCount: number;
  readonly cutCount: number;
}

export class LiteralScanner implements SearchCounts {
  searchedBytes: number;
  comparedCount: number;
  cutCount: number;
  readonly #words: Int32Array;
  readonly #pairs: Uint8Array;
  readonly #literals: Uint8Array;
  readonly #candidates: CandidateList;
  readonly #buffers: Uint8Array[] = new Array<Uint8Array>(KEPT_VIEWS).fill(new Uint8Array(0));
  readonly #views: DataView[] = new Array<DataView>(KEPT_VIEWS).fill(new DataView(new ArrayBuffer(0)));
  #nextView = 0;
  // The text at hand.
  #bytes: Uint8Array = this.#buffers[0]!;
  #offset = 0;
  #end = 0;
  #entries = 0;
  #stepsLeft = 0;
  #view: DataView = this.#views[0]!;

  constructor(
    { search, pairTables, literals }: Searched,
    candidates: CandidateList,
    counts: SearchCounts = { searchedBytes: 0, comparedCount: 0, cutCount: 0 },
  ) {
    this.searchedBytes = counts.searchedBytes;
    this.comparedCount = counts.comparedCount;
    this.cutCount = counts.cutCount;
    this.#words = search;
    this.#pairs = pairFilter(search, pairTables);
    this.#literals = literals;
    this.#candidates = candidates;
  }

  /**
   * Put into the candidates every rule of which the filed literal stands in the buffer `bytes[offset, offset + length)` at a
   * permitted position. Linear in the length: where comparing takes too long, what was not compared counts as found.
   *
   * @param index where its IndexWords stand
   */
  scan(index: number, bytes: Uint8Array, offset: number, length: number): void {
    // Small numbers stay small ones: positions in streams, of which these may come, are not, and would make all of them as slow.
    const from = offset | 0;
    const words = this.#words;
    this.#bytes = bytes;
    this.#offset = from;
    this.#end = (offset + length) | 0;
    this.#entries = words[index + IndexWord.ENTRIES]!;
    const view = this.#viewOf(bytes);
    this.#view = view;
    this.#stepsLeft = LEAST_STEPS + length * STEPS_PER_BYTE;
    if (words[index + IndexWord.PLACE_COUNT] !== 0) this.#scanPlaces(index, view);
    const searched = Math.min(length, words[index + IndexWord.DEPTH]!) | 0;
    if (searched > 0) {
      this.searchedBytes += searched;
      this.#scanAll(index, view, from, from + searched);
    }
    if (this.#stepsLeft < 0) this.#takeAll(index);
  }

  /** Whether the bytes of a gate (GateWord) stand where they may, whatever their case. */
  isOpen(gate: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const words = this.#words;
    const last = words[gate + GateWord.LAST_PLACE]!;
    const gram = words[gate + GateWord.GRAM]!;
    const mask = words[gate + GateWord.MASK]!;
    for (let place = words[gate + GateWord.FIRST_PLACE]!; place <= last && place < length; place++) {
      if (((wordAt(bytes, offset + place) | GRAM_CASE_BITS) & mask) === gram) return true;
    }
    return false;
  }

  /** Literals that begin at no known place, as far as `end`. */
  #scanAll(index: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const wide = index + IndexWord.WIDE;
    const narrow = index + IndexWord.NARROW;
    const short = index + IndexWord.SHORT;
    const single = index + IndexWord.SINGLE;
    const hasWide = words[wide + TableWord.SLOTS] !== 0;
    if (words[index + IndexWord.HAS_FEW_BYTES] !== 0) this.#scanInWords(index, view, from, end);
    else if (words[narrow + TableWord.SLOTS] === 0) {
      if (hasWide) this.#scanWide(wide, view, from, end);
    } else if (hasWide) this.#scanWideAndNarrow(wide, narrow, view, from, end);
    else this.#scanNarrow(narrow, view, from, end);
    if (words[short + TableWord.SLOTS] !== 0) this.#scanShort(short, view, from, end);
    if (words[single + TableWord.SLOTS] !== 0) this.#scanSingle(single, from, end);
  }

  /** Judging decides about what was not compared. */
  #takeAll(index: number): void {
    this.cutCount++;
    const words = this.#words;
    const end = this.#entries + words[index + IndexWord.ENTRY_COUNT]! * LITERAL_STRIDE;
    for (let row = this.#entries; row < end; row += LITERAL_STRIDE) {
      this.#candidates.add(words[row + LiteralColumn.RULE]!);
    }
  }

  #scanPlaces(index: number, view: DataView): void {
    const words = this.#words;
    const table = index + IndexWord.PLACED;
    const bitmap = words[table + TableWord.BITMAP]!;
    const shift = words[table + TableWord.SHIFT]!;
    const first = words[index + IndexWord.PLACES]!;
    const last = first + words[index + IndexWord.PLACE_COUNT]!;
    const length = this.#end - this.#offset;
    for (let i = first; i < last; i++) {
      const packed = words[i]!;
      const place = packed >>> PLACE_WIDTH_BITS;
      const width = packed & PLACE_WIDTH_MASK;
      if (place >= length) return;
      if (place + width > length) continue;
      const at = this.#offset + place;
      const bytes = width === 4 ? view.getInt32(at, true) | GRAM_CASE_BITS : this.#fewBytes(at, width);
      const gram = placedGram(bytes, place, width);
      if (mayHold(words, bitmap, shift, gram)) this.#look(table, gram, at);
    }
  }

  /** One to three bytes with their case bits. */
  #fewBytes(at: number, width: number): number {
    const bytes = this.#bytes;
    if (width === 1) return bytes[at]! | 0x20;
    const two = bytes[at]! | (bytes[at + 1]! << 8) | CASE_BITS_OF_TWO;
    return width === 2 ? two : two | ((bytes[at + 2]! | 0x20) << 16);
  }

  #scanWide(table: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const bitmap = words[table + TableWord.BITMAP]!;
    const shift = words[table + TableWord.SHIFT]!;
    const last = end - 4;
    for (let at = from; ; at += 4) {
      at = nextWide(view, words, bitmap, shift, at, last);
      if (at > last) return;
      this.#look(table, view.getInt32(at, true) | GRAM_CASE_BITS, at);
    }
  }

  /** Longer literals and few of four to six bytes: see addInWords. */
  #scanInWords(index: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const wide = index + IndexWord.WIDE;
    const half = index + IndexWord.HALF;
    const bitmap = words[wide + TableWord.BITMAP]!;
    const shift = words[wide + TableWord.SHIFT]!;
    const a = words[index + IndexWord.HALVES]!;
    const b = words[index + IndexWord.HALVES + 1]!;
    const c = words[index + IndexWord.HALVES + 2]!;
    const passesZeros =
      words[wide + TableWord.HAS_ZERO_RUNS] === 0 &&
      a !== CASE_BITS_OF_TWO &&
      b !== CASE_BITS_OF_TWO &&
      c !== CASE_BITS_OF_TWO;
    const last = end - 4;
    let at = from;
    for (; ; at += 4) {
      at = nextWideOrHalf(view, words, bitmap, shift, a, b, c, at, last);
      if (at > last) break;
      const gram = view.getInt32(at, true) | GRAM_CASE_BITS;
      if (gram === GRAM_CASE_BITS && passesZeros) {
        const next = behindZeros(view, from, at, end);
        if (next > at) {
          at = next - 4;
          continue;
        }
      }
      if (mayHold(words, bitmap, shift, gram)) this.#look(wide, gram, at);
      const upper = gram >>> 16;
      if (upper === a || upper === b || upper === c) this.#look(half, upper, at + 2);
    }
    if (at + 3 !== end) return;
    // A literal may end here: whatever its fourth byte is said to be, it is filed with.
    const gram = view.getUint16(at, true) | (this.#bytes[at + 2]! << 16) | GRAM_CASE_BITS;
    if (mayHold(words, bitmap, shift, gram)) this.#look(wide, gram, at);
  }

  /** Both at once: one reading of the text for three look-ups, of which two are of two bytes as they stand. */
  #scanWideAndNarrow(wide: number, narrow: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const pairs = this.#pairs;
    const bitmap = words[wide + TableWord.BITMAP]!;
    const shift = words[wide + TableWord.SHIFT]!;
    const pairBit = words[narrow + TableWord.PAIR_BIT]!;
    const narrows = words[narrow + TableWord.BITMAP]!;
    const narrowShift = words[narrow + TableWord.SHIFT]!;
    const last = end - 8;
    let at = from;
    for (; ; at += 4) {
      at = nextOfBoth(view, words, bitmap, shift, pairs, pairBit, narrows, narrowShift, at, last);
      if (at > last) break;
      const gram = view.getInt32(at, true) | GRAM_CASE_BITS;
      if (mayHold(words, bitmap, shift, gram)) this.#look(wide, gram, at);
      const first = gram & THREE_BYTES;
      if (mayHold(words, narrows, narrowShift, first)) this.#look(narrow, first, at);
      const second = (view.getInt32(at + 2, true) | GRAM_CASE_BITS) & THREE_BYTES;
      if (mayHold(words, narrows, narrowShift, second)) this.#look(narrow, second, at + 2);
    }
    this.#scanWide(wide, view, at, end);
    this.#scanNarrow(narrow, view, at, end);
  }

  #scanNarrow(table: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const pairs = this.#pairs;
    const pairBit = words[table + TableWord.PAIR_BIT]!;
    const bitmap = words[table + TableWord.BITMAP]!;
    const shift = words[table + TableWord.SHIFT]!;
    const last = end - 4;
    let at = from;
    for (; ; at += 2) {
      at = nextNarrow(view, words, bitmap, shift, pairs, pairBit, at, last);
      if (at > last) break;
      this.#look(table, (view.getInt32(at, true) | GRAM_CASE_BITS) & THREE_BYTES, at);
    }
    const left = end - at;
    if (left !== 2 && left !== 3) return;
    // A literal may end here: whatever its third byte is said to be, it is filed with.
    const third = left === 3 ? this.#bytes[at + 2]! << 16 : 0;
    const gram = (view.getUint16(at, true) | third | GRAM_CASE_BITS) & THREE_BYTES;
    if (mayHold(words, bitmap, shift, gram)) this.#look(table, gram, at);
  }

  #scanShort(table: number, view: DataView, from: number, end: number): void {
    const words = this.#words;
    const pairs = this.#pairs;
    const pairBit = words[table + TableWord.PAIR_BIT]!;
    const bitmap = words[table + TableWord.BITMAP]!;
    const shift = words[table + TableWord.SHIFT]!;
    const last = end - 2;
    for (let at = from; ; at++) {
      at = nextPair(view, words, bitmap, shift, pairs, pairBit, at, last);
      if (at > last) return;
      this.#look(table, (view.getUint16(at, true) | GRAM_CASE_BITS) & TWO_BYTES, at);
    }
  }

  #scanSingle(table: number, from: number, end: number): void {
    const words = this.#words;
    const bitmap = words[table + TableWord.BITMAP]!;
    const shift = words[table + TableWord.SHIFT]!;
    for (let at = from; at < end; at++) {
      const gram = this.#bytes[at]! | 0x20;
      if (mayHold(words, bitmap, shift, gram)) this.#look(table, gram, at);
    }
  }

  /** A gram that may be in the table was found at `position`. */
  #look(table: number, gram: number, position: number): void {
    const words = this.#words;
    const slots = words[table + TableWord.SLOTS]!;
    const slotMask = words[table + TableWord.SLOT_MASK]!;
    let slot = slotOfGram(gram, slotMask);
    for (;;) {
      const row = words[slots + slot * 2 + 1]!;
      if (row === 0) return;
      if (words[slots + slot * 2] === gram) {
        this.#verify(row, position);
        return;
      }
      slot = (slot + 1) & slotMask;
    }
  }

  /** Compare the literals that have the gram found at `position` (absolute in the bytes), while there are steps left. */
  #verify(first: number, position: number): void {
    const view = this.#view;
    const words = this.#words;
    for (let row = first; this.#stepsLeft >= 0; row += GRAM_LINK_STRIDE) {
      this.#stepsLeft--;
      const where = words[row + 1]!;
      const start = position + GRAM_BEFORE_BIAS - (where & GRAM_BEFORE_MASK);
      const end = start + ((where >>> GRAM_LENGTH_SHIFT) & GRAM_BEFORE_MASK);
      const mayStand =
        start >= this.#offset &&
        end <= this.#end &&
        ((where & GRAM_HAS_CHECK) === 0 ||
          (view.getInt32(start + words[row + 2]!, true) | GRAM_CASE_BITS) === words[row + 3]);
      if (mayStand) this.#compare(words[row]!, start);
      if ((where & GRAM_IS_LAST) !== 0) return;
    }
  }

  /** Compare literal number `literal` with the text from `start` on. */
  #compare(literal: number, start: number): void {
    this.comparedCount++;
    const words = this.#words;
    const row = this.#entries + literal * LITERAL_STRIDE;
    const relative = start - this.#offset;
    if (relative < words[row + LiteralColumn.MIN_POSITION]!) return;
    if (relative > words[row + LiteralColumn.MAX_POSITION]!) return;
    const rule = words[row + LiteralColumn.RULE]!;
    if (this.#candidates.has(rule)) return;
    const length = words[row + LiteralColumn.LENGTH]!;
    if (start + length > this.#end) return;
    this.#stepsLeft -= length;
    const literals = this.#literals;
    const at = words[row + LiteralColumn.OFFSET]!;
    const isEqual =
      words[row + LiteralColumn.IS_NOCASE] === 1
        ? equalsLowered(this.#bytes, start, literals, at, length)
        : equals(this.#bytes, start, literals, at, length);
    if (isEqual) this.#candidates.add(rule);
  }

  #viewOf(bytes: Uint8Array): DataView {
    const buffers = this.#buffers;
    for (let i = 0; i < KEPT_VIEWS; i++) {
      if (buffers[i] === bytes) return this.#views[i]!;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    buffers[this.#nextView] = bytes;
    this.#views[this.#nextView] = view;
    this.#nextView = (this.#nextView + 1) % KEPT_VIEWS;
    return view;
  }
}

/** Four bytes, little-endian; what is behind the bytes counts as 0. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
