/**
 * Owns how lines are kept: as blocks of one source, each a row of the store's logs, deflated where that saves. A line
 * is kept with its octets as they came, the time it came and its quality; everything else can be read from it again.
 *
 * Payload: JSON `{v, n, first, last, lost?, lines | deflate}`. `lines` (or what `deflate` holds in base64) is a list of
 * [milliseconds after first, quality, text] and, where the text is not UTF-8, the encoding; such text has one character an
 * octet. Bound: MAX_BLOCK_BYTES of lines, so that the worst of them fits a row of 64 KiB.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { TextEncoding } from "./body-text.js";
import type { ParseQuality } from "./syslog-message.js";

/** Octets of lines in one block. */
export const MAX_BLOCK_BYTES = 32 * 1024;
const MAX_BLOCK_LINES = 512;
/** Shorter blocks are not worth deflating. */
const DEFLATE_ABOVE = 512;
/** What a block may inflate to; escapes make up to six characters of one. */
const MAX_INFLATED_BYTES = 512 * 1024;

/** As the store takes it. */
export interface LogRow {
  readonly timeMs: number;
  readonly source: string;
  readonly payload: string;
}

export interface KeptLine {
  readonly receivedMs: number;
  readonly quality: ParseQuality;
  readonly encoding: TextEncoding;
  readonly bytes: Buffer;
}

/** Lines that came and were not kept, by reason. */
export type LostLines = Readonly<Partial<Record<"flooded" | "shed", number>>>;

type Line = [delayMs: number, quality: ParseQuality, text: string, encoding?: TextEncoding];

export class LogBlock {
  readonly #source: string;
  #lines: Line[] = [];
  #bytes = 0;
  #firstMs = 0;
  #lastMs = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  /** Wall time of the first line. */
  get firstMs(): number {
    return this.#firstMs;
  }

  /** Whether a line of so many octets has room. */
  hasRoom(byteCount: number): boolean {
    return (
      this.isEmpty || (this.#lines.length < MAX_BLOCK_LINES && this.#bytes + byteCount <= MAX_BLOCK_BYTES)
    );
  }

  /** @param text decoded where the encoding is UTF-8, else one character an octet */
  add(
    receivedMs: number,
    quality: ParseQuality,
    text: string,
    encoding: TextEncoding,
    byteCount: number,
  ): void {
    if (this.isEmpty) this.#firstMs = receivedMs;
    this.#lastMs = receivedMs;
    this.#bytes += byteCount;
    const delayMs = receivedMs - this.#firstMs;
    this.#lines.push(encoding === "utf-8" ? [delayMs, quality, text] : [delayMs, quality, text, encoding]);
  }

  /** The block as a row; it is empty afterwards. */
  take(nowMs: number, lost: LostLines = {}): LogRow {
    const [first, last] = this.isEmpty ? [nowMs, nowMs] : [this.#firstMs, this.#lastMs];
    const head = {
      v: 1,
      n: this.#lines.length,
      first,
      last,
      ...(Object.keys(lost).length > 0 && { lost }),
    };
    const text = JSON.stringify(this.#lines);
    const payload =
      text.length <= DEFLATE_ABOVE
        ? JSON.stringify({ ...head, lines: this.#lines })
        : JSON.stringify({ ...head, deflate: deflateRawSync(text, { level: 4 }).toString("base64") });
    this.#lines = [];
    this.#bytes = 0;
    return { timeMs: last, source: this.#source, payload };
  }
}

/** The head of a kept block and its lines as they are written; undefined where the payload is none. */
export function plainLogBlock(
  payload: string,
):
  | ({ readonly first: number; readonly lines: readonly Line[] } & Readonly<Record<string, unknown>>)
  | undefined {
  try {
    const { deflate, ...head } = JSON.parse(payload) as {
      v?: unknown;
      first: number;
      lines?: Line[];
      deflate?: string;
    };
    if (head.v !== 1) return undefined;
    const packed = (): Buffer =>
      inflateRawSync(Buffer.from(deflate ?? "", "base64"), { maxOutputLength: MAX_INFLATED_BYTES });
    const lines = head.lines ?? (JSON.parse(packed().toString()) as Line[]);
    return { ...head, lines };
  } catch {
    return undefined;
  }
}

/** The lines of a kept block, in their order; undefined where the payload is none. */
export function readLogBlock(payload: string): readonly KeptLine[] | undefined {
  const block = plainLogBlock(payload);
  return block?.lines.map(([delayMs, quality, text, encoding]) => ({
    receivedMs: block.first + delayMs,
    quality,
    encoding: encoding ?? "utf-8",
    bytes: Buffer.from(text, encoding === undefined ? "utf8" : "latin1"),
  }));
}
