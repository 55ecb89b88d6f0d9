/**
 * Owns the transfer encodings of mail (RFC 2045 6): a body part goes in line by line and comes out in an open file.
 *
 * The line break before a boundary belongs to the boundary, so each is written only when the next line comes.
 * Octets that are not of the base64 alphabet are passed over, as mail programs do, and told (`isInvalid`).
 */

import type { OpenFile } from "../file-pool.js";
import { hexDigit } from "../octets.js";

export const TransferEncoding = { NONE: 0, BASE64: 1, QUOTED_PRINTABLE: 2 } as const;
export type TransferEncodingId = (typeof TransferEncoding)[keyof typeof TransferEncoding];

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const PADDING = 64;
const OTHER = 255;
const BASE64_VALUES = makeBase64Values();

function makeBase64Values(): Uint8Array {
  const values = new Uint8Array(256).fill(OTHER);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}

export class PartDecoder {
  /** Something in the part is not of its encoding. */
  isInvalid = false;
  #encoding: TransferEncodingId = TransferEncoding.NONE;
  #bits = 0;
  #bitCount = 0;
  /** Length of the line break that stands before the next line; 0: none. */
  #breakLength = 0;

  get isBase64(): boolean {
    return this.#encoding === TransferEncoding.BASE64;
  }

  begin(encoding: TransferEncodingId): void {
    this.isInvalid = false;
    this.#encoding = encoding;
    this.#bits = 0;
    this.#bitCount = 0;
    this.#breakLength = 0;
  }

  /** One line `bytes[start, end)` with the length of its line break (0 where a long line is cut). */
  line(
    file: OpenFile,
    bytes: Uint8Array,
    start: number,
    end: number,
    breakLength: number,
    nowUs: number,
  ): void {
    if (this.#encoding === TransferEncoding.BASE64) {
      this.#base64(file, bytes, start, end);
      return;
    }
    if (this.#breakLength === 2) file.push(CR);
    if (this.#breakLength > 0) file.push(LF);
    this.#breakLength = breakLength;
    if (this.#encoding === TransferEncoding.NONE) file.append(bytes, start, end, nowUs);
    else this.#quotedPrintable(file, bytes, start, end);
  }

  #base64(file: OpenFile, bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const value = BASE64_VALUES[bytes[i]!]!;
      if (value < PADDING) {
        this.#bits = ((this.#bits << 6) | value) & 0xffff;
        this.#bitCount += 6;
        if (this.#bitCount < 8) continue;
        this.#bitCount -= 8;
        file.push((this.#bits >> this.#bitCount) & 0xff);
      } else if (value === PADDING) {
        this.#bitCount = 0;
      } else if (bytes[i] !== SPACE && bytes[i] !== TAB) {
        this.isInvalid = true;
      }
    }
  }

  #quotedPrintable(file: OpenFile, bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      if (bytes[i] !== EQUALS) {
        file.push(bytes[i]!);
        continue;
      }
      if (i + 1 === end) {
        this.#breakLength = 0;
        return;
      }
      const high = hexDigit(bytes[i + 1]!);
      const low = i + 2 < end ? hexDigit(bytes[i + 2]!) : -1;
      if (high < 0 || low < 0) {
        this.isInvalid = true;
        file.push(EQUALS);
        continue;
      }
      file.push(high * 16 + low);
      i += 2;
    }
  }
}
