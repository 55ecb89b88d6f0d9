/**
 * Owns the reading of SQLite's write-ahead log without SQLite: which page images in it are committed, and which lie
 * behind damage.
 *
 * SQLite follows the chain of checksums from the log's head and drops what comes behind the first frame that does not
 * fit, in silence. After a power cut that is the transaction which was never accepted. But every commit is synchronised
 * before the next transaction is written, so frames behind a commit behind the break prove that an accepted one was
 * damaged: then its other frames, and all later ones up to the last commit, are `loose`. Their rows prove themselves by
 * their own checksums.
 *
 * Memory: the log, bounded by the store's budget. Specification: https://www.sqlite.org/fileformat2.html#walformat.
 */
import { open } from "node:fs/promises";
import { PAGE_BYTES } from "./budget.js";

/** A log longer than this is not ours. */
const MAX_BYTES = 64 * 1024 * 1024;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;

/** The image of a page in the log. */
export interface LoosePage {
  /** 0 where the frame's head is damaged. */
  readonly page: number;
  /** Of its bytes in the log. */
  readonly offset: number;
}

export interface WriteAheadLog {
  readonly bytes: Buffer;
  /** Page number → offset of its newest image, as far as the chain of checksums holds and ends in a commit. */
  readonly committed: ReadonlyMap<number, number>;
  /** Images behind the damage, in the order in which they were written; empty where none is proven. */
  readonly loose: readonly LoosePage[];
}

/** Read the log at a path; an empty one where there is none that can be read. */
export async function readLog(path: string): Promise<WriteAheadLog> {
  const bytes = await readBytes(path);
  const { committed, frames, held } = committedFrames(bytes);
  return { bytes, committed, loose: looseFrames(bytes, frames, held) };
}

async function readBytes(path: string): Promise<Buffer> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    return size > MAX_BYTES ? Buffer.alloc(0) : await file.readFile();
  } catch {
    // A log that cannot be read is as good as none: the file itself still has its pages.
    return Buffer.alloc(0);
  } finally {
    await file.close();
  }
}

/**
 * The newest image of each page in the log's committed part, how many frames that has, and for how many the chain of
 * checksums holds.
 *
 * Header: magic, version, page size, checkpoint, two salts, checksum. Frame: page, pages after a commit (else 0),
 * the salts, checksum so far, then the page.
 */
function committedFrames(log: Buffer): {
  committed: ReadonlyMap<number, number>;
  frames: number;
  held: number;
} {
  const committed = new Map<number, number>();
  const checksum = headChecksum(log);
  if (!checksum) return { committed, frames: 0, held: 0 };
  const pending = new Map<number, number>();
  let frames = 0;
  let held = 0;
  for (; offsetOf(held + 1) <= log.length; held++) {
    const offset = offsetOf(held);
    checksum.add(log, offset, 8);
    checksum.add(log, offset + FRAME_HEADER_BYTES, PAGE_BYTES);
    if (!hasSalts(log, offset, HEADER_SALTS) || !checksum.equals(log, offset + 16)) break;
    pending.set(log.readUInt32BE(offset), offset + FRAME_HEADER_BYTES);
    if (!isCommit(log, offset)) continue;
    for (const [page, at] of pending) committed.set(page, at);
    pending.clear();
    frames = held + 1;
  }
  return { committed, frames, held };
}

/** Frames asked for their salts where the head is damaged. */
const HEADLESS_TRIES = 8;
/** Where the salts stand in the header, and in a frame. */
const HEADER_SALTS = 16;
const FRAME_SALTS = 8;

function headChecksum(log: Buffer): WalChecksum | undefined {
  if (log.length < HEADER_BYTES || (log.readUInt32BE(0) & 0xfffffffe) !== 0x377f0682) return undefined;
  if (log.readUInt32BE(8) !== PAGE_BYTES) return undefined;
  const checksum = new WalChecksum((log.readUInt32BE(0) & 1) === 1);
  checksum.add(log, 0, 24);
  return checksum.equals(log, 24) ? checksum : undefined;
}

/**
 * Frames behind the `committed` ones up to the last commit. That one of them was accepted is proven where a commit
 * behind the first `held` frames was followed by more.
 */
function looseFrames(log: Buffer, committed: number, held: number): readonly LoosePage[] {
  const hasHead = headChecksum(log) !== undefined;
  const saltsAt = hasHead ? HEADER_SALTS : saltsOfFrames(log);
  if (saltsAt === undefined) return [];
  const pages: LoosePage[] = [];
  let upToCommit = 0;
  // The head is synchronised before the first frame is written.
  let isProven = !hasHead;
  for (let frame = committed; offsetOf(frame + 1) <= log.length; frame++) {
    const offset = offsetOf(frame);
    const isOfThisLog = hasSalts(log, offset, saltsAt);
    if (isOfThisLog && upToCommit > 0) isProven = true;
    // Of a frame whose head is damaged the page may still be whole.
    pages.push({ page: isOfThisLog ? log.readUInt32BE(offset) : 0, offset: offset + FRAME_HEADER_BYTES });
    if (frame >= held && isOfThisLog && isCommit(log, offset)) upToCommit = pages.length;
  }
  return isProven ? pages.slice(0, upToCommit) : [];
}

/** Where salts stand that two of the first frames agree on, for a log that has lost its head. */
function saltsOfFrames(log: Buffer): number | undefined {
  for (let frame = 0; frame < HEADLESS_TRIES && offsetOf(frame + 2) <= log.length; frame++) {
    const saltsAt = offsetOf(frame) + FRAME_SALTS;
    if (log.readUInt32BE(saltsAt) !== 0 && hasSalts(log, offsetOf(frame + 1), saltsAt)) return saltsAt;
  }
  return undefined;
}

function offsetOf(frame: number): number {
  return HEADER_BYTES + frame * FRAME_BYTES;
}

function hasSalts(log: Buffer, frameOffset: number, saltsAt: number): boolean {
  const at = frameOffset + FRAME_SALTS;
  return log.compare(log, saltsAt, saltsAt + 8, at, at + 8) === 0;
}

/** Whether a frame is the last one of its transaction. */
function isCommit(log: Buffer, frameOffset: number): boolean {
  return log.readUInt32BE(frameOffset + 4) !== 0;
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
