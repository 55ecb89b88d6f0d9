/**
 * Owns the reading of a damaged SQLite file without SQLite: every leaf page that still looks like one is read for
 * its records, whatever has become of the header, the roots and the pages above it. What a record is worth is
 * decided by its checksum (`salvage-rows.ts`).
 *
 * The write-ahead log is laid over the file as far as it is committed; what lies behind damage in it is read by itself
 * (`write-ahead-log.ts`). Indexes, free pages' chains and the schema are not looked at.
 *
 * Refuses: pages of another size than ours, databases with an encoding other than UTF-8 (ours never has).
 * Memory: the log (bounded by the budget), one page, one row. Every length is checked against its page; a damaged
 * one ends that record. Specification: https://www.sqlite.org/fileformat2.html.
 */
import { type FileHandle, open } from "node:fs/promises";
import { PAGE_BYTES } from "./budget.js";
import { readLog, type WriteAheadLog } from "./write-ahead-log.js";

export type RecordValue = string | number | null;

/** One record of a table's b-tree. */
export interface SalvagedRecord {
  readonly rowid: number;
  readonly columns: readonly RecordValue[];
}

/** Longest record read; ours are bounded far below. */
const MAX_RECORD_BYTES = 256 * 1024;
const LEAF_TABLE_PAGE = 0x0d;

type PageOf = (number: number) => Promise<Buffer | undefined>;

/** Pages of a database file and its log, each as of the last commit. */
export class SalvageFile {
  readonly pageCount: number;
  readonly #file: FileHandle;
  readonly #log: WriteAheadLog;

  private constructor(file: FileHandle, pageCount: number, log: WriteAheadLog) {
    this.#file = file;
    this.pageCount = pageCount;
    this.#log = log;
  }

  static async open(path: string): Promise<SalvageFile> {
    const log = await readLog(`${path}-wal`);
    const file = await open(path, "r");
    const { size } = await file.stat();
    const pageCount = Math.max(Math.ceil(size / PAGE_BYTES), ...log.committed.keys());
    return new SalvageFile(file, pageCount, log);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The page with a number (from 1), or undefined where the file ends before it or cannot be read. */
  async #page(number: number): Promise<Buffer | undefined> {
    const offset = this.#log.committed.get(number);
    if (offset !== undefined) return this.#log.bytes.subarray(offset, offset + PAGE_BYTES);
    const page = Buffer.alloc(PAGE_BYTES);
    const read = await this.#file
      .read(page, 0, PAGE_BYTES, (number - 1) * PAGE_BYTES)
      .catch(() => ({ bytesRead: 0 }));
    return read.bytesRead === 0 ? undefined : page;
  }

  /** The records of a page if it is a leaf of a table; nothing otherwise. */
  async *records(number: number): AsyncGenerator<SalvagedRecord> {
    const page = await this.#page(number);
    if (page) yield* this.#recordsOf(page, number, (next) => this.#page(next));
  }

  /** The records of the leaves behind damage in the log, in the order in which they were written. */
  async *looseRecords(): AsyncGenerator<SalvagedRecord> {
    const { bytes, loose } = this.#log;
    const imageOf = (offset: number): Buffer => bytes.subarray(offset, offset + PAGE_BYTES);
    const newest = new Map(loose.map(({ page, offset }) => [page, offset]));
    const pageOf = async (number: number): Promise<Buffer | undefined> => {
      const offset = newest.get(number);
      return offset === undefined ? this.#page(number) : imageOf(offset);
    };
    for (const { page, offset } of loose) yield* this.#recordsOf(imageOf(offset), page, pageOf);
  }

  async *#recordsOf(page: Buffer, number: number, pageOf: PageOf): AsyncGenerator<SalvagedRecord> {
    const header = number === 1 ? 100 : 0;
    if (page[header] !== LEAF_TABLE_PAGE) return;
    // A cell takes at least four bytes and two for its pointer.
    const cells = Math.min(page.readUInt16BE(header + 3), Math.floor(PAGE_BYTES / 6));
    for (let cell = 0; cell < cells; cell++) {
      const offset = page.readUInt16BE(header + 8 + cell * 2);
      const record = await this.#record(page, offset, pageOf);
      if (record) yield record;
    }
  }

  async #record(page: Buffer, offset: number, pageOf: PageOf): Promise<SalvagedRecord | undefined> {
    const length = readVarint(page, offset);
    const rowid = length && readVarint(page, length.end);
    if (!rowid || length.value > MAX_RECORD_BYTES) return undefined;
    const payload = await this.#payload(page, rowid.end, length.value, pageOf);
    const columns = payload && decodeRecord(payload);
    return columns && { rowid: rowid.value, columns };
  }

  /** The bytes of a record: those in its cell, then those on its chain of overflow pages. */
  async #payload(page: Buffer, offset: number, length: number, pageOf: PageOf): Promise<Buffer | undefined> {
    const localBytes = localPayloadBytes(length);
    if (offset + localBytes > PAGE_BYTES) return undefined;
    if (localBytes === length) return page.subarray(offset, offset + length);
    if (offset + localBytes + 4 > PAGE_BYTES) return undefined;
    const payload = Buffer.alloc(length);
    page.copy(payload, 0, offset, offset + localBytes);
    let filled = localBytes;
    let next = page.readUInt32BE(offset + localBytes);
    while (filled < length) {
      const overflow = next === 0 ? undefined : await pageOf(next);
      if (!overflow) return undefined;
      filled += overflow.copy(payload, filled, 4, Math.min(PAGE_BYTES, 4 + length - filled));
      next = overflow.readUInt32BE(0);
    }
    return payload;
  }
}

/** How much of a record stays in its cell on a leaf page of a table. */
function localPayloadBytes(length: number): number {
  const most = PAGE_BYTES - 35;
  if (length <= most) return length;
  const least = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (PAGE_BYTES - 4));
  return fitting <= most ? fitting : least;
}

/** A big-endian number of up to nine bytes, seven bits each, the ninth with eight. */
function readVarint(bytes: Buffer, offset: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    if (i === 8) return { value: value * 256 + byte, end: offset + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: offset + i + 1 };
  }
  return undefined;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function decodeRecord(payload: Buffer): readonly RecordValue[] | undefined {
  const header = readVarint(payload, 0);
  if (!header || header.value > payload.length) return undefined;
  const columns: RecordValue[] = [];
  let at = header.end;
  let offset = header.value;
  while (at < header.value) {
    const type = readVarint(payload, at);
    if (!type) return undefined;
    at = type.end;
    const bytes = serialTypeBytes(type.value);
    if (bytes === undefined || offset + bytes > payload.length) return undefined;
    columns.push(decodeValue(payload, type.value, offset, bytes));
    offset += bytes;
  }
  return columns;
}

function serialTypeBytes(type: number): number | undefined {
  if (type <= 6) return INTEGER_BYTES[type];
  if (type === 7) return 8;
  if (type <= 9) return 0;
  return type >= 12 ? Math.floor((type - 12) / 2) : undefined;
}

function decodeValue(payload: Buffer, type: number, offset: number, bytes: number): RecordValue {
  if (type === 0) return null;
  if (type <= 5) return payload.readIntBE(offset, bytes);
  if (type === 6) return Number(payload.readBigInt64BE(offset));
  if (type === 7) return payload.readDoubleBE(offset);
  if (type <= 9) return type - 8;
  return payload.toString("utf8", offset, offset + bytes);
}
