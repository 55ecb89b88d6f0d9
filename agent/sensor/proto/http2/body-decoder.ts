/**
 * Owns the content coding of HTTP/2 bodies: gzip and deflate are undone, others (br, zstd) leave the body as it is.
 *
 * Bound: one buffer of the limit; one run over the body.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { Inflated, Inflater, Wrapping } from "../http/inflater.js";
import { asciiOctets } from "../octets.js";
import type { HeaderList } from "./header-list.js";

const CONTENT_ENCODING = asciiOctets("content-encoding");
const GZIP = asciiOctets("gzip");
const DEFLATE = asciiOctets("deflate");

export class BodyDecoder {
  /** The result is `bytes[0, length)`. */
  bytes: Uint8Array = NO_BYTES;
  length = 0;
  hasFailed = false;
  readonly #inflater = new Inflater();
  readonly #output: Uint8Array;

  constructor(limitBytes: number) {
    this.#output = new Uint8Array(limitBytes);
  }

  /** Undo the coding that `headers` name of `bytes[0, length)`. */
  decode(headers: HeaderList | undefined, bytes: Uint8Array, length: number): void {
    this.bytes = bytes;
    this.length = length;
    this.hasFailed = false;
    const index = headers?.find(CONTENT_ENCODING) ?? -1;
    if (headers === undefined || index < 0) return;
    const isGzip = isValue(headers, index, GZIP);
    if (!isGzip && !isValue(headers, index, DEFLATE)) return;
    const wrapping = isGzip ? Wrapping.ZLIB_OR_GZIP : Wrapping.NONE;
    const output = this.#output;
    const code = this.#inflater.run(wrapping, bytes, 0, length, output, 0, output.length);
    this.hasFailed = code === Inflated.ERROR;
    if (this.hasFailed && this.#inflater.outputEnd === 0) return;
    this.bytes = output;
    this.length = this.#inflater.outputEnd;
  }
}

function isValue(headers: HeaderList, index: number, text: Uint8Array): boolean {
  const start = headers.valueStart(index);
  if (headers.valueEnd(index) - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (headers.bytes[start + i] !== text[i]) return false;
  }
  return true;
}
