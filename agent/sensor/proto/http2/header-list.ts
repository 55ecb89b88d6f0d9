/**
 * Owns the fields of one header block: names and values behind each other in one piece of memory.
 *
 * Bound: MAX_HEADERS fields and MAX_HEADER_BYTES in all; what goes beyond is left out, and said so.
 */

export const MAX_HEADERS = 128;
export const MAX_HEADER_BYTES = 32 * 1024;

export class HeaderList {
  count = 0;
  length = 0;
  isTruncated = false;
  /** Of the last table size update in the block; −1: none. */
  sizeUpdate = -1;
  readonly bytes: Uint8Array;
  /** Start of the name, end of it (and start of the value), end of the value: three words a field. */
  readonly places: Int32Array;

  constructor(capBytes = MAX_HEADER_BYTES, capHeaders = MAX_HEADERS) {
    this.bytes = new Uint8Array(capBytes);
    this.places = new Int32Array(capHeaders * 3);
  }

  clear(): void {
    this.count = 0;
    this.length = 0;
    this.isTruncated = false;
    this.sizeUpdate = -1;
  }

  /** A copy that is as large as what is in it. */
  compact(): HeaderList {
    const copy = new HeaderList(this.length, this.count);
    copy.bytes.set(this.bytes.subarray(0, this.length));
    copy.places.set(this.places.subarray(0, this.count * 3));
    copy.count = this.count;
    copy.length = this.length;
    copy.sizeUpdate = this.sizeUpdate;
    return copy;
  }

  /** Take in the field whose name and value were written at `[start, middle)` and `[middle, end)`. */
  add(start: number, middle: number, end: number): void {
    if (this.count * 3 === this.places.length) {
      this.isTruncated = true;
      return;
    }
    const at = this.count++ * 3;
    this.places[at] = start;
    this.places[at + 1] = middle;
    this.places[at + 2] = end;
    this.length = end;
  }

  nameStart(index: number): number {
    return this.places[index * 3]!;
  }

  valueStart(index: number): number {
    return this.places[index * 3 + 1]!;
  }

  valueEnd(index: number): number {
    return this.places[index * 3 + 2]!;
  }

  /** Index of the first field called `name` from `from` on, or −1. HTTP/2 names are in lower case. */
  find(name: Uint8Array, from = 0): number {
    for (let i = from; i < this.count; i++) {
      const start = this.nameStart(i);
      if (this.valueStart(i) - start !== name.length) continue;
      let matched = 0;
      while (matched < name.length && this.bytes[start + matched] === name[matched]) matched++;
      if (matched === name.length) return i;
    }
    return -1;
  }
}
