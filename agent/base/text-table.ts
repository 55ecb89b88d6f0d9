/**
 * Many texts as bytes behind each other: no string exists until one is asked for. Memory: the UTF-8 bytes of distinct texts
 * and 4 bytes a text.
 */
import { ByteTable } from "./byte-table.js";
import { type FlatLayout, record, uint8Array, uint32Array } from "./flat-layout.js";

export interface TextTable {
  /** First byte of text n at [n], end at [n + 1]. */
  readonly starts: Uint32Array;
  /** UTF-8. */
  readonly bytes: Uint8Array;
}

export const TEXT_TABLE: FlatLayout<TextTable> = record({ starts: uint32Array, bytes: uint8Array });

const decoder = new TextDecoder();

/** Text number `index`. */
export function textAt({ starts, bytes }: TextTable, index: number): string {
  return decoder.decode(bytes.subarray(starts[index]!, starts[index + 1]!));
}

/** How many texts there are. */
export function textCount({ starts }: TextTable): number {
  return starts.length - 1;
}

const SCRATCH_BYTES = 16 * 1024;

/** Numbers distinct texts as they come. */
export class TextTableBuilder {
  readonly #encoder = new TextEncoder();
  readonly #table = new ByteTable();
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);

  indexOf(text: string): number {
    // A UTF-16 unit takes three bytes at the most.
    if (text.length * 3 > SCRATCH_BYTES) return this.#table.indexOf(this.#encoder.encode(text));
    return this.#table.indexOf(this.#scratch, this.#write(text));
  }

  /** Write a text into the scratch; how many bytes it takes. */
  #write(text: string): number {
    const scratch = this.#scratch;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return this.#encoder.encodeInto(text, scratch).written;
      scratch[i] = code;
    }
    return text.length;
  }

  /** Good until the next text is new. */
  build(): TextTable {
    return { starts: this.#table.starts(), bytes: this.#table.bytes() };
  }
}
