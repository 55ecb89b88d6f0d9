/**
 * Searches a text for the literals of an index. Four bytes are read at once, so the text is seen through a DataView;
 * views of the last few buffers are kept, since a sensor has few of them (packet, stream memory, parsers' scratch).
 */
import {
  GRAM_BEFORE_MASK,
  GRAM_CASE_BITS,
  GRAM_HAS_CHECK,
  GRAM_IS_LAST,
  GRAM_LENGTH_SHIFT,
  hashGram,
  slotOfGram,
} from "../../signature/gram-table.js";
import {
  GRAM_LINK_STRIDE,
  type GramTable,
  LITERAL_STRIDE,
  LiteralColumn,
  type LiteralIndex,
} from "../../signature/image.js";
import type { CandidateList } from "./candidate-list.js";
import { PairFilter } from "./pair-filter.js";

/** Lower case of every byte (ASCII letters only). */
export const LOWER_CASE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/**
 * Steps of comparing (rows of a gram, bytes of a literal) that one search may take: some for each byte of the text, and some to
 * begin with. Literals and texts of one repeated byte would take hundreds.
 */
const STEPS_PER_BYTE = 32;
const LEAST_STEPS = 65_536;
/** Buffers of which the view is kept. */
const KEPT_VIEWS = 8;
const THREE_BYTES = 0xff_ffff;
const TWO_BYTES = 0xffff;

export class LiteralScanner {
  /** Bytes looked through and literals compared in full since the start, for statistics. */
  searchedBytes = 0;
  comparedCount = 0;
  /** Searches that took too many steps, of which every rule became a candidate. */
  cutCount = 0;
  readonly #literals: Uint8Array;
  readonly #candidates: CandidateList;
  readonly #filter = new PairFilter();
  readonly #buffers: Uint8Array[] = new Array<Uint8Array>(KEPT_VIEWS).fill(new Uint8Array(0));
  readonly #views: DataView[] = new Array<DataView>(KEPT_VIEWS).fill(new DataView(new ArrayBuffer(0)));
  #nextView = 0;
  // The text at hand.
  #bytes: Uint8Array = this.#buffers[0]!;
  #offset = 0;
  #end = 0;
  #entries: Int32Array = new Int32Array(0);
  #stepsLeft = 0;
  #view: DataView = this.#views[0]!;

  /** @param literals the bytes of all literals of the image */
  constructor(literals: Uint8Array, candidates: CandidateList) {
    this.#literals = literals;
    this.#candidates = candidates;
  }

  /**
   * Put into the candidates every rule of which the filed literal stands in the buffer `bytes[offset, end)` at a permitted
   * position and reaches behind `fresh`: what ends before it has been found before. Linear in the length: where comparing takes
   * too long, what was not compared counts as found.
   */
  scan(index: LiteralIndex, bytes: Uint8Array, offset: number, fresh: number, end: number): void {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
    this.#entries = index.entries;
    const view = this.#viewOf(bytes);
    this.#view = view;
    this.#stepsLeft = LEAST_STEPS + (end - offset) * STEPS_PER_BYTE;
    const anchorsFrom = fresh - index.anchorReach;
    if (index.anchors.length > 0) this.#scanAnchors(index, view, anchorsFrom);
    if (index.shortAnchors.length > 0) this.#scanShortAnchors(index, anchorsFrom);
    const from = Math.max(offset, fresh - index.reach);
    this.searchedBytes += end - from;
    const hasWide = index.wide.slots.length > 0;
    if (index.narrow.slots.length === 0) {
      if (hasWide) this.#scanWide(index.wide, view, from);
    } else if (hasWide) this.#scanWideAndNarrow(index.wide, index.narrow, view, from);
    else this.#scanNarrow(index.narrow, view, from);
    if (index.short.slots.length > 0) this.#scanShort(index.short, view, from);
    if (index.single.slots.length > 0) this.#scanSingle(index.single, from);
    if (this.#stepsLeft < 0) this.#takeAll();
  }

  /** Judging decides about what was not compared. */
  #takeAll(): void {
    this.cutCount++;
    const entries = this.#entries;
    for (let row = 0; row < entries.length; row += LITERAL_STRIDE) {
      this.#candidates.add(entries[row + LiteralColumn.RULE]!);
    }
  }

  #scanAnchors(index: LiteralIndex, view: DataView, from: number): void {
    const { anchors, anchored } = index;
    for (let i = 0; i < anchors.length; i++) {
      const at = this.#offset + anchors[i]!;
      if (at < from || at + 4 > this.#end) continue;
      const gram = view.getInt32(at, true) | GRAM_CASE_BITS;
      const bit = hashGram(gram) >>> anchored.shift;
      if ((anchored.bitmap[bit >>> 5]! & (1 << (bit & 31))) !== 0) this.#look(anchored, gram, at);
    }
  }

  #scanShortAnchors(index: LiteralIndex, from: number): void {
    const { shortAnchors, shortAnchored } = index;
    for (let i = 0; i < shortAnchors.length; i++) {
      const at = this.#offset + shortAnchors[i]!;
      if (at < from || at >= this.#end) continue;
      const gram = this.#bytes[at]! | 0x20;
      const bit = hashGram(gram) >>> shortAnchored.shift;
      if ((shortAnchored.bitmap[bit >>> 5]! & (1 << (bit & 31))) !== 0) this.#look(shortAnchored, gram, at);
    }
  }

  #scanWide(table: GramTable, view: DataView, from: number): void {
    const { bitmap, shift } = table;
    const last = this.#end - 4;
    for (let at = from; at <= last; at += 4) {
      const gram = view.getInt32(at, true) | GRAM_CASE_BITS;
      const bit = hashGram(gram) >>> shift;
      if ((bitmap[bit >>> 5]! & (1 << (bit & 31))) !== 0) this.#look(table, gram, at);
    }
  }

  /** Both at once: one reading of the text for three look-ups, of which two are of two bytes as they stand. */
  #scanWideAndNarrow(wide: GramTable, narrow: GramTable, view: DataView, from: number): void {
    const { bitmap, shift } = wide;
    const { pairs } = this.#filter;
    const pairBit = this.#filter.bitOf(narrow);
    const last = this.#end - 8;
    let at = from;
    for (; at <= last; at += 4) {
      const gram = view.getInt32(at, true) | GRAM_CASE_BITS;
      const bit = hashGram(gram) >>> shift;
      const isNarrow = (pairs[gram & TWO_BYTES]! | pairs[gram >>> 16]!) & pairBit;
      if ((((bitmap[bit >>> 5]! >>> (bit & 31)) & 1) | isNarrow) === 0) continue;
      if ((bitmap[bit >>> 5]! & (1 << (bit & 31))) !== 0) this.#look(wide, gram, at);
      if (isNarrow === 0) continue;
      this.#look(narrow, gram & THREE_BYTES, at);
      this.#look(narrow, (view.getInt32(at + 2, true) | GRAM_CASE_BITS) & THREE_BYTES, at + 2);
    }
    this.#scanWide(wide, view, at);
    this.#scanNarrow(narrow, view, at);
  }

  #scanNarrow(table: GramTable, view: DataView, from: number): void {
    const { pairs } = this.#filter;
    const pairBit = this.#filter.bitOf(table);
    const last = this.#end - 4;
    let at = from;
    for (; at <= last; at += 2) {
      const gram = (view.getInt32(at, true) | GRAM_CASE_BITS) & THREE_BYTES;
      if ((pairs[gram & TWO_BYTES]! & pairBit) !== 0) this.#look(table, gram, at);
    }
    if (at + 3 !== this.#end) return;
    const gram = (view.getUint16(at, true) | (this.#bytes[at + 2]! << 16) | GRAM_CASE_BITS) & THREE_BYTES;
    this.#look(table, gram, at);
  }

  #scanShort(table: GramTable, view: DataView, from: number): void {
    const { pairs } = this.#filter;
    const pairBit = this.#filter.bitOf(table);
    const last = this.#end - 2;
    for (let at = from; at <= last; at++) {
      const gram = (view.getUint16(at, true) | GRAM_CASE_BITS) & TWO_BYTES;
      if ((pairs[gram]! & pairBit) !== 0) this.#look(table, gram, at);
    }
  }

  #scanSingle(table: GramTable, from: number): void {
    const { bitmap, shift } = table;
    for (let at = from; at < this.#end; at++) {
      const gram = this.#bytes[at]! | 0x20;
      const bit = hashGram(gram) >>> shift;
      if ((bitmap[bit >>> 5]! & (1 << (bit & 31))) !== 0) this.#look(table, gram, at);
    }
  }

  /** A gram that may be in the table was found at `position`. */
  #look(table: GramTable, gram: number, position: number): void {
    const { slots } = table;
    const slotMask = slots.length / 2 - 1;
    let slot = slotOfGram(gram, slotMask);
    for (;;) {
      const link = slots[slot * 2 + 1]!;
      if (link === 0) return;
      if (slots[slot * 2] === gram) {
        this.#verify(table.links, link, position);
        return;
      }
      slot = (slot + 1) & slotMask;
    }
  }

  /** Compare the literals that have the gram found at `position` (absolute in the bytes), while there are steps left. */
  #verify(rows: Int32Array, first: number, position: number): void {
    const view = this.#view;
    for (let row = (first - 1) * GRAM_LINK_STRIDE; this.#stepsLeft >= 0; row += GRAM_LINK_STRIDE) {
      this.#stepsLeft--;
      const where = rows[row + 1]!;
      const start = position - (where & GRAM_BEFORE_MASK);
      const end = start + ((where >>> GRAM_LENGTH_SHIFT) & GRAM_BEFORE_MASK);
      const mayStand =
        start >= this.#offset &&
        end <= this.#end &&
        ((where & GRAM_HAS_CHECK) === 0 ||
          (view.getInt32(start + rows[row + 2]!, true) | GRAM_CASE_BITS) === rows[row + 3]);
      if (mayStand) this.#compare(rows[row]!, start);
      if ((where & GRAM_IS_LAST) !== 0) return;
    }
  }

  /** Compare literal number `literal` with the text from `start` on. */
  #compare(literal: number, start: number): void {
    this.comparedCount++;
    const entries = this.#entries;
    const row = literal * LITERAL_STRIDE;
    const relative = start - this.#offset;
    if (relative < entries[row + LiteralColumn.MIN_POSITION]!) return;
    if (relative > entries[row + LiteralColumn.MAX_POSITION]!) return;
    const rule = entries[row + LiteralColumn.RULE]!;
    if (this.#candidates.has(rule)) return;
    const length = entries[row + LiteralColumn.LENGTH]!;
    if (start + length > this.#end) return;
    this.#stepsLeft -= length;
    const literals = this.#literals;
    const at = entries[row + LiteralColumn.OFFSET]!;
    const isEqual =
      entries[row + LiteralColumn.IS_NOCASE] === 1
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

/** Whether `length` bytes are the same. */
export function equals(
  a: Uint8Array,
  offsetA: number,
  b: Uint8Array,
  offsetB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    if (a[offsetA + i] !== b[offsetB + i]) return false;
  }
  return true;
}

/** Whether `length` bytes of `a` are, in lower case, those of `b`, which is in lower case. */
export function equalsLowered(
  a: Uint8Array,
  offsetA: number,
  b: Uint8Array,
  offsetB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) {
    if (LOWER_CASE[a[offsetA + i]!] !== b[offsetB + i]) return false;
  }
  return true;
}
