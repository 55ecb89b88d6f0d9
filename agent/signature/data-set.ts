/**
 * The data sets and reputation lists that rules name (`dataset`, `datarep`): parsing of their files into compact tables.
 *
 * A file has one value a line: text in base64 (type `string`), a hash in hexadecimal, or an address, each optionally with
 * `,reputation`. As in Suricata a line that cannot be read is passed over; the operator is told how many were.
 * Memory: the bytes of the values, 4 bytes a value, 8 to 16 for its bucket, 2 for its reputation; at most MAX_VALUES.
 */
import { parseAddress } from "../base/address.js";
import { RuleError } from "./rule-error.js";

/** Kinds of values. IPv6 sets hold both families; an IPv4 address is its four bytes and twelve zeros, as in Suricata. */
export const DataType = { STRING: 0, MD5: 1, SHA256: 2, IPV4: 3, IP: 4, SHA1: 5 } as const;
export type DataTypeId = (typeof DataType)[keyof typeof DataType];

/** Values one set can be loaded with. */
export const MAX_VALUES = 1_000_000;
const MAX_REPUTATION = 65_535;
/** What all sets of a rule set may take. */
const MAX_SETS_BYTES = 96 * 1024 * 1024;
const EMPTY = new Uint8Array(0);

/** Values behind each other, found by hash: what a sensor needs of a set. */
export interface DataTable {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** First byte of value n at [n], end at [n + 1]. */
  readonly starts: Uint32Array;
  /** 0 where a line gives none. */
  readonly reputations: Uint16Array;
  /** Open-addressed: value + 1 or 0. Length is a power of two, at most half full. */
  readonly buckets: Uint32Array;
}

/** A set by its name, shared by the rules that use it. */
export interface DataSet {
  readonly name: string;
  readonly type: DataTypeId;
  /** Name of the file it was loaded from; empty where it starts without values. */
  readonly source: string;
  readonly table: DataTable;
  /** Lines of the file that cannot be read. */
  readonly badLines: number;
}

/** What a rule says about a set besides its name. */
export interface DataSetRequest {
  readonly name: string;
  /** Undefined: the set is one an earlier rule has named. */
  readonly type: DataTypeId | undefined;
  /** File to load it from; empty: none. */
  readonly source: string;
}

/** The sets of one rule set. */
export class DataSetCatalogue {
  readonly #sets = new Map<string, DataSet>();
  readonly #maxBytes: number;
  #usedBytes = 0;

  /** @param maxBytes what all sets may take together */
  constructor(maxBytes = MAX_SETS_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The set a rule asks for, made where no rule before has named it.
   *
   * @param read gives the text of the file, undefined where there is none
   * @throws RuleError where the file is missing, rules disagree about the set, or there is no room for it
   */
  open(request: DataSetRequest, keyword: string, read: (name: string) => string | undefined): DataSet {
    const { name, type, source } = request;
    const known = this.#sets.get(name);
    if (known) {
      if (type !== undefined && type !== known.type) {
        throw new RuleError(`${keyword}: "${name}" has another type in an earlier rule`);
      }
      if (source !== "" && source !== known.source) {
        throw new RuleError(`${keyword}: "${name}" is loaded from another file in an earlier rule`);
      }
      return known;
    }
    if (type === undefined) throw new RuleError(`${keyword}: the type of "${name}" is missing`);
    const text = source === "" ? "" : read(source);
    if (text === undefined) throw new RuleError(`${keyword}: the file "${source}" cannot be read`);
    const set = { name, type, source, ...parseDataTable(text, type, keyword) };
    const { bytes, starts, reputations, buckets } = set.table;
    const size = [bytes, starts, reputations, buckets].reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.#usedBytes + size > this.#maxBytes) {
      throw new RuleError(
        `${keyword}: sets take more than ${Math.floor(this.#maxBytes / 1024)} KiB together`,
      );
    }
    this.#usedBytes += size;
    this.#sets.set(name, set);
    return set;
  }
}

/**
 * Read the lines of a data file.
 *
 * @throws RuleError where it has more than MAX_VALUES lines
 */
export function parseDataTable(
  text: string,
  type: DataTypeId,
  keyword: string,
): { readonly table: DataTable; readonly badLines: number } {
  const values: Uint8Array[] = [];
  const reputations: number[] = [];
  let size = 0;
  let badLines = 0;
  for (const line of text.split("\n")) {
    const comma = line.indexOf(",");
    const value = parseValue((comma < 0 ? line : line.slice(0, comma)).trim(), type);
    const reputation = comma < 0 ? 0 : parseReputation(line.slice(comma + 1).trim());
    if (value.length === 0 || reputation === undefined) {
      if (line.trim() !== "") badLines++;
      continue;
    }
    if (values.length === MAX_VALUES) throw new RuleError(`${keyword}: more than ${MAX_VALUES} values`);
    values.push(value);
    reputations.push(reputation);
    size += value.length;
  }
  return { table: buildTable(values, reputations, size), badLines };
}

function parseReputation(text: string): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= MAX_REPUTATION ? Number(text) : undefined;
}

/** Bytes of a value; empty where it cannot be read. */
function parseValue(text: string, type: DataTypeId): Uint8Array {
  switch (type) {
    case DataType.STRING:
      return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
        ? Uint8Array.from(Buffer.from(text, "base64"))
        : EMPTY;
    case DataType.MD5:
      return /^[0-9a-f]{32}$/i.test(text) ? Uint8Array.from(Buffer.from(text, "hex")) : EMPTY;
    case DataType.SHA1:
      return /^[0-9a-f]{40}$/i.test(text) ? Uint8Array.from(Buffer.from(text, "hex")) : EMPTY;
    case DataType.SHA256:
      return /^[0-9a-f]{64}$/i.test(text) ? Uint8Array.from(Buffer.from(text, "hex")) : EMPTY;
    default:
      return parseAddressValue(text, type);
  }
}

function parseAddressValue(text: string, type: DataTypeId): Uint8Array {
  const address = parseAddress(text);
  if (!address) return EMPTY;
  const { version, words } = address;
  const isMapped = version === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  const isV4 = version === 4 || isMapped;
  if (type === DataType.IPV4 && version !== 4) return EMPTY;
  const value = new Uint8Array(type === DataType.IPV4 ? 4 : 16);
  const view = new DataView(value.buffer);
  if (isV4) view.setUint32(0, words[3]!);
  else for (let i = 0; i < 4; i++) view.setUint32(i * 4, words[i]!);
  return value;
}

function buildTable(values: readonly Uint8Array[], reputations: readonly number[], size: number): DataTable {
  const bytes = new Uint8Array(size);
  const starts = new Uint32Array(values.length + 1);
  const kept = new Uint16Array(values.length);
  const buckets = new Uint32Array(bucketCount(values.length));
  const table = { count: 0, bytes, starts, reputations: kept, buckets };
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (findValue(table, value, 0, value.length) >= 0) continue;
    const start = starts[table.count]!;
    bytes.set(value, start);
    starts[table.count + 1] = start + value.length;
    kept[table.count] = reputations[i]!;
    const mask = buckets.length - 1;
    let bucket = hashBytes(bytes, start, value.length) & mask;
    while (buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
    buckets[bucket] = ++table.count;
  }
  return table;
}

function bucketCount(values: number): number {
  let count = 2;
  while (count < values * 2) count *= 2;
  return count;
}

/** Number of the value `bytes[offset, offset + length)` in the table, or −1. */
export function findValue(table: DataTable, bytes: Uint8Array, offset: number, length: number): number {
  const { buckets, starts } = table;
  const mask = buckets.length - 1;
  let bucket = hashBytes(bytes, offset, length) & mask;
  for (let probe = 0; probe <= mask; probe++) {
    const value = buckets[bucket]! - 1;
    if (value < 0) return -1;
    const start = starts[value]!;
    if (starts[value + 1]! - start === length && isEqual(table.bytes, start, bytes, offset, length)) {
      return value;
    }
    bucket = (bucket + 1) & mask;
  }
  return -1;
}

function isEqual(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aAt + i] !== b[bAt + i]) return false;
  }
  return true;
}

/** A 32-bit hash of bytes (FNV-1a with a final mix), not negative. */
export function hashBytes(bytes: Uint8Array, offset: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[offset + i]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
