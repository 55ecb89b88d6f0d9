/** The frames of HTTP/2 (RFC 9113, 4.1 and 6): numbers, and the reading of a frame's header. */
import { readUint32 } from "../../wire/big-endian.js";

export const FRAME_HEADER_BYTES = 9;
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const FrameFlag = { END_STREAM: 0x01, END_HEADERS: 0x04, PADDED: 0x08, PRIORITY: 0x20 } as const;

/** The header of the frame at hand. */
export class FrameHeader {
  length = 0;
  type = 0;
  flags = 0;
  stream = 0;

  read(bytes: Uint8Array, at: number): void {
    this.length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.type = bytes[at + 3]!;
    this.flags = bytes[at + 4]!;
    this.stream = readUint32(bytes, at + 5) & 0x7fff_ffff;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Frames that belong to a header block. */
  get isHeaders(): boolean {
    return (
      this.type === FrameType.HEADERS ||
      this.type === FrameType.PUSH_PROMISE ||
      this.type === FrameType.CONTINUATION
    );
  }
}
