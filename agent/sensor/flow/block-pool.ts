/**
 * Owns the memory for stream bytes: one arena cut into pages, and pages into blocks of one size, which doubles from
 * `SMALLEST_BLOCK_BYTES` up to a page. A full pool never refuses: it takes the page away that was used least
 * recently, first among blocks of little worth, and tells their owners. Memory: the arena, plus 12 bytes per 2 KiB.
 */

import { ArenaWriter } from "./arena-writer.js";

/** Holds a full Ethernet segment; most unread heads and early segments fit. */
const SMALLEST_BLOCK_BYTES = 2048;

/** Blocks of less worth (segments before their turn, heads of flows not established) go first under pressure. */
export const WORTH_LOW = 0;
export const WORTH_HIGH = 1;
const WORTHS = 2;

/** Block sizes: 2 KiB to 64 KiB. */
const MAX_SIZES = 6;
const NO_SIZE = 255;

export class BlockPool {
  /** The arena. A block's bytes begin at `offsetOf(block)`. */
  readonly bytes: Uint8Array;
  readonly largestBlockBytes: number;
  readonly #writer: ArenaWriter;

  readonly #onLost: (owner: number) => void;
  /** A block's number is its offset in the arena in units of the smallest block. */
  readonly #unitsPerPage: number;
  readonly #pageCount: number;
  /** Size of the page's blocks: a power of two, in units. */
  readonly #pageSize: Uint8Array;
  readonly #pageWorth: Uint8Array;
  /** Bit per block in use. */
  readonly #pageUse: Int32Array;
  /** Pages, doubly linked: free ones (next only), and per size and worth those with a free block. */
  readonly #nextPage: Int32Array;
  readonly #previousPage: Int32Array;
  readonly #firstPartial = new Int32Array(MAX_SIZES * WORTHS);
  #firstFree = 0;
  /** Blocks by last use, per worth, oldest first. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #oldest = new Int32Array(WORTHS);
  readonly #newest = new Int32Array(WORTHS);
  readonly #owner: Int32Array;
  #usedPages = 0;
  /** Blocks taken away from their owners because the pool was full. */
  lostBlocks = 0;

  /** `onLost` is told the owner of a block that has been taken away; it must not call the pool. */
  constructor(memoryBytes: number, largestBlockBytes: number, onLost: (owner: number) => void) {
    const wanted = 2 ** Math.ceil(Math.log2(largestBlockBytes));
    this.largestBlockBytes = Math.min(65_536, Math.max(2 * SMALLEST_BLOCK_BYTES, wanted));
    this.#unitsPerPage = this.largestBlockBytes / SMALLEST_BLOCK_BYTES;
    this.#pageCount = Math.max(4, Math.floor(memoryBytes / this.largestBlockBytes));
    this.#onLost = onLost;
    this.bytes = new Uint8Array(this.#pageCount * this.largestBlockBytes);
    this.#writer = new ArenaWriter(this.bytes);
    this.#pageSize = new Uint8Array(this.#pageCount);
    this.#pageWorth = new Uint8Array(this.#pageCount);
    this.#pageUse = new Int32Array(this.#pageCount);
    this.#nextPage = new Int32Array(this.#pageCount);
    this.#previousPage = new Int32Array(this.#pageCount);
    const units = this.#pageCount * this.#unitsPerPage;
    this.#next = new Int32Array(units);
    this.#previous = new Int32Array(units);
    this.#owner = new Int32Array(units);
    this.reset();
  }

  reset(): void {
    this.#pageSize.fill(NO_SIZE);
    this.#pageUse.fill(0);
    for (let page = 0; page < this.#pageCount; page++) this.#nextPage[page] = page + 1;
    this.#nextPage[this.#pageCount - 1] = -1;
    this.#firstFree = 0;
    this.#firstPartial.fill(-1);
    this.#oldest.fill(-1);
    this.#newest.fill(-1);
    this.#usedPages = 0;
    this.lostBlocks = 0;
  }

  get usedBytes(): number {
    return this.#usedPages * this.largestBlockBytes;
  }

  offsetOf(block: number): number {
    return block * SMALLEST_BLOCK_BYTES;
  }

  capacityOf(block: number): number {
    return this.#pageSize[this.#pageOf(block)]! * SMALLEST_BLOCK_BYTES;
  }

  /** Copy bytes (from anywhere, also from the arena) to `to` in the arena. */
  write(to: number, bytes: Uint8Array, offset: number, byteCount: number): void {
    this.#writer.write(to, bytes, offset, byteCount);
  }

  /** A block for at least `byteCount` bytes (not more than the largest); others may lose theirs for it. */
  allocate(byteCount: number, worth: number, owner: number): number {
    let sizeIndex = 0;
    let size = 1;
    while (size * SMALLEST_BLOCK_BYTES < byteCount && size < this.#unitsPerPage) {
      size *= 2;
      sizeIndex++;
    }
    const list = sizeIndex * WORTHS + worth;
    let page = this.#firstPartial[list]!;
    if (page < 0) {
      page = this.#takePage(size, worth);
      this.#linkPartial(page, list);
    }
    // The lowest bit not in use: 31 - clz32 of the isolated bit.
    const free = ~this.#pageUse[page]!;
    const index = 31 - Math.clz32(free & -free);
    this.#pageUse[page] = this.#pageUse[page]! | (1 << index);
    if (this.#isPageFull(page)) this.#unlinkPartial(page, list);
    const block = page * this.#unitsPerPage + index * size;
    this.#owner[block] = owner;
    this.#append(block, worth);
    return block;
  }

  free(block: number): void {
    const page = this.#pageOf(block);
    const size = this.#pageSize[page]!;
    const worth = this.#pageWorth[page]!;
    const list = (31 - Math.clz32(size)) * WORTHS + worth;
    this.#unlink(block, worth);
    const wasFull = this.#isPageFull(page);
    this.#pageUse[page] = this.#pageUse[page]! & ~(1 << ((block - page * this.#unitsPerPage) / size));
    if (this.#pageUse[page] !== 0) {
      if (wasFull) this.#linkPartial(page, list);
      return;
    }
    if (!wasFull) this.#unlinkPartial(page, list);
    this.#pageSize[page] = NO_SIZE;
    this.#nextPage[page] = this.#firstFree;
    this.#firstFree = page;
    this.#usedPages--;
  }

  /** The block is in use right now: among its kind it is the last to be taken away. */
  touch(block: number): void {
    const worth = this.#pageWorth[this.#pageOf(block)]!;
    if (this.#newest[worth] === block) return;
    this.#unlink(block, worth);
    this.#append(block, worth);
  }

  #pageOf(block: number): number {
    return (block / this.#unitsPerPage) | 0;
  }

  #isPageFull(page: number): boolean {
    const count = this.#unitsPerPage / this.#pageSize[page]!;
    const all = count === 32 ? -1 : (1 << count) - 1;
    return (this.#pageUse[page]! & all) === all;
  }

  #takePage(size: number, worth: number): number {
    if (this.#firstFree < 0) this.#takeAway();
    const page = this.#firstFree;
    this.#firstFree = this.#nextPage[page]!;
    this.#pageSize[page] = size;
    this.#pageWorth[page] = worth;
    this.#pageUse[page] = 0;
    this.#usedPages++;
    return page;
  }

  /** Free the page of the block used least recently; a page has at most 32 blocks. */
  #takeAway(): void {
    const oldest = this.#oldest[WORTH_LOW]! >= 0 ? this.#oldest[WORTH_LOW]! : this.#oldest[WORTH_HIGH]!;
    const page = this.#pageOf(oldest);
    const size = this.#pageSize[page]!;
    const use = this.#pageUse[page]!;
    for (let i = 0; i * size < this.#unitsPerPage; i++) {
      if ((use & (1 << i)) === 0) continue;
      const block = page * this.#unitsPerPage + i * size;
      this.lostBlocks++;
      this.#onLost(this.#owner[block]!);
      this.free(block);
    }
  }

  #linkPartial(page: number, list: number): void {
    const first = this.#firstPartial[list]!;
    this.#nextPage[page] = first;
    this.#previousPage[page] = -1;
    if (first >= 0) this.#previousPage[first] = page;
    this.#firstPartial[list] = page;
  }

  #unlinkPartial(page: number, list: number): void {
    const next = this.#nextPage[page]!;
    const previous = this.#previousPage[page]!;
    if (previous < 0) this.#firstPartial[list] = next;
    else this.#nextPage[previous] = next;
    if (next >= 0) this.#previousPage[next] = previous;
  }

  #append(block: number, worth: number): void {
    const newest = this.#newest[worth]!;
    this.#previous[block] = newest;
    this.#next[block] = -1;
    if (newest < 0) this.#oldest[worth] = block;
    else this.#next[newest] = block;
    this.#newest[worth] = block;
  }

  #unlink(block: number, worth: number): void {
    const next = this.#next[block]!;
    const previous = this.#previous[block]!;
    if (previous < 0) this.#oldest[worth] = next;
    else this.#next[previous] = next;
    if (next < 0) this.#newest[worth] = previous;
    else this.#previous[next] = previous;
  }
}
