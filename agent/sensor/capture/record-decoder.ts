/**
 * What the record formats (pcap, pcapng) have in common: one step reads one record out of a window of bytes.
 *
 * A decoder keeps no bytes and never reads outside the window; results stand in its fields until the next step.
 */

/** The record holds a frame: the frame fields are valid. */
export const STEP_FRAME = 1;
/** The record holds none: go on by `advance`. */
export const STEP_SKIPPED = 2;
/** The window ends before the record does: try again with at least `needed` bytes. */
export const STEP_INCOMPLETE = 3;
/** What stands here cannot be a record: `problem` says why. Nothing after it can be trusted. */
export const STEP_BROKEN = 4;

export type Step = typeof STEP_FRAME | typeof STEP_SKIPPED | typeof STEP_INCOMPLETE | typeof STEP_BROKEN;

export abstract class RecordDecoder {
  /** Offset of the frame's first byte in the window. */
  frameOffset = 0;
  capturedLength = 0;
  /** At least `capturedLength`. */
  wireLength = 0;
  /** LINKTYPE_ number. */
  linkType = 0;
  /** Microseconds since the Unix epoch. Begins with more than a small integer, so that its box is overwritten and not made anew. */
  timeUs = 2 ** 32;

  /** Bytes from the step's offset to the next record. After STEP_SKIPPED it may lie behind the window's end. */
  advance = 0;
  /** Bytes the record needs, at most MAX_RECORD_BYTES. */
  needed = 0;
  /** English, for people who know the format. */
  problem = "";

  /** Read the record at `offset`; the window ends before `end`. */
  abstract step(bytes: Uint8Array, offset: number, end: number): Step;

  protected incomplete(needed: number): Step {
    this.needed = needed;
    return STEP_INCOMPLETE;
  }

  protected broken(problem: string): Step {
    this.problem = problem;
    return STEP_BROKEN;
  }
}

/** The longest record a decoder ever asks to see whole: a frame of MAX_FRAME_BYTES with ample options. */
export const MAX_RECORD_BYTES = 524_288;

export function readUint16(bytes: Uint8Array, offset: number, isLittleEndian: boolean): number {
  return isLittleEndian
    ? bytes[offset]! | (bytes[offset + 1]! << 8)
    : (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function readUint32(bytes: Uint8Array, offset: number, isLittleEndian: boolean): number {
  return isLittleEndian
    ? (bytes[offset]! |
        (bytes[offset + 1]! << 8) |
        (bytes[offset + 2]! << 16) |
        (bytes[offset + 3]! << 24)) >>>
        0
    : ((bytes[offset]! << 24) |
        (bytes[offset + 1]! << 16) |
        (bytes[offset + 2]! << 8) |
        bytes[offset + 3]!) >>>
        0;
}
