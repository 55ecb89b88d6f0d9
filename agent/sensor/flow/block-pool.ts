/**
 * Owns the memory for stream bytes: one arena cut into pages, a page being one large block or several small ones.
 * A full pool never refuses: it takes the page away that was used least recently, first among blocks of little
 * worth, and tells their owners. Memory: the arena, plus 20 bytes per small block.
 */

/** Holds a full Ethernet segment; most unread heads and early segments fit. */
export const SMALL_BLOCK_BYTES = 2048;

/** Blocks of less worth (segments before their turn, heads of flows not established) go first under pressure. */
export const WORTH_LOW = 0;
export const WORTH_HIGH = 1;
const WORTHS = 2;

const PAGE_FREE = 0;
const PAGE_SMALL = 1;
const PAGE_LARGE = 2;

export class BlockPool {
  /** The arena. A block's bytes begin at `offsetOf(block)`. */
  readonly bytes: Uint8Array;
  readonly largeBlockBytes: number;

  readonly #onLost: (owner: number) => void;
  readonly #blocksPerPage: number;
  readonly #pageCount: number;
  readonly #pageKind: Uint8Array;
  readonly #pageWorth: Uint8Array;
  /** Bit per small block in use. */
  readonly #pageUse: Int32Array;
  /** Pages, doubly linked: free ones (next only), and per worth those with a free small block. */
  readonly #nextPage: Int32Array;
  readonly #previousPage: Int32Array;
  readonly #firstPartial = new Int32Array(WORTHS);
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
  constructor(memoryBytes: number, largeBlockBytes: number, onLost: (owner: number) => void) {
    this.largeBlockBytes = Math.min(
      65_536,
      Math.max(2 * SMALL_BLOCK_BYTES, 2 ** Math.ceil(Math.log2(largeBlockBytes))),
    );
    this.#blocksPerPage = this.largeBlockBytes / SMALL_BLOCK_BYTES;
    this.#pageCount = Math.max(4, Math.floor(memoryBytes / this.largeBlockBytes));
    this.#onLost = onLost;
    this.bytes = new Uint8Array(this.#pageCount * this.largeBlockBytes);
    this.#pageKind = new Uint8Array(this.#pageCount);
    this.#pageWorth = new Uint8Array(this.#pageCount);
    this.#pageUse = new Int32Array(this.#pageCount);
    this.#nextPage = new Int32Array(this.#pageCount);
    this.#previousPage = new Int32Array(this.#pageCount);
    const blocks = this.#pageCount * this.#blocksPerPage;
    this.#next = new Int32Array(blocks);
    this.#previous = new Int32Array(blocks);
    this.#owner = new Int32Array(blocks);
    this.reset();
  }

  reset(): void {
    this.#pageKind.fill(PAGE_FREE);
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
    return this.#usedPages * this.largeBlockBytes;
  }

  offsetOf(block: number): number {
    return block * SMALL_BLOCK_BYTES;
  }

  capacityOf(block: number): number {
    return this.#pageKind[(block / this.#blocksPerPage) | 0] === PAGE_LARGE
      ? this.largeBlockBytes
      : SMALL_BLOCK_BYTES;
  }

  /** A block for at least `byteCount` bytes (not more than `largeBlockBytes`); others may lose theirs for it. */
  allocate(byteCount: number, worth: number, owner: number): number {
    const isLarge = byteCount > SMALL_BLOCK_BYTES;
    let block: number;
    if (isLarge) {
      const page = this.#takePage(PAGE_LARGE, worth);
      this.#pageUse[page] = 1;
      block = page * this.#blocksPerPage;
    } else {
      let page = this.#firstPartial[worth]!;
      if (page < 0) {
        page = this.#takePage(PAGE_SMALL, worth);
        this.#pageUse[page] = 0;
        this.#linkPartial(page, worth);
      }
      // The lowest bit not in use: 31 - clz32 of the isolated bit.
      const free = ~this.#pageUse[page]!;
      const index = 31 - Math.clz32(free & -free);
      this.#pageUse[page] = this.#pageUse[page]! | (1 << index);
      if (this.#isPageFull(page)) this.#unlinkPartial(page, worth);
      block = page * this.#blocksPerPage + index;
    }
    this.#owner[block] = owner;
    this.#append(block, worth);
    return block;
  }

  free(block: number): void {
    const page = (block / this.#blocksPerPage) | 0;
    const worth = this.#pageWorth[page]!;
    this.#unlink(block, worth);
    if (this.#pageKind[page] === PAGE_LARGE) {
      this.#freePage(page);
      return;
    }
    const wasFull = this.#isPageFull(page);
    this.#pageUse[page] = this.#pageUse[page]! & ~(1 << (block % this.#blocksPerPage));
    if (wasFull) this.#linkPartial(page, worth);
    if (this.#pageUse[page] === 0) {
      this.#unlinkPartial(page, worth);
      this.#freePage(page);
    }
  }

  /** The block is in use right now: among its kind it is the last to be taken away. */
  touch(block: number): void {
    const worth = this.#pageWorth[(block / this.#blocksPerPage) | 0]!;
    if (this.#newest[worth] === block) return;
    this.#unlink(block, worth);
    this.#append(block, worth);
  }

  #isPageFull(page: number): boolean {
    const all = this.#blocksPerPage === 32 ? -1 : (1 << this.#blocksPerPage) - 1;
    return (this.#pageUse[page]! & all) === all;
  }

  #takePage(kind: number, worth: number): number {
    if (this.#firstFree < 0) this.#takeAway();
    const page = this.#firstFree;
    this.#firstFree = this.#nextPage[page]!;
    this.#pageKind[page] = kind;
    this.#pageWorth[page] = worth;
    this.#usedPages++;
    return page;
  }

  /** Free the page of the block used least recently; a page has at most 32 blocks. */
  #takeAway(): void {
    const oldest = this.#oldest[WORTH_LOW]! >= 0 ? this.#oldest[WORTH_LOW]! : this.#oldest[WORTH_HIGH]!;
    const page = (oldest / this.#blocksPerPage) | 0;
    const use = this.#pageUse[page]!;
    for (let i = 0; i < this.#blocksPerPage; i++) {
      if ((use & (1 << i)) === 0) continue;
      const block = page * this.#blocksPerPage + i;
      this.lostBlocks++;
      this.#onLost(this.#owner[block]!);
      this.free(block);
    }
  }

  #freePage(page: number): void {
    this.#pageKind[page] = PAGE_FREE;
    this.#nextPage[page] = this.#firstFree;
    this.#firstFree = page;
    this.#usedPages--;
  }

  #linkPartial(page: number, worth: number): void {
    const first = this.#firstPartial[worth]!;
    this.#nextPage[page] = first;
    this.#previousPage[page] = -1;
    if (first >= 0) this.#previousPage[first] = page;
    this.#firstPartial[worth] = page;
  }

  #unlinkPartial(page: number, worth: number): void {
    const next = this.#nextPage[page]!;
    const previous = this.#previousPage[page]!;
    if (previous < 0) this.#firstPartial[worth] = next;
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
