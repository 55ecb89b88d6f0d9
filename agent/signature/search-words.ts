/**
 * The form of `RuleImage.search`: everything in which a payload or field is looked up stands in one array of words, and what belongs
 * together stands behind each other. A search then touches few cache lines, and no objects: each object of its own on the way costs more
 * than what is looked up in it. Places in the array are counted from its begin; 0 stands for nothing.
 */
import { GrowingWords } from "../base/growing-words.js";

/** A table of grams (see gram-table.ts). */
export const TableWord = {
  /** How far a 32-bit hash is shifted to number a word of the bitmap. */
  SHIFT: 0,
  /** Two bits for each gram, in one word. */
  BITMAP: 1,
  /** Open-addressed hash table: gram, place of its first row. 0: the table is empty. */
  SLOTS: 2,
  SLOT_MASK: 3,
  /** Bit of the table in the filter of pairs (see gram-loops.ts): there are eight for all tables. */
  PAIR_BIT: 4,
  /** 1: four zeros may be looked up with zeros on both sides. Else every literal that they stand in has another byte next to them. */
  HAS_ZERO_RUNS: 5,
} as const;
export const TABLE_WORDS = 6;

/** Words of a row of a gram: number of the literal, what stands before the gram with length and flags, check place, check word. */
export const GRAM_LINK_STRIDE = 4;

/** A literal prefilter over one buffer (see literal-index.ts): every literal stands in one of the tables. */
export const IndexWord = {
  /** Bytes of the buffer in which all but the placed literals stand. */
  DEPTH: 0,
  /** Places in the buffer, counted from its begin and rising, each with the bytes that are looked up there: PLACE_WIDTH_BITS of it. */
  PLACES: 1,
  PLACE_COUNT: 2,
  /** LITERAL_STRIDE words a literal. */
  ENTRIES: 3,
  ENTRY_COUNT: 4,
  /** One to four bytes with the place at which they stand (see placedGram), looked up at `places` only. */
  PLACED: 5,
  /** Four-byte grams, looked up at every fourth position. */
  WIDE: 11,
  /** Three-byte grams, looked up at every second position. */
  NARROW: 17,
  /** Two-byte grams, looked up at every position. */
  SHORT: 23,
  /** Single bytes, looked up at every position. */
  SINGLE: 29,
  /** 1: literals of four to six bytes stand among the four-byte grams (see addInWords). */
  HAS_FEW_BYTES: 35,
  /** Of those of four bytes the first two, where they begin in the middle of a word: INDEX_HALVES of them, NO_HALF where there are fewer. */
  HALVES: 36,
  /** The same as a table. */
  HALF: 39,
} as const;
export const INDEX_WORDS = 45;
export const INDEX_HALVES = 3;
export const NO_HALF = -1;
export const PLACE_WIDTH_BITS = 3;

export const LiteralColumn = {
  RULE: 0,
  OFFSET: 1,
  LENGTH: 2,
  IS_NOCASE: 3,
  /** Earliest and latest position of the literal in the buffer. */
  MIN_POSITION: 4,
  MAX_POSITION: 5,
} as const;
export const LITERAL_STRIDE = 6;

/** Rules that are tried together. */
export const GroupWord = {
  /** Rules tried whenever the group is. */
  ALWAYS: 0,
  ALWAYS_COUNT: 1,
  /** Those tried where one of their literals is found: a literal prefilter. */
  INDEX: 2,
  /** Literals that are looked for only in buffers with certain bytes at one of few places, which their rules ask for as well. */
  GATES: 3,
  GATE_COUNT: 4,
} as const;
export const GROUP_WORDS = 5;

export const GateWord = {
  FIRST_PLACE: 0,
  LAST_PLACE: 1,
  /** One to four bytes, little-endian, with their case bits set, and which bits of four these are. */
  GRAM: 2,
  MASK: 3,
  INDEX: 4,
} as const;
export const GATE_WORDS = 5;

/** Rules of one transport class and direction, apart by what most of them name (see port-filing.ts). */
export const PortedWord = {
  /** The group of rules for any protocol and for any port, or for too many. */
  ANY: 0,
  /** Open-addressed hash tables of ports: port + 1, place of the group. */
  DESTINATION_PORTS: 5,
  DESTINATION_MASK: 6,
  SOURCE_PORTS: 7,
  SOURCE_MASK: 8,
  /** Place of the group of each application protocol: PROTOCOL_LIMIT of them. */
  PROTOCOLS: 9,
  /** Groups for many ports, a RangeWord row each; a group of 0 stands behind the last. */
  RANGES: 10,
  /** PortedPart of each in which some group has rules that are tried whenever it is: others are asked only where there is something to search. */
  ALWAYS_PARTS: 11,
} as const;
export const PORTED_WORDS = 12;

export const PortedPart = { ANY: 1, DESTINATION: 2, SOURCE: 4, PROTOCOL: 8, RANGE: 16 } as const;
export const ALL_PORTED_PARTS = 31;

/** A group for many ports: which, as a bitmap of PORT_BITMAP_WORDS, of the source (1) or the destination (0). */
export const RangeWord = { GROUP: 0, IS_SOURCE: 1, BITMAP: 2 } as const;
export const RANGE_WORDS = 3;
export const PORT_BITMAP_WORDS = 2048;

/** Message rules that wait for a literal in one buffer; field 0 stands behind the last. */
export const BufferWord = { FIELD: 0, CHAIN: 1, INDEX: 2 } as const;
export const BUFFER_WORDS = 3;

/** Sharing a bit with another table costs a few more looks, never a find: there are eight bits for all tables. */
const PAIR_BITS = 8;
const FIRST_WORDS = 1024;

/** Collects the words. Memory: what they take, twice at the most while they grow. */
export class SearchBuilder {
  readonly words = new GrowingWords(FIRST_WORDS);
  /** Tables of grams of two and three bytes. */
  readonly pairTables: number[] = [];

  constructor() {
    this.words.grow(1);
  }

  /** Append an array; returns its place, 0 where it is empty. */
  array(values: ArrayLike<number>): number {
    if (values.length === 0) return 0;
    const at = this.words.grow(values.length);
    for (let i = 0; i < values.length; i++) this.words.set(at + i, values[i]!);
    return at;
  }

  /** Another table of grams of two or three bytes: returns its bit. */
  addPairTable(table: number): number {
    return 1 << ((this.pairTables.push(table) - 1) % PAIR_BITS);
  }
}
