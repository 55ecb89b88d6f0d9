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
  const chunks = texts.map((text) => Buffer.from(text));
  chunks.forEach((chunk, index) => {
    starts[index + 1] = starts[index]! + chunk.length;
  });
  return { starts, bytes: Uint8Array.from(Buffer.concat(chunks)) };
}
