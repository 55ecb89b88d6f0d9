/**
 * Rules that are ready to run, as the bytes of one shared buffer: what sensor threads share and what is cached on disk.
 *
 * A header of HEADER_WORDS words, the directory, the data (see base/flat-layout.ts). The header holds:
 *
 *  0 magic (which also tells a machine of the other byte order)  1 version of this header  2 hash of the layout's name
 *  3 bytes in all  4 words of the directory  5 reserved  6–9 checksum of everything but itself  10–17 key
 *
 * The key is the caller's: whatever the rules were made from. Bytes with another key, version or layout are another image's and
 * are refused like damaged ones. The checksum takes notice of every change within one 32-bit word with certainty and of any
 * other with all but 2⁻¹²⁸. It is no protection against whoever can write files as this user, who could as well write rules.
 */
import {
  align,
  FlatError,
  type FlatLayout,
  FlatReader,
  FlatWriter,
  record,
  text,
} from "../base/flat-layout.js";
import type { RuleImage } from "./image.js";
import { RULE_IMAGE } from "./image-layout.js";

/** An image and what is said about the rules it was made from, as JSON. */
export interface ImageFile {
  readonly image: RuleImage;
  readonly report: string;
}

const IMAGE_FILE: FlatLayout<ImageFile> = record({ image: RULE_IMAGE, report: text });

const MAGIC = 0x49524b53;
const VERSION = 11;
const HEADER_WORDS = 18;
const Header = {
  MAGIC: 0,
  VERSION: 1,
  LAYOUT: 2,
  TOTAL_BYTES: 3,
  DIRECTORY_WORDS: 4,
  CHECKSUM: 6,
  KEY: 10,
} as const;
const CHECKSUM_WORDS = 4;
/** Bytes of a key. */
export const KEY_BYTES = 32;
/** Larger images are not read. */
export const MAX_IMAGE_BYTES = 1024 * 1024 * 1024;

/** Lays an image out as bytes, which need not all be in memory at once. */
export class ImageEncoder {
  readonly byteLength: number;
  readonly #head: Int32Array;
  readonly #writer = new FlatWriter();

  /** @param key has KEY_BYTES bytes */
  constructor(file: ImageFile, key: Uint8Array) {
    IMAGE_FILE.write(file, this.#writer);
    const { words, dataBytes } = this.#writer;
    const dataOffset = dataOffsetOf(words.length);
    this.byteLength = align(dataOffset + dataBytes);
    const head = new Int32Array(dataOffset / 4);
    head[Header.MAGIC] = MAGIC;
    head[Header.VERSION] = VERSION;
    head[Header.LAYOUT] = layoutHash();
    head[Header.TOTAL_BYTES] = this.byteLength;
    head[Header.DIRECTORY_WORDS] = words.length;
    new Uint8Array(head.buffer, Header.KEY * 4, KEY_BYTES).set(key);
    head.set(words, HEADER_WORDS);
    this.#head = head;
  }

  /** Hand out all bytes once, each piece with its place; the head comes last, since it holds the checksum. */
  writeTo(write: (bytes: Uint8Array, at: number) => void): void {
    const sum = new Checksum();
    sum.addHead(this.#head);
    let at = this.#head.byteLength;
    for (const piece of this.#writer.pieces()) {
      sum.add(new Int32Array(piece.buffer, piece.byteOffset, piece.byteLength / 4));
      write(piece, at);
      at += piece.byteLength;
    }
    this.#head.set(sum.words, Header.CHECKSUM);
    write(new Uint8Array(this.#head.buffer), 0);
  }

  toBuffer(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(this.byteLength);
    const bytes = new Uint8Array(buffer);
    this.writeTo((piece, at) => bytes.set(piece, at));
    return buffer;
  }
}

/** Bytes of rules; `key` has KEY_BYTES bytes. */
export function encodeImage(file: ImageFile, key: Uint8Array): SharedArrayBuffer {
  return new ImageEncoder(file, key).toBuffer();
}

/**
 * The rules in `buffer`: views on it, nothing is copied.
 *
 * @throws FlatError where the bytes are damaged, cut short, or not of this key and engine
 */
export function decodeImage(buffer: SharedArrayBuffer, key: Uint8Array): ImageFile {
  if (buffer.byteLength < HEADER_WORDS * 4 || buffer.byteLength % 8 !== 0) throw new FlatError("too short");
  const words = new Int32Array(buffer);
  if (words[Header.MAGIC] !== MAGIC || words[Header.VERSION] !== VERSION)
    throw new FlatError("no rule image");
  if (words[Header.LAYOUT] !== layoutHash()) throw new FlatError("an image of another engine");
  if (words[Header.TOTAL_BYTES] !== buffer.byteLength) throw new FlatError("cut short");
  const sum = new Checksum();
  sum.addHead(words);
  for (let i = 0; i < CHECKSUM_WORDS; i++) {
    if (words[Header.CHECKSUM + i] !== sum.words[i]) throw new FlatError("damaged");
  }
  const owner = new Uint8Array(buffer, Header.KEY * 4, KEY_BYTES);
  if (owner.some((byte, i) => byte !== key[i])) throw new FlatError("the image of other rules");
  return readFile(buffer);
}

/** The buffer that holds all of an image, to be handed to another thread; an image that has none is put into one. */
export function bufferOf(image: RuleImage): SharedArrayBuffer {
  const { buffer } = image.program;
  return buffer instanceof SharedArrayBuffer
    ? buffer
    : encodeImage({ image, report: "" }, new Uint8Array(KEY_BYTES));
}

/** The image in a buffer that another thread of this process has handed over: views are made and nothing is checked again. */
export function imageIn(buffer: SharedArrayBuffer): RuleImage {
  return RULE_IMAGE.read(readerOf(buffer));
}

function readFile(buffer: SharedArrayBuffer): ImageFile {
  const reader = readerOf(buffer);
  const file = IMAGE_FILE.read(reader);
  reader.finish();
  return file;
}

function readerOf(buffer: SharedArrayBuffer): FlatReader {
  const words = new Int32Array(buffer);
  const directoryWords = words[Header.DIRECTORY_WORDS]!;
  if (directoryWords < 0 || dataOffsetOf(directoryWords) > buffer.byteLength)
    throw new FlatError("no directory");
  const directory = words.subarray(HEADER_WORDS, HEADER_WORDS + directoryWords);
  return new FlatReader(directory, buffer, dataOffsetOf(directoryWords));
}

function dataOffsetOf(directoryWords: number): number {
  return align((HEADER_WORDS + directoryWords) * 4);
}

/**
 * Four sums over the words, each `sum = (sum ^ word) · odd`. One step is a bijection of the sum for a given word and of the word
 * for a given sum: where a single word differs all four differ at the end.
 */
class Checksum {
  readonly words = Int32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);

  /** Words that begin with the header, of which its own checksum does not count. */
  addHead(words: Int32Array): void {
    this.add(words.subarray(0, Header.CHECKSUM));
    this.add(words.subarray(Header.CHECKSUM + CHECKSUM_WORDS));
  }

  add(words: Int32Array): void {
    let [a, b, c, d] = this.words as unknown as [number, number, number, number];
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ word, 0x9e3779b1);
      c = Math.imul(c ^ word, 0x85ebca6b);
      d = Math.imul(d ^ word, 0xc2b2ae35);
      a ^= a >>> 15;
      b ^= b >>> 13;
      c ^= c >>> 16;
      d ^= d >>> 14;
    }
    this.words.set([a, b, c, d]);
  }
}

let knownLayoutHash: number | undefined;

/** A hash of the layout's name: another engine's images do not get as far as being read. */
function layoutHash(): number {
  if (knownLayoutHash === undefined) {
    let hash = 0x811c9dc5;
    for (const character of IMAGE_FILE.name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    knownLayoutHash = hash | 0;
  }
  return knownLayoutHash;
}
