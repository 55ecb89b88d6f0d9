import { TRANSFORM_NAMES, type TransformName } from "../../signature/transform-names.js";
import { LOWER_CASE } from "./literal-scan.js";

/** Longer buffers are cut before they are transformed. */
const MAX_TRANSFORMED = 64 * 1024;

/**
 * Applies a chain of transforms to a buffer, into scratch memory of its own. The result stands in `bytes`, `offset` and
 * `length` until the next call.
 */
export class Transforms {
  bytes: Uint8Array;
  readonly offset = 0;
  length = 0;
  readonly #chains: readonly (readonly number[])[];
  #front = new Uint8Array(MAX_TRANSFORMED + 1);
  #back = new Uint8Array(MAX_TRANSFORMED + 1);

  /** @param chains names of transforms of each chain, as in the rule image */
  constructor(chains: readonly (readonly string[])[]) {
    this.#chains = chains.map((names) => names.map((name) => TRANSFORM_NAMES.indexOf(name as TransformName)));
    this.bytes = this.#front;
  }

  apply(chain: number, bytes: Uint8Array, offset: number, length: number): void {
    let from = bytes;
    let at = offset;
    let size = Math.min(length, MAX_TRANSFORMED);
    for (const transform of this.#chains[chain]!) {
      const into = this.#back;
      size = Math.min(transformOne(transform, from, at, size, into), MAX_TRANSFORMED);
      this.#back = this.#front;
      this.#front = into;
      from = into;
      at = 0;
    }
    this.bytes = this.#front;
    this.length = size;
  }
}

/** Write the transformed bytes to `out`; returns how many. No transform makes more than one byte extra. */
function transformOne(
  transform: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
): number {
  switch (TRANSFORM_NAMES[transform]) {
    case "dotprefix":
      out[0] = 0x2e;
      for (let i = 0; i < length; i++) out[i + 1] = bytes[offset + i]!;
      return length + 1;
    case "to_lowercase":
      for (let i = 0; i < length; i++) out[i] = LOWER_CASE[bytes[offset + i]!]!;
      return length;
    case "to_uppercase":
      for (let i = 0; i < length; i++) {
        const byte = bytes[offset + i]!;
        out[i] = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
      }
      return length;
    case "strip_whitespace":
      return copyWithoutBlanks(bytes, offset, length, out, false);
    case "compress_whitespace":
      return copyWithoutBlanks(bytes, offset, length, out, true);
    default:
      return decodeUrl(bytes, offset, length, out);
  }
}

function copyWithoutBlanks(
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  keepsFirst: boolean,
): number {
  let size = 0;
  let wasBlank = false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    const isBlank = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
    if (!isBlank || (keepsFirst && !wasBlank)) out[size++] = byte;
    wasBlank = isBlank;
  }
  return size;
}

/** `%41` becomes `A`, `+` a blank; what is no valid escape stays as it is. */
function decodeUrl(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    if (byte === 0x25 && i + 2 < length) {
      const high = hexDigit(bytes[offset + i + 1]!);
      const low = hexDigit(bytes[offset + i + 2]!);
      if (high >= 0 && low >= 0) {
        out[size++] = high * 16 + low;
        i += 2;
        continue;
      }
    }
    out[size++] = byte === 0x2b ? 0x20 : byte;
  }
  return size;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
