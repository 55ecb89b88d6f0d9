/**
 * Plain data as flat bytes: a layout says of what form a value is, writes it, and reads it back as views on the very bytes,
 * so that a value of many megabytes is "read" in a millisecond and shared between threads.
 *
 * A value becomes a directory (32-bit words: numbers, lengths and counts in the order of the layout) and data (the elements of
 * all arrays behind each other, each array at a multiple of 8). Nothing in it is an offset, so nothing can point anywhere:
 * damaged or hostile input gives a FlatError or a value of the right form, never a read outside the bytes.
 * Byte order is that of the machine.
 */

/** The bytes are no value of the layout. */
export class FlatError extends Error {
  override readonly name = "FlatError";
}

/** Typed arrays that a layout may hold. */
type FlatArray = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

const ALIGNMENT = 8;
/** A multiple of ALIGNMENT. */
const PIECE_BYTES = 64 * 1024;
/** Items of one list: a bound for what a damaged count makes us build. */
const MAX_ITEMS = 1 << 20;

/** How values of one form are written and read. */
export interface FlatLayout<T> {
  /** Names the form: two layouts that differ have different names. */
  readonly name: string;
  write(value: T, writer: FlatWriter): void;
  read(reader: FlatReader): T;
}

/** Collects what a value consists of. */
export class FlatWriter {
  readonly words: number[] = [];
  readonly #arrays: FlatArray[] = [];
  dataBytes = 0;

  word(value: number): void {
    this.words.push(value);
  }

  array(value: FlatArray): void {
    this.words.push(value.length);
    this.#arrays.push(value);
    this.dataBytes = align(this.dataBytes + value.byteLength);
  }

  /** Hand out the data in order, in pieces of a multiple of 8 bytes; each is good until the next. */
  *pieces(): Generator<Uint8Array> {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, Math.max(ALIGNMENT, this.dataBytes)));
    let filled = 0;
    for (const { buffer, byteOffset, byteLength } of this.#arrays) {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      for (let at = 0; at < byteLength; ) {
        const count = Math.min(byteLength - at, piece.length - filled);
        piece.set(bytes.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled < piece.length) continue;
        yield piece;
        filled = 0;
      }
      const end = align(filled);
      piece.fill(0, filled, end);
      filled = end;
      if (filled < piece.length) continue;
      yield piece;
      filled = 0;
    }
    if (filled > 0) yield piece.subarray(0, filled);
  }
}

/** Hands out directory words and views on the data, in the order in which they were written. */
export class FlatReader {
  readonly #words: Int32Array;
  readonly #buffer: ArrayBufferLike;
  readonly #empty = new Map<unknown, FlatArray>();
  #at = 0;
  #dataAt: number;

  /**
   * @param words the directory
   * @param dataOffset where the data begins in `buffer`, a multiple of 8; it ends with the buffer
   */
  constructor(words: Int32Array, buffer: ArrayBufferLike, dataOffset: number) {
    this.#words = words;
    this.#buffer = buffer;
    this.#dataAt = dataOffset;
  }

  word(): number {
    if (this.#at >= this.#words.length) throw new FlatError("the directory ends too early");
    return this.#words[this.#at++]!;
  }

  /** A count between 0 and `limit`. */
  count(limit: number): number {
    const count = this.word();
    if (count < 0 || count > limit) throw new FlatError(`a count of ${count}`);
    return count;
  }

  array<T extends FlatArray>(type: FlatArrayType<T>): T {
    const length = this.count(0x7fff_ffff);
    const offset = this.#dataAt;
    const end = offset + length * type.BYTES_PER_ELEMENT;
    if (end > this.#buffer.byteLength) throw new FlatError("an array ends behind the data");
    this.#dataAt = align(end);
    return length === 0 ? this.#emptyOf(type) : new type(this.#buffer, offset, length);
  }

  /** Making views is what reading costs, and most arrays of an image are empty: one view of each type stands for all of these. */
  #emptyOf<T extends FlatArray>(type: FlatArrayType<T>): T {
    const known = this.#empty.get(type) as T | undefined;
    if (known !== undefined) return known;
    const empty = new type(this.#buffer, 0, 0);
    this.#empty.set(type, empty);
    return empty;
  }

  /** @throws FlatError where something is left over */
  finish(): void {
    const isWhole = this.#at === this.#words.length && this.#dataAt === align(this.#buffer.byteLength);
    if (!isWhole) throw new FlatError("something is left over");
  }
}

interface FlatArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

function arrayLayout<T extends FlatArray>(name: string, type: FlatArrayType<T>): FlatLayout<T> {
  return {
    name,
    write: (value, writer) => writer.array(value),
    read: (reader) => reader.array(type),
  };
}

export const int32Array: FlatLayout<Int32Array> = arrayLayout("i32", Int32Array);
export const uint32Array: FlatLayout<Uint32Array> = arrayLayout("u32", Uint32Array);
export const uint16Array: FlatLayout<Uint16Array> = arrayLayout("u16", Uint16Array);
export const uint8Array: FlatLayout<Uint8Array> = arrayLayout("u8", Uint8Array);
export const float64Array: FlatLayout<Float64Array> = arrayLayout("f64", Float64Array);

/** A whole number of 32 bits, signed. */
export const int32: FlatLayout<number> = {
  name: "int",
  write: (value, writer) => {
    if ((value | 0) !== value) throw new RangeError(`${value} is not a whole number of 32 bits`);
    writer.word(value);
  },
  read: (reader) => reader.word(),
};

export const boolean: FlatLayout<boolean> = {
  name: "bool",
  write: (value, writer) => writer.word(value ? 1 : 0),
  read: (reader) => reader.count(1) === 1,
};

/** Text, in UTF-8. For many texts see text-table.ts. */
export const text: FlatLayout<string> = {
  name: "text",
  write: (value, writer) => writer.array(new TextEncoder().encode(value)),
  read: (reader) => new TextDecoder().decode(reader.array(Uint8Array)),
};

/** One of a few words. */
export function choice<const T extends string>(...words: readonly T[]): FlatLayout<T> {
  return {
    name: `(${words.join("|")})`,
    write: (value, writer) => writer.word(words.indexOf(value)),
    read: (reader) => words[reader.count(words.length - 1)]!,
  };
}

export function list<T>(layout: FlatLayout<T>): FlatLayout<readonly T[]> {
  return {
    name: `[${layout.name}]`,
    write: (values, writer) => {
      writer.word(values.length);
      for (const value of values) layout.write(value, writer);
    },
    read: (reader) => Array.from({ length: reader.count(MAX_ITEMS) }, () => layout.read(reader)),
  };
}

/** An object of known keys, in their order. */
export function record<T extends object>(
  shape: {
    readonly [K in keyof T]: FlatLayout<T[K]>;
  },
): FlatLayout<T> {
  const parts = Object.entries(shape) as [string, FlatLayout<unknown>][];
  return {
    name: `{${parts.map(([key, { name }]) => `${key}:${name}`).join(",")}}`,
    write: (value, writer) => {
      for (const [key, layout] of parts) layout.write((value as Record<string, unknown>)[key], writer);
    },
    // Keys added one by one would make a hash table of an object with many: each look at an image cost a look-up in it.
    read: (reader) => Object.fromEntries(parts.map(([key, layout]) => [key, layout.read(reader)])) as T,
  };
}

/** The next multiple of 8. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
