/**
 * Owns the buffers in which the beginnings of transferred files wait for the rules that look into them: mail
 * attachments, FTP transfers, writes and reads of file shares.
 *
 * Only a prefix of a file is kept, and only in memory. Bound: a fixed number of buffers of a fixed size, made when
 * first needed. When all are taken the one that was not touched for longest is taken away from its file, if that
 * is longer ago than `idleUs`; otherwise a file goes uninspected, and is counted.
 */

import { copyOctets } from "./octets.js";

export interface FilePoolLimits {
  /** Files that may be open at the same time. */
  readonly maxFiles: number;
  /** Prefix of a file that rules see, bytes. */
  readonly fileBytes: number;
  /** A file that was not touched for longer may lose its buffer; microseconds. */
  readonly idleUs: number;
}

/** Suricata's inspection limit for bodies; 3.1 MiB at most for all protocols together. */
export const FILE_POOL_LIMITS: FilePoolLimits = { maxFiles: 32, fileBytes: 100 * 1024, idleUs: 60_000_000 };

class FileBuffer {
  readonly bytes: Uint8Array;
  length = 0;
  /** Counts leases: who holds an older number has lost the buffer. */
  lease = 0;
  isFree = true;
  touchedUs = 0;

  constructor(capBytes: number) {
    this.bytes = new Uint8Array(capBytes);
  }
}

export class FilePool {
  /** Files that found no buffer, since construction. */
  refused = 0;
  /** Buffers taken away from idle files, since construction. */
  reclaimed = 0;
  readonly #limits: FilePoolLimits;
  readonly #buffers: FileBuffer[] = [];

  constructor(limits: FilePoolLimits = FILE_POOL_LIMITS) {
    this.#limits = limits;
  }

  /** Buffers in use. */
  get used(): number {
    let used = 0;
    for (const buffer of this.#buffers) if (!buffer.isFree) used++;
    return used;
  }

  addCounters(counters: Record<string, number>): void {
    counters["proto.file_buffers_used"] = this.used;
    counters["proto.file_buffers_refused"] = this.refused;
    counters["proto.file_buffers_reclaimed"] = this.reclaimed;
  }

  /** An empty buffer, or null if all are in use. */
  lease(nowUs: number): FileBuffer | null {
    const buffer = this.#find(nowUs);
    if (buffer === null) {
      this.refused++;
      return null;
    }
    buffer.isFree = false;
    buffer.lease++;
    buffer.length = 0;
    buffer.touchedUs = nowUs;
    return buffer;
  }

  #find(nowUs: number): FileBuffer | null {
    let oldest: FileBuffer | null = null;
    for (const buffer of this.#buffers) {
      if (buffer.isFree) return buffer;
      if (oldest === null || buffer.touchedUs < oldest.touchedUs) oldest = buffer;
    }
    if (this.#buffers.length < this.#limits.maxFiles) {
      const buffer = new FileBuffer(this.#limits.fileBytes);
      this.#buffers.push(buffer);
      return buffer;
    }
    if (oldest === null || nowUs - oldest.touchedUs < this.#limits.idleUs) return null;
    this.reclaimed++;
    return oldest;
  }
}

/** One file of a flow that is being read. Holds a buffer of the pool from `open` to `close`. */
export class OpenFile {
  readonly #pool: FilePool;
  #buffer: FileBuffer | null = null;
  #lease = 0;

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  /** Whether there is a file and its buffer was not taken away. */
  get isOpen(): boolean {
    const buffer = this.#buffer;
    return buffer !== null && buffer.lease === this.#lease && !buffer.isFree;
  }

  get length(): number {
    return this.isOpen ? this.#buffer!.length : 0;
  }

  /** No further byte of the file is wanted. */
  get isFull(): boolean {
    return this.isOpen && this.#buffer!.length === this.#buffer!.bytes.length;
  }

  /** Begin another file. False: there is no room for it. */
  open(nowUs: number): boolean {
    this.close();
    this.#buffer = this.#pool.lease(nowUs);
    this.#lease = this.#buffer?.lease ?? 0;
    return this.#buffer !== null;
  }

  /** Append what fits of `source[start, end)`; nothing where no file is open. */
  append(source: Uint8Array, start: number, end: number, nowUs: number): void {
    if (!this.isOpen) return;
    const buffer = this.#buffer!;
    const { bytes } = buffer;
    const stop = Math.min(end, start + bytes.length - buffer.length);
    copyOctets(source, start, stop, bytes, buffer.length);
    buffer.length += Math.max(0, stop - start);
    buffer.touchedUs = nowUs;
  }

  push(octet: number): void {
    if (!this.isOpen || this.isFull) return;
    const buffer = this.#buffer!;
    buffer.bytes[buffer.length++] = octet;
  }

  /**
   * Give the buffer back and return it, null where there is none. Its bytes `[0, length)` stay as they are until
   * another file is opened: as long as the message that shows them.
   */
  close(): { readonly bytes: Uint8Array; readonly length: number } | null {
    const buffer = this.isOpen ? this.#buffer : null;
    this.#buffer = null;
    if (buffer !== null) buffer.isFree = true;
    return buffer;
  }
}
