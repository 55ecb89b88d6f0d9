/**
 * Owns the reading of a damaged SQLite file without SQLite: every leaf page that still looks like one is read for
 * its records, whatever has become of the header, the roots and the pages above it. What a record is worth is
 * decided by its checksum (`salvage-rows.ts`).
 *
 * The write-ahead log is laid over the file: its frames count as far as the chain of checksums holds and ends in a
 * commit. Indexes, free pages' chains and the schema are not looked at.
 *
 * Refuses: pages of another size than ours, databases with an encoding other than UTF-8 (ours never has).
 * Memory: the log (bounded by the budget), one page, one row. Every length is checked against its page; a damaged
 * one ends that record. Specification: https://www.sqlite.org/fileformat2.html.
 */
import { type FileHandle, open } from "node:fs/promises";
import { PAGE_BYTES } from "./budget.js";

export type RecordValue = string | number | null;

/** One record of a table's b-tree. */
export interface SalvagedRecord {
  readonly rowid: number;
  readonly columns: readonly RecordValue[];
}

/** Longest record read; ours are bounded far below. */
const MAX_RECORD_BYTES = 256 * 1024;
/** A log longer than this is not ours. */
const MAX_WAL_BYTES = 64 * 1024 * 1024;
const LEAF_TABLE_PAGE = 0x0d;

/** Pages of a database file and its log, each as of the last commit. */
export class SalvageFile {
  readonly pageCount: number;
  readonly #file: FileHandle;
  readonly #wal: Buffer;
  /** Page number → offset of its newest committed image in the log. */
  readonly #frames: ReadonlyMap<number, number>;

  private constructor(file: FileHandle, pageCount: number, wal: Buffer, frames: ReadonlyMap<number, number>) {
    this.#file = file;
    this.pageCount = pageCount;
    this.#wal = wal;
    this.#frames = frames;
  }

  static async open(path: string): Promise<SalvageFile> {
    const wal = await readWal(`${path}-wal`);
    const file = await open(path, "r");
    const { size } = await file.stat();
    const frames = committedFrames(wal);
    const pageCount = Math.max(Math.ceil(size / PAGE_BYTES), ...frames.keys());
    return new SalvageFile(file, pageCount, wal, frames);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The page with a number (from 1), or undefined where the file ends before it or cannot be read. */
  async page(number: number): Promise<Buffer | undefined> {
    const offset = this.#frames.get(number);
    if (offset !== undefined) return this.#wal.subarray(offset, offset + PAGE_BYTES);
    const page = Buffer.alloc(PAGE_BYTES);
    const read = await this.#file
      .read(page, 0, PAGE_BYTES, (number - 1) * PAGE_BYTES)
      .catch(() => ({ bytesRead: 0 }));
    return read.bytesRead === 0 ? undefined : page;
  }

  /** The records of a page if it is a leaf of a table; nothing otherwise. */
  async *records(number: number): AsyncGenerator<SalvagedRecord> {
    const page = await this.page(number);
    const header = number === 1 ? 100 : 0;
    if (!page || page[header] !== LEAF_TABLE_PAGE) return;
    // A cell takes at least four bytes and two for its pointer.
    const cells = Math.min(page.readUInt16BE(header + 3), Math.floor(PAGE_BYTES / 6));
    for (let cell = 0; cell < cells; cell++) {
      const offset = page.readUInt16BE(header + 8 + cell * 2);
      const record = await this.#record(page, offset);
      if (record) yield record;
    }
  }

  async #record(page: Buffer, offset: number): Promise<SalvagedRecord | undefined> {
    const length = readVarint(page, offset);
    const rowid = length && readVarint(page, length.end);
    if (!rowid || length.value > MAX_RECORD_BYTES) return undefined;
    const payload = await this.#payload(page, rowid.end, length.value);
    const columns = payload && decodeRecord(payload);
    return columns && { rowid: rowid.value, columns };
  }

  /** The bytes of a record: those in its cell, then those on its chain of overflow pages. */
  async #payload(page: Buffer, offset: number, length: number): Promise<Buffer | undefined> {
    const localBytes = localPayloadBytes(length);
    if (offset + localBytes > PAGE_BYTES) return undefined;
    if (localBytes === length) return page.subarray(offset, offset + length);
    if (offset + localBytes + 4 > PAGE_BYTES) return undefined;
    const payload = Buffer.alloc(length);
    page.copy(payload, 0, offset, offset + localBytes);
    let filled = localBytes;
    let next = page.readUInt32BE(offset + localBytes);
    while (filled < length) {
      const overflow = next === 0 ? undefined : await this.page(next);
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

async function readWal(path: string): Promise<Buffer> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    return size > MAX_WAL_BYTES ? Buffer.alloc(0) : await file.readFile();
  } catch {
    // A log that cannot be read is as good as none: the file itself still has its pages.
    return Buffer.alloc(0);
  } finally {
    await file.close();
  }
}

/**
 * The newest image of each page in the log's committed part.
 *
 * Header: magic, version, page size, checkpoint, two salts, checksum. Frame: page, pages after a commit (else 0),
 * the salts, checksum so far, then the page.
 */
function committedFrames(wal: Buffer): ReadonlyMap<number, number> {
  const committed = new Map<number, number>();
  if (wal.length < 32 || (wal.readUInt32BE(0) & 0xfffffffe) !== 0x377f0682) return committed;
  if (wal.readUInt32BE(8) !== PAGE_BYTES) return committed;
  const isBigEndian = (wal.readUInt32BE(0) & 1) === 1;
  const checksum = new WalChecksum(isBigEndian);
  checksum.add(wal, 0, 24);
  if (!checksum.equals(wal, 24)) return committed;
  const pending = new Map<number, number>();
  for (let offset = 32; offset + 24 + PAGE_BYTES <= wal.length; offset += 24 + PAGE_BYTES) {
    const hasSalt = wal.compare(wal, 16, 24, offset + 8, offset + 16) === 0;
    checksum.add(wal, offset, 8);
    checksum.add(wal, offset + 24, PAGE_BYTES);
    if (!hasSalt || !checksum.equals(wal, offset + 16)) break;
    pending.set(wal.readUInt32BE(offset), offset + 24);
    if (wal.readUInt32BE(offset + 4) === 0) continue;
    for (const [page, at] of pending) committed.set(page, at);
    pending.clear();
  }
  return committed;
}

/** The log's running checksum: two sums over pairs of 32-bit words. */
class WalChecksum {
  #first = 0;
  #second = 0;

  constructor(readonly isBigEndian: boolean) {}

  add(bytes: Buffer, offset: number, length: number): void {
    for (let i = offset; i < offset + length; i += 8) {
      this.#first = (this.#first + this.#word(bytes, i) + this.#second) >>> 0;
      this.#second = (this.#second + this.#word(bytes, i + 4) + this.#first) >>> 0;
    }
  }

  equals(bytes: Buffer, offset: number): boolean {
    return bytes.readUInt32BE(offset) === this.#first && bytes.readUInt32BE(offset + 4) === this.#second;
  }

  #word(bytes: Buffer, offset: number): number {
    return this.isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset);
  }
}
