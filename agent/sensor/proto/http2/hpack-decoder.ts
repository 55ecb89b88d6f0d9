/**
 * Owns the reading of header blocks (HPACK, RFC 7541) with the dynamic table of one direction of a connection.
 *
 * Bound: a table of MAX_TABLE_BYTES whatever the peers agree on (older fields are then unknown: the block ends there), 2 octets
 * of work for one of input but for fields out of the table, which the list of headers bounds.
 */
import { asciiOctets } from "../octets.js";
import type { HeaderList } from "./header-list.js";
import { decodeHuffman } from "./hpack-huffman.js";
import { STATIC_TABLE } from "./hpack-static-table.js";

/** What a connection begins with (RFC 9113, 6.5.2). */
const DEFAULT_TABLE_BYTES = 4096;
const MAX_TABLE_BYTES = 64 * 1024;
/** What a field costs besides its text (RFC 7541, 4.1). */
const FIELD_OVERHEAD = 32;
/** Longest integer: what does not fit 28 bits makes no sense here. */
const MAX_INTEGER_BITS = 28;

const STATIC_NAMES = STATIC_TABLE.map(([name]) => asciiOctets(name));
const STATIC_VALUES = STATIC_TABLE.map(([, value]) => asciiOctets(value));

interface TableField {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** How the reading of a block ended. */
export const Hpack = { OK: 0, INVALID: 1, OVERFLOW: 2 } as const;
export type HpackCode = (typeof Hpack)[keyof typeof Hpack];

export class HpackDecoder {
  /** Newest field first. */
  readonly #table: TableField[] = [];
  #tableBytes = 0;
  #capBytes = DEFAULT_TABLE_BYTES;
  #at = 0;
  #hasOverflow = false;

  /** Read the block `bytes[start, end)` into `list`; what was read before a fault stays there. */
  decode(bytes: Uint8Array, start: number, end: number, list: HeaderList): HpackCode {
    list.clear();
    this.#at = start;
    this.#hasOverflow = false;
    while (this.#at < end) {
      if (!this.#field(bytes, end, list)) return this.#hasOverflow ? Hpack.OVERFLOW : Hpack.INVALID;
    }
    return Hpack.OK;
  }

  #field(bytes: Uint8Array, end: number, list: HeaderList): boolean {
    const first = bytes[this.#at]!;
    if ((first & 0x80) !== 0) return this.#indexed(this.#integer(bytes, end, 7), list);
    if ((first & 0xe0) === 0x20) {
      const size = this.#integer(bytes, end, 5);
      if (size < 0) return false;
      list.sizeUpdate = size;
      this.#capBytes = Math.min(size, MAX_TABLE_BYTES);
      this.#evict(0);
      return true;
    }
    const isAdded = (first & 0xc0) === 0x40;
    return this.#literal(bytes, end, this.#integer(bytes, end, isAdded ? 6 : 4), isAdded, list);
  }

  #indexed(index: number, list: HeaderList): boolean {
    const field = this.#lookUp(index);
    if (field === undefined) return false;
    const start = list.length;
    const middle = append(list, start, field.name);
    const stop = middle < 0 ? -1 : append(list, middle, field.value);
    if (stop < 0) list.isTruncated = true;
    else list.add(start, middle, stop);
    return true;
  }

  #literal(bytes: Uint8Array, end: number, index: number, isAdded: boolean, list: HeaderList): boolean {
    if (index < 0) return false;
    const start = list.length;
    let middle: number;
    if (index === 0) middle = this.#text(bytes, end, list, start);
    else {
      const field = this.#lookUp(index);
      if (field === undefined) return false;
      middle = append(list, start, field.name);
    }
    if (middle < 0) return false;
    const stop = this.#text(bytes, end, list, middle);
    if (stop < 0) return false;
    list.add(start, middle, stop);
    if (isAdded) this.#add(list.bytes.slice(start, middle), list.bytes.slice(middle, stop));
    return true;
  }

  #lookUp(index: number): TableField | undefined {
    if (index <= 0) return undefined;
    if (index <= STATIC_NAMES.length) {
      return { name: STATIC_NAMES[index - 1]!, value: STATIC_VALUES[index - 1]! };
    }
    return this.#table[index - 1 - STATIC_NAMES.length];
  }

  #add(name: Uint8Array, value: Uint8Array): void {
    const size = name.length + value.length + FIELD_OVERHEAD;
    this.#evict(size);
    if (size > this.#capBytes) return;
    this.#table.unshift({ name, value });
    this.#tableBytes += size;
  }

  /** Make room for a field of `size` octets. */
  #evict(size: number): void {
    while (this.#table.length > 0 && this.#tableBytes + size > this.#capBytes) {
      const { name, value } = this.#table.pop()!;
      this.#tableBytes -= name.length + value.length + FIELD_OVERHEAD;
    }
  }

  /** An integer whose first octet has `prefix` bits of it (RFC 7541, 5.1); −1 where it is cut or too large. */
  #integer(bytes: Uint8Array, end: number, prefix: number): number {
    const mask = (1 << prefix) - 1;
    let value = bytes[this.#at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; this.#at < end; shift += 7) {
      if (shift >= MAX_INTEGER_BITS) {
        this.#hasOverflow = true;
        return -1;
      }
      const octet = bytes[this.#at++]!;
      value += (octet & 0x7f) << shift;
      if ((octet & 0x80) === 0) return value;
    }
    return -1;
  }

  /** A text, written to the list from `at` on; returns where it ends there, −1 where it is cut, broken or does not fit. */
  #text(bytes: Uint8Array, end: number, list: HeaderList, at: number): number {
    if (this.#at >= end) return -1;
    const isCoded = (bytes[this.#at]! & 0x80) !== 0;
    const length = this.#integer(bytes, end, 7);
    const start = this.#at;
    if (length < 0 || start + length > end) return -1;
    this.#at = start + length;
    if (isCoded) return decodeHuffman(bytes, start, this.#at, list.bytes, at, list.bytes.length);
    if (at + length > list.bytes.length) return -1;
    for (let i = 0; i < length; i++) list.bytes[at + i] = bytes[start + i]!;
    return at + length;
  }
}

/** Write `text` to the list from `at` on; returns where it ends, −1 where it does not fit. */
function append(list: HeaderList, at: number, text: Uint8Array): number {
  if (at + text.length > list.bytes.length) return -1;
  list.bytes.set(text, at);
  return at + text.length;
}
