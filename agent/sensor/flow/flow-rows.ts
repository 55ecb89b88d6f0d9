/**
 * Owns the memory of what is kept for each flow: one row per flow, in which everything a packet touches stands side by side.
 * Columns spread over arrays of their own would cost a packet of a random flow a miss of cache and of TLB each.
 *
 * A column is a view that begins at its place in the first row; the next row's is ROW_BYTES further, so the index is the flow
 * number times ROW_WORDS (or ROW_FLOATS, or ROW_BYTES). What is kept per direction stands in pairs. Rows are an odd number of
 * cache lines long, so that the same column of many flows does not fall into few sets of the cache. Memory: 448 bytes a flow.
 *
 * A new row is all zero, so zero means nothing in every column.
 */
export const ROW_BYTES = 448;
export const ROW_SHORTS = ROW_BYTES / 2;
export const ROW_WORDS = ROW_BYTES / 4;
export const ROW_FLOATS = ROW_BYTES / 8;

/** Where each part begins in the row, in bytes: first what every packet touches, then TCP, then what is rare. */
export const RowPart = {
  /** FlowTable: 16 words, of which the last are bytes of state, and the one before is not its own. */
  KEY: 0,
  /** HandshakeQueue. */
  HANDSHAKE: 56,
  STATES: 60,
  /** FlowTable: first and last time, bytes of each direction. */
  TIMES: 64,
  BYTES: 80,
  PACKETS: 96,
  /** StreamAssembly: bytes of each direction in order. */
  RECEIVED: 104,
  /** For whoever reads the streams: three bytes, and a word behind the next byte. */
  READER_STATES: 120,
  /** SegmentMemory: which segment is the latest of each direction, four bits each. */
  LATEST: 123,
  /** TcpContext: 8 words of each direction. */
  TCP: 128,
  /** StreamHeads: 4 words of each of four readers. */
  HEADS: 192,
  /** StreamAssembly: 4 words of each direction. */
  ASSEMBLY: 256,
  /** SegmentQueue: head, tail and count of each direction. */
  PIECES: 288,
  /** TcpContext: flags of the session, its state before, urgent bytes of each direction. */
  SESSION: 312,
  STATE_BEFORE: 316,
  URGENT: 320,
  /** For them as well: bytes of each direction that the parsers are done with, and where rules are to look. */
  PARSED: 336,
  ASKED: 352,
  /** StreamHeads: bytes of each direction that the parsers skip. */
  SKIP: 368,
  /** SegmentMemory: 8 words of each direction. */
  SEGMENTS: 384,
} as const;

/** Large blocks come from the system with a header of 16 bytes before them: rows begin at a cache line behind it. */
const LEAD_BYTES = 48;

export class FlowRows {
  readonly maxFlows: number;
  readonly #buffer: ArrayBuffer;

  constructor(maxFlows: number) {
    this.maxFlows = maxFlows;
    this.#buffer = new ArrayBuffer(LEAD_BYTES + maxFlows * ROW_BYTES);
  }

  /** A column of signed words; so are those below of their kinds. */
  int32(part: number): Int32Array {
    return new Int32Array(this.#buffer, LEAD_BYTES + part, this.#count(part, 4));
  }

  uint32(part: number): Uint32Array {
    return new Uint32Array(this.#buffer, LEAD_BYTES + part, this.#count(part, 4));
  }

  uint16(part: number): Uint16Array {
    return new Uint16Array(this.#buffer, LEAD_BYTES + part, this.#count(part, 2));
  }

  uint8(part: number): Uint8Array {
    return new Uint8Array(this.#buffer, LEAD_BYTES + part, this.#count(part, 1));
  }

  float64(part: number): Float64Array {
    return new Float64Array(this.#buffer, LEAD_BYTES + part, this.#count(part, 8));
  }

  /** Every column of the first `count` rows is 0 again. Rows that were never used are not touched: they take no memory yet. */
  clear(count: number): void {
    new Uint8Array(this.#buffer, LEAD_BYTES, count * ROW_BYTES).fill(0);
  }

  #count(part: number, width: number): number {
    return Math.floor((this.maxFlows * ROW_BYTES - part) / width);
  }
}
