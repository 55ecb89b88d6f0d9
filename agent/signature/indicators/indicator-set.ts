/**
 * All lists of indicators of a rule set, compiled into one table. Bounds: MAX_VALUES values, MAX_LISTS lists.
 *
 * A hit has generator INDICATOR_GID and the signature id of its list: the `sid` of the header, else a number that follows from
 * the name of the list.
 */
import {
  type FlatLayout,
  int32,
  list,
  record,
  text,
  uint8Array,
  uint32Array,
} from "../../base/flat-layout.js";
import { IndicatorHash } from "./indicator-hash.js";
import { INDICATOR_SPACES } from "./indicator-kind.js";
import { type IndicatorFile, type IndicatorHeader, readIndicatorList } from "./indicator-list.js";
import { INDICATOR_TABLE, type IndicatorTable, IndicatorTableBuilder } from "./indicator-table.js";

export const INDICATOR_GID = 9000;

const MAX_VALUES = 4_000_000;
const MAX_LISTS = 1024;
/** Lines of all lists together, so that a place is a 32-bit number. */
const MAX_LINES = 0xffff_fff0;

export interface IndicatorListRow {
  readonly name: string;
  readonly kind: string;
  readonly message: string;
  readonly classtype: string;
  readonly category: string;
  readonly severity: number;
  readonly confidence: number;
  readonly sid: number;
  readonly rev: number;
  readonly valueCount: number;
}

/** The lists as a part of the rule image. */
export interface IndicatorImage {
  readonly table: IndicatorTable;
  /** By IndicatorSpace: 1 where there are values. */
  readonly spaces: Uint8Array;
  /** Lengths of listed networks, longest first. */
  readonly prefixesV4: Uint8Array;
  readonly prefixesV6: Uint8Array;
  readonly lists: readonly IndicatorListRow[];
  /** Place of the first line of each list, rising. */
  readonly firstPlaces: Uint32Array;
}

/** Signature ids are unsigned; the layout's numbers are signed. */
const unsigned: FlatLayout<number> = {
  name: "unsigned",
  write: (value, writer) => writer.word(value | 0),
  read: (reader) => reader.word() >>> 0,
};

const LIST_ROW: FlatLayout<IndicatorListRow> = record({
  name: text,
  kind: text,
  message: text,
  classtype: text,
  category: text,
  severity: int32,
  confidence: int32,
  sid: unsigned,
  rev: unsigned,
  valueCount: int32,
});

export const INDICATOR_IMAGE: FlatLayout<IndicatorImage> = record({
  table: INDICATOR_TABLE,
  spaces: uint8Array,
  prefixesV4: uint8Array,
  prefixesV6: uint8Array,
  lists: list(LIST_ROW),
  firstPlaces: uint32Array,
});

export interface RefusedIndicator {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/**
 * Compile the lists. Never throws for what stands in them: what cannot be read is in `refused`.
 *
 * @param categoryOf description of a class of rules
 */
export function compileIndicators(
  files: readonly IndicatorFile[],
  categoryOf: (classtype: string) => string,
): { image: IndicatorImage; refused: RefusedIndicator[] } {
  const hash = new IndicatorHash();
  const builder = new IndicatorTableBuilder();
  const spaces = new Uint8Array(INDICATOR_SPACES);
  const prefixes = { v4: new Set<number>(), v6: new Set<number>() };
  const lists: IndicatorListRow[] = [];
  const firstPlaces: number[] = [];
  const refused: RefusedIndicator[] = [];
  const sids = new Map<number, string>();
  let place = 0;
  for (const file of files) {
    const firstPlace = place;
    const left =
      lists.length < MAX_LISTS && place + file.bytes.length < MAX_LINES ? MAX_VALUES - builder.count : 0;
    const report = readIndicatorList(file, left, hash, prefixes, (space, line) => {
      spaces[space] = 1;
      builder.add(hash.high, hash.low, firstPlace + line - 1);
    });
    place += report.lineCount;
    for (const problem of report.problems) refused.push({ file: file.path, ...problem });
    const { header } = report;
    if (header === undefined) continue;
    const owner = sids.get(header.sid);
    if (owner !== undefined) {
      const reason = `sid ${header.sid} is that of ${owner}, too; alerts of both look alike: give one a line "#! sid: N"`;
      refused.push({ file: file.path, line: 1, reason });
    }
    sids.set(header.sid, file.path);
    lists.push(rowOf(header, report.valueCount, categoryOf));
    firstPlaces.push(firstPlace);
  }
  const starts = Uint32Array.from(firstPlaces);
  const table = builder.build((first, second) => listAt(starts, first) === listAt(starts, second));
  const image = {
    table,
    spaces,
    prefixesV4: longestFirst(prefixes.v4),
    prefixesV6: longestFirst(prefixes.v6),
    lists,
    firstPlaces: starts,
  };
  return { image, refused };
}

/** No list at all. */
export const NO_INDICATORS: IndicatorImage = compileIndicators([], () => "").image;

/** Number of the list that holds a place: the last that begins at or before it. */
export function listAt(firstPlaces: Uint32Array, place: number): number {
  let low = 0;
  let high = firstPlaces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (firstPlaces[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

function rowOf(
  { isTree: _, ...header }: IndicatorHeader,
  valueCount: number,
  categoryOf: (classtype: string) => string,
): IndicatorListRow {
  return { ...header, category: categoryOf(header.classtype), valueCount };
}

function longestFirst(lengths: ReadonlySet<number>): Uint8Array {
  return Uint8Array.from([...lengths].sort((a, b) => b - a));
}
