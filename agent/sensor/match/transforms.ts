import type { BlockHash } from "../../base/hash/block-hash.js";
import { Md5 } from "../../base/hash/md5.js";
import { Sha1 } from "../../base/hash/sha1.js";
import { Sha256 } from "../../base/hash/sha256.js";
import { latin1Text } from "../../base/latin1.js";
import type { TransformRow } from "../../signature/image.js";
import { FILE_MAGIC_TRANSFORM } from "../../signature/transform-names.js";
import { hexDigit, LOWER_CASE } from "../proto/octets.js";
import { MAX_STEPS } from "./bounded-expression.js";
import { Expression, ExpressionMemory } from "./expression.js";
import { describeFile } from "./file-magic.js";

/** Longer buffers are cut before they are transformed; hashes, which make them short, are taken of all of them. */
const MAX_TRANSFORMED = 64 * 1024;

/** Writes the transformed bytes to `out` and returns how many; none makes more than one byte extra. */
type TransformFunction = (bytes: Uint8Array, offset: number, length: number, out: Uint8Array) => number;

/**
 * Applies a chain of transforms to a buffer, into scratch memory of its own. The result stands in `bytes`, `offset` and
 * `length` until the next call.
 */
export class Transforms {
  bytes: Uint8Array;
  readonly offset = 0;
  length = 0;
  readonly #chains: readonly (readonly TransformFunction[])[];
  readonly #beginsWithHash: Uint8Array;
  readonly #captures: CaptureTransform[] = [];
  #front = new Uint8Array(MAX_TRANSFORMED + 1);
  #back = new Uint8Array(MAX_TRANSFORMED + 1);

  /** @param chains the transforms of each chain, as in the rule image */
  constructor(chains: readonly (readonly TransformRow[])[]) {
    const memory = new ExpressionMemory();
    const capture = (json: string): TransformFunction => {
      const transform = new CaptureTransform(json, memory);
      this.#captures.push(transform);
      return transform.run;
    };
    this.#chains = chains.map((rows) => rows.map((row) => transformFunction(row, capture)));
    this.#beginsWithHash = Uint8Array.from(chains, ([first]) => (isOfWhole(first?.name) ? 1 : 0));
    this.bytes = this.#front;
  }

  /** Expressions of `pcrexform` that were given up since the start. */
  get cutCount(): number {
    return this.#captures.reduce((sum, { cutCount }) => sum + cutCount, 0);
  }

  apply(chain: number, bytes: Uint8Array, offset: number, length: number): void {
    let from = bytes;
    let at = offset;
    const functions = this.#chains[chain]!;
    let size = this.#beginsWithHash[chain] === 1 ? length : Math.min(length, MAX_TRANSFORMED);
    for (let i = 0; i < functions.length; i++) {
      const into = this.#back;
      size = Math.min(functions[i]!(from, at, size, into), MAX_TRANSFORMED);
      this.#back = this.#front;
      this.#front = into;
      from = into;
      at = 0;
    }
    this.bytes = this.#front;
    this.length = size;
  }
}

/** Transforms that read a buffer of any length and write a short one. */
function isOfWhole(name: string | undefined): boolean {
  return name === "to_md5" || name === "to_sha1" || name === "to_sha256";
}

function transformFunction(
  { name, argument }: TransformRow,
  capture: (json: string) => TransformFunction,
): TransformFunction {
  switch (name) {
    case "dotprefix":
      return prefixDot;
    case "to_lowercase":
    case "header_lowercase":
      return lower;
    case "to_uppercase":
      return upper;
    case "strip_whitespace":
      return (bytes, offset, length, out) => copyWithoutBlanks(bytes, offset, length, out, false);
    case "compress_whitespace":
      return (bytes, offset, length, out) => copyWithoutBlanks(bytes, offset, length, out, true);
    case "url_decode":
      return decodeUrl;
    case "strip_pseudo_headers":
      return stripPseudoHeaders;
    case "to_md5":
      return hashWith(new Md5());
    case "to_sha1":
      return hashWith(new Sha1());
    case "to_sha256":
      return hashWith(new Sha256());
    case "pcrexform":
      return capture(argument);
    case "xor":
      return xorWith(argument);
    case FILE_MAGIC_TRANSFORM:
      return describeFile;
    default:
      throw new RangeError(`no transform is called ${name}`);
  }
}

function prefixDot(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  out[0] = 0x2e;
  for (let i = 0; i < length; i++) out[i + 1] = bytes[offset + i]!;
  return length + 1;
}

function lower(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  for (let i = 0; i < length; i++) out[i] = LOWER_CASE[bytes[offset + i]!]!;
  return length;
}

function upper(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    out[i] = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
  }
  return length;
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

/** Lines that begin with a colon (HTTP/2's own) are left out. */
function stripPseudoHeaders(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  let size = 0;
  let isPseudo = length > 0 && bytes[offset] === 0x3a;
  for (let i = 0; i < length; i++) {
    const byte = bytes[offset + i]!;
    if (!isPseudo) out[size++] = byte;
    if (byte === 0x0a) isPseudo = i + 1 < length && bytes[offset + i + 1] === 0x3a;
  }
  return size;
}

function hashWith(hash: BlockHash): TransformFunction {
  return (bytes, offset, length, out) => {
    hash.digest(bytes, offset, length, out, 0);
    return hash.digestBytes;
  };
}

/** Copies what the expression captures; a buffer it does not match, or not within its steps, stays as it is. */
class CaptureTransform {
  /** Searches that were given up. */
  cutCount = 0;
  readonly #expression: Expression;

  constructor(json: string, memory: ExpressionMemory) {
    const { source, flags } = JSON.parse(json) as { source: string; flags: string };
    this.#expression = new Expression(source, flags, memory, true);
  }

  readonly run: TransformFunction = (bytes, offset, length, out) => {
    const expression = this.#expression;
    const isFound = expression.isNativeSafe(length)
      ? expression.findInText(latin1Text(bytes, offset, length), 0, false)
      : expression.findInBytes(bytes, offset, length, 0, false, MAX_STEPS);
    if (expression.isExhausted) this.cutCount++;
    const isCapture = isFound && expression.groupStart >= 0;
    const start = isCapture ? expression.groupStart : 0;
    const size = (isCapture ? expression.groupEnd : length) - start;
    for (let i = 0; i < size; i++) out[i] = bytes[offset + start + i]!;
    return size;
  };
}

function xorWith(hexKey: string): TransformFunction {
  const key = Uint8Array.from({ length: hexKey.length / 2 }, (_, i) =>
    Number.parseInt(hexKey.slice(i * 2, i * 2 + 2), 16),
  );
  return (bytes, offset, length, out) => {
    for (let i = 0; i < length; i++) out[i] = bytes[offset + i]! ^ key[i % key.length]!;
    return length;
  };
}
