/**
 * Many texts as bytes behind each other: no string exists until one is asked for. Memory: the UTF-8 bytes of distinct texts
 * and 4 bytes a text.
 */
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

/** @param texts in the order of their numbers */
export function buildTextTable(texts: readonly string[]): TextTable {
  const starts = new Uint32Array(texts.length + 1);
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(64 * texts.length + 64);
  texts.forEach((text, index) => {
    const start = starts[index]!;
    // A UTF-16 unit takes three bytes at the most.
    if (start + text.length * 3 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2 + text.length * 3);
      larger.set(bytes);
      bytes = larger;
    }
    starts[index + 1] = start + encoder.encodeInto(text, bytes.subarray(start)).written;
  });
  return { starts, bytes: bytes.slice(0, starts[texts.length]) };
}
