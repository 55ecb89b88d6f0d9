import { readUint16 } from "../../wire/big-endian.js";
import { copyOctets } from "../octets.js";
import type { ParserInput } from "../parser.js";
import {
  HANDSHAKE_HEADER_BYTES,
  MAX_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  RecordType,
} from "./tls-constants.js";
import type { TlsSide } from "./tls-state.js";

/** Longest handshake message that is put together from several records; of longer ones the beginning is used. */
export const MAX_GATHERED_BYTES = 64 * 1024;

/**
 * Handshake messages that lie in several records (RFC 5246, 6.2.1): their bytes stay in the stream, record headers
 * between them, until all are there; then they are copied together once. Alerts in between are stepped over.
 *
 * What has been walked over is noted in the side, so that many small segments cost no more than one large one.
 * Memory: one message for all flows.
 */
export class HandshakeGatherer {
  readonly bytes = new Uint8Array(MAX_GATHERED_BYTES);
  /** Bytes copied by `copy`. */
  length = 0;
  /** A record that cannot be stepped over lies where the message should go on. */
  isInterrupted = false;
  /** Where the copied bytes end in the input, and how much of that record is left. */
  #endOffset = 0;
  #endRemaining = 0;

  /**
   * How many handshake bytes of the message at `input.offset` have arrived, at most `wantedBytes`. Walks on from
   * where it stopped last time; `isInterrupted` says that no more can come.
   */
  available(side: TlsSide, input: ParserInput, wantedBytes: number): number {
    const { bytes, end } = input;
    if (side.walkOffset === 0) {
      side.walkOffset = side.recordRemaining;
      side.walkBytes = side.recordRemaining;
    }
    this.isInterrupted = false;
    while (side.walkBytes < wantedBytes) {
      const header = input.offset + side.walkOffset;
      if (header >= end) break;
      const type = bytes[header]!;
      if (type !== RecordType.HANDSHAKE && type !== RecordType.ALERT) {
        this.isInterrupted = true;
        break;
      }
      if (header + RECORD_HEADER_BYTES > end) break;
      const length = readUint16(bytes, header + 3);
      if (length === 0 || length > MAX_RECORD_BYTES) {
        this.isInterrupted = true;
        break;
      }
      if (type === RecordType.ALERT) {
        if (header + RECORD_HEADER_BYTES + length > end) break;
        side.walkOffset += RECORD_HEADER_BYTES + length;
        continue;
      }
      side.walkOffset += RECORD_HEADER_BYTES + length;
      side.walkBytes += length;
    }
    const missing = Math.max(0, input.offset + side.walkOffset - end);
    return Math.min(wantedBytes, side.walkBytes - missing);
  }

  /** Copy the first `wantedBytes` (which `available` has counted) of the message together. */
  copy(side: TlsSide, input: ParserInput, wantedBytes: number): void {
    const { bytes, end } = input;
    const out = this.bytes;
    const wanted = Math.min(wantedBytes, MAX_GATHERED_BYTES);
    let at = input.offset;
    let remaining = side.recordRemaining;
    let length = 0;
    for (;;) {
      const part = Math.min(remaining, wanted - length, end - at);
      copyOctets(bytes, at, at + part, out, length);
      at += part;
      length += part;
      remaining -= part;
      if (length === wanted || remaining > 0 || at + RECORD_HEADER_BYTES > end) break;
      remaining = readUint16(bytes, at + 3);
      const isAlert = bytes[at] === RecordType.ALERT;
      at += RECORD_HEADER_BYTES;
      if (isAlert) {
        at += remaining;
        remaining = 0;
      }
    }
    this.length = length;
    this.#endOffset = at;
    this.#endRemaining = remaining;
  }

  /** The copied bytes are done with: the input goes on behind them. */
  consume(side: TlsSide, input: ParserInput): void {
    input.offset = this.#endOffset;
    side.recordRemaining = this.#endRemaining;
    side.walkOffset = 0;
    side.walkBytes = 0;
  }

  /** Give up what has arrived of the message: the input goes on at the record that interrupts it. */
  drop(side: TlsSide, input: ParserInput): void {
    input.offset += side.walkOffset;
    side.recordRemaining = 0;
    side.walkOffset = 0;
    side.walkBytes = 0;
  }
}

/** Whether the header of a message, too, lies in several records. */
export function isHeaderSplit(side: TlsSide): boolean {
  return side.recordRemaining < HANDSHAKE_HEADER_BYTES;
}
