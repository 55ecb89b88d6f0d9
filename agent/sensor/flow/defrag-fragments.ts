/**
 * The fragments of datagrams that are not complete yet: stored, kept in order, and trimmed where they overlap.
 *
 * Overlaps are where operating systems differ, and where an attacker can show one datagram to the host and another to
 * the sensor. The policies are those of Suricata 7.0, decided between the new fragment and one older one at a time:
 *
 * - BSD: a new fragment that begins inside an older one, or where it begins, loses the overlap; one that begins
 *   before it wins.
 * - LINUX: as BSD, but a new fragment that covers an older one from its very beginning replaces it.
 * - WINDOWS: a new fragment inside an older one is dropped, one that covers more on both sides replaces it, else the
 *   older one wins.
 *
 * A piece can still lie in two fragments; then the one that begins later wins when the datagram is put together.
 *
 * Memory is fixed at construction: the arena of `maxBytes` in blocks, 6 % more for the tables beside it. A datagram has
 * at most `MAX_FRAGMENTS_PER_DATAGRAM` fragments, which bounds every walk.
 */

export const DefragPolicy = { BSD: 0, LINUX: 1, WINDOWS: 2 } as const;
export type DefragPolicyCode = (typeof DefragPolicy)[keyof typeof DefragPolicy];

/** What became of a new fragment. */
export const Insertion = {
  STORED: 0,
  /** Older fragments hold all of it: it is not needed. */
  COVERED: 1,
  /** The arena is full, or the datagram has too many fragments. */
  NO_ROOM: 2,
} as const;
export type InsertionCode = (typeof Insertion)[keyof typeof Insertion];

/** 64 KiB in pieces of 64 bytes; FreeBSD gives up at 16 fragments, Windows and Linux have bounds as well. */
export const MAX_FRAGMENTS_PER_DATAGRAM = 1024;

const BLOCK_BYTES = 512;
const NONE = -1;

/** What one older fragment means for the new one. */
const CONTINUE = 0;
const INSERT = 1;
const DROP = 2;

/** A fragment is named by its first block. Lists are numbered from 0; the caller keeps what belongs to a datagram. */
export class FragmentLists {
  /** Whether the fragment inserted last overlapped an older one. */
  hasOverlapped = false;
  /** What `assemble` put together: length of the header in front, and of the data. */
  headerLength = 0;
  dataLength = 0;

  readonly #arena: Uint8Array;
  /** Per block: the next one of the same fragment, or of the free list. */
  readonly #nextBlock: Int32Array;
  /** Per fragment: place of its data, what of its beginning is lost, and the length of the header before the data. */
  readonly #offset: Int32Array;
  readonly #length: Int32Array;
  readonly #trim: Int32Array;
  readonly #header: Int32Array;
  readonly #hasMore: Uint8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Per list. */
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #count: Int32Array;
  readonly #dataEnd: Int32Array;
  #freeBlock = 0;
  #freeBlocks: number;
  /** The new fragment while its place is looked for. */
  #newOffset = 0;
  #newEnd = 0;
  #newTrim = 0;
  /** Where bytes are written or read next, while a fragment is copied. */
  #block = NONE;
  #blockOffset = 0;

  constructor(listCount: number, maxBytes: number) {
    const blocks = Math.max(1, Math.floor(maxBytes / BLOCK_BYTES));
    this.#arena = new Uint8Array(blocks * BLOCK_BYTES);
    this.#nextBlock = Int32Array.from({ length: blocks }, (_, i) => (i + 1 < blocks ? i + 1 : NONE));
    this.#freeBlocks = blocks;
    this.#offset = new Int32Array(blocks);
    this.#length = new Int32Array(blocks);
    this.#trim = new Int32Array(blocks);
    this.#header = new Int32Array(blocks);
    this.#hasMore = new Uint8Array(blocks);
    this.#next = new Int32Array(blocks);
    this.#previous = new Int32Array(blocks);
    this.#head = new Int32Array(listCount).fill(NONE);
    this.#tail = new Int32Array(listCount).fill(NONE);
    this.#count = new Int32Array(listCount);
    this.#dataEnd = new Int32Array(listCount);
  }

  /** Whether so many bytes can be stored. */
  hasRoomFor(byteLength: number): boolean {
    return this.#freeBlocks >= Math.max(1, Math.ceil(byteLength / BLOCK_BYTES));
  }

  /**
   * Insert a fragment whose data is `bytes[dataStart, dataStart + length)` at `offset` of the datagram. The header in
   * `bytes[headerStart, headerStart + headerLength)` is kept with it if it is the first one.
   */
  insert(
    list: number,
    policy: DefragPolicyCode,
    offset: number,
    hasMore: boolean,
    bytes: Uint8Array,
    headerStart: number,
    headerLength: number,
    dataStart: number,
    length: number,
  ): InsertionCode {
    this.hasOverlapped = false;
    this.#newOffset = offset;
    this.#newEnd = offset + length;
    this.#newTrim = 0;
    // In order, as fragments mostly come, there is nothing to compare with.
    if (offset < this.#dataEnd[list]! && !this.#findPlace(list, policy)) return Insertion.COVERED;
    const trim = this.#newTrim;
    if (trim > length) return Insertion.COVERED;
    const keptHeader = offset + trim === 0 ? headerLength : 0;
    const storedLength = keptHeader + length - trim;
    if (!this.hasRoomFor(storedLength) || this.#count[list]! >= MAX_FRAGMENTS_PER_DATAGRAM) {
      return Insertion.NO_ROOM;
    }

    const fragment = this.#takeBlock();
    this.#offset[fragment] = offset + trim;
    this.#length[fragment] = length - trim;
    this.#trim[fragment] = 0;
    this.#header[fragment] = keptHeader;
    this.#hasMore[fragment] = hasMore ? 1 : 0;
    this.#block = fragment;
    this.#blockOffset = 0;
    this.#write(bytes, headerStart, keptHeader);
    this.#write(bytes, dataStart + trim, length - trim);
    this.#link(list, fragment);
    return Insertion.STORED;
  }

  /** Whether the data from 0 to the end of the last fragment in order is there without a hole. */
  isContiguous(list: number): boolean {
    let end = 0;
    for (let at = this.#head[list]!; at !== NONE; at = this.#next[at]!) {
      if (this.#offset[at]! > end) return false;
      end = Math.max(end, this.#offset[at]! + this.#length[at]!);
    }
    return this.#head[list] !== NONE;
  }

  /**
   * Put header and data together in `target` and set `headerLength` and `dataLength`.
   *
   * @returns false where they do not fit or there is no first fragment.
   */
  assemble(list: number, target: Uint8Array): boolean {
    this.headerLength = 0;
    this.dataLength = 0;
    let hasMore = true;
    let lastOffset = 0;
    for (let at = this.#head[list]!; at !== NONE; at = this.#next[at]!) {
      const offset = this.#offset[at]!;
      const length = this.#length[at]!;
      // What lies behind the last fragment is not part of the datagram; what begins with it may be preferred to it.
      if (!hasMore && offset > lastOffset) break;
      if (this.#trim[at]! >= length) continue;
      const header = this.#header[at]!;
      const trim = offset === 0 ? 0 : this.#trim[at]!;
      if (offset === 0) this.headerLength = header;
      else if (this.headerLength === 0) return false;
      const start = offset === 0 ? 0 : this.headerLength + offset + trim;
      const copied = (offset === 0 ? header : 0) + length - trim;
      if (start + copied > target.length) return false;
      this.#block = at;
      this.#blockOffset = 0;
      this.#skip(trim);
      this.#read(target, start, copied);
      this.dataLength = Math.max(this.dataLength, offset + length);
      hasMore = this.#hasMore[at] === 1;
      lastOffset = offset;
    }
    return this.headerLength > 0;
  }

  /** Forget the fragments of a list. */
  clear(list: number): void {
    while (this.#head[list] !== NONE) this.#remove(list, this.#head[list]!);
    this.#dataEnd[list] = 0;
  }

  /** Compare with older fragments, in the order Suricata does; false if the new one is not needed. */
  #findPlace(list: number, policy: DefragPolicyCode): boolean {
    let following = this.#newOffset === 0 ? NONE : this.#firstFrom(list, this.#newOffset);
    let old = following === NONE ? NONE : this.#previous[following]!;
    if (old === NONE) {
      old = following === NONE ? this.#head[list]! : following;
      following = old === NONE ? NONE : this.#next[old]!;
    }
    while (old !== NONE) {
      const oldEnd = this.#offset[old]! + this.#length[old]!;
      if (this.#newOffset < oldEnd && this.#offset[old]! < this.#newEnd) this.hasOverlapped = true;
      const decision = this.#decide(policy, old, following);
      if (decision === DROP) return false;
      if (decision === INSERT) {
        if (this.#trim[old]! >= this.#length[old]!) this.#remove(list, old);
        return true;
      }
      old = following;
      if (following !== NONE) following = this.#next[following]!;
    }
    return true;
  }

  /** The first fragment in order that begins at `offset` or later. */
  #firstFrom(list: number, offset: number): number {
    let found = NONE;
    for (let at = this.#tail[list]!; at !== NONE && this.#offset[at]! >= offset; at = this.#previous[at]!) {
      found = at;
    }
    return found;
  }

  #decide(policy: DefragPolicyCode, old: number, following: number): number {
    switch (policy) {
      case DefragPolicy.LINUX:
        return this.#decideLinux(old);
      case DefragPolicy.WINDOWS:
        return this.#decideWindows(old);
      default:
        return this.#decideBsd(old, following);
    }
  }

  #decideBsd(old: number, following: number): number {
    const oldOffset = this.#offset[old]!;
    const oldEnd = oldOffset + this.#length[old]!;
    if (this.#newOffset >= oldEnd) return CONTINUE;
    if (oldOffset <= this.#newOffset) {
      if (oldEnd > this.#newEnd) return DROP;
      this.#newTrim = oldEnd - this.#newOffset;
    } else if (this.#newEnd > oldOffset + this.#trim[old]!) {
      this.#trim[old] = this.#newEnd - oldOffset;
    }
    if (following !== NONE && this.#newEnd > this.#offset[following]!) {
      this.#trim[following] = this.#newEnd - this.#offset[following]!;
    }
    return INSERT;
  }

  #decideLinux(old: number): number {
    const oldEnd = this.#offset[old]! + this.#length[old]!;
    const oldStart = this.#offset[old]! + this.#trim[old]!;
    if (oldStart < this.#newOffset + this.#newTrim && oldEnd > this.#newOffset + this.#newTrim) {
      this.#newTrim += oldEnd - this.#newOffset;
    }
    const start = this.#newOffset + this.#newTrim;
    if (start < oldStart && this.#newEnd > oldStart) {
      this.#trim[old] = this.#trim[old]! + this.#newEnd - oldStart;
      return INSERT;
    }
    if (start <= oldStart && this.#newEnd >= oldEnd) {
      this.#trim[old] = this.#length[old]!;
      return INSERT;
    }
    return CONTINUE;
  }

  #decideWindows(old: number): number {
    const oldOffset = this.#offset[old]!;
    const oldEnd = oldOffset + this.#length[old]!;
    if (this.#newOffset >= oldOffset && this.#newEnd <= oldEnd) return DROP;
    if (this.#newOffset < oldOffset && this.#newEnd > oldEnd) {
      this.#trim[old] = this.#length[old]!;
      return INSERT;
    }
    const start = this.#newOffset + this.#newTrim;
    const beginsInside = start > oldOffset + this.#trim[old]! && start < oldEnd;
    const isLonger = this.#newOffset === oldOffset && this.#newEnd > oldEnd;
    if (!beginsInside && !isLonger) return CONTINUE;
    this.#newTrim += oldEnd - this.#newOffset;
    return INSERT;
  }

  /** Put a stored fragment into the order; of equal offsets the later arrival comes later. */
  #link(list: number, fragment: number): void {
    const offset = this.#offset[fragment]!;
    let before = this.#tail[list]!;
    while (before !== NONE && this.#offset[before]! > offset) before = this.#previous[before]!;
    const after = before === NONE ? this.#head[list]! : this.#next[before]!;
    this.#previous[fragment] = before;
    this.#next[fragment] = after;
    if (before === NONE) this.#head[list] = fragment;
    else this.#next[before] = fragment;
    if (after === NONE) this.#tail[list] = fragment;
    else this.#previous[after] = fragment;
    this.#count[list] = this.#count[list]! + 1;
    this.#dataEnd[list] = Math.max(this.#dataEnd[list]!, offset + this.#length[fragment]!);
  }

  #remove(list: number, fragment: number): void {
    const before = this.#previous[fragment]!;
    const after = this.#next[fragment]!;
    if (before === NONE) this.#head[list] = after;
    else this.#next[before] = after;
    if (after === NONE) this.#tail[list] = before;
    else this.#previous[after] = before;
    this.#count[list] = this.#count[list]! - 1;
    for (let block = fragment; block !== NONE; ) {
      const next = this.#nextBlock[block]!;
      this.#nextBlock[block] = this.#freeBlock;
      this.#freeBlock = block;
      this.#freeBlocks++;
      block = next;
    }
  }

  #takeBlock(): number {
    const block = this.#freeBlock;
    this.#freeBlock = this.#nextBlock[block]!;
    this.#freeBlocks--;
    this.#nextBlock[block] = NONE;
    return block;
  }

  /** Append to the chain being written; room for it has been checked. */
  #write(bytes: Uint8Array, from: number, length: number): void {
    const arena = this.#arena;
    for (let left = length; left > 0; ) {
      if (this.#blockOffset === BLOCK_BYTES) {
        const block = this.#takeBlock();
        this.#nextBlock[this.#block] = block;
        this.#block = block;
        this.#blockOffset = 0;
      }
      const part = Math.min(left, BLOCK_BYTES - this.#blockOffset);
      const base = this.#block * BLOCK_BYTES + this.#blockOffset;
      for (let i = 0; i < part; i++) arena[base + i] = bytes[from + i]!;
      this.#blockOffset += part;
      from += part;
      left -= part;
    }
  }

  #read(target: Uint8Array, to: number, length: number): void {
    const arena = this.#arena;
    for (let left = length; left > 0; ) {
      if (this.#blockOffset === BLOCK_BYTES) this.#nextReadBlock();
      const part = Math.min(left, BLOCK_BYTES - this.#blockOffset);
      const base = this.#block * BLOCK_BYTES + this.#blockOffset;
      for (let i = 0; i < part; i++) target[to + i] = arena[base + i]!;
      this.#blockOffset += part;
      to += part;
      left -= part;
    }
  }

  #skip(length: number): void {
    for (let left = length; left > 0; ) {
      if (this.#blockOffset === BLOCK_BYTES) this.#nextReadBlock();
      const part = Math.min(left, BLOCK_BYTES - this.#blockOffset);
      this.#blockOffset += part;
      left -= part;
    }
  }

  #nextReadBlock(): void {
    this.#block = this.#nextBlock[this.#block]!;
    this.#blockOffset = 0;
  }
}
