/**
 * The frames of SMB over TCP (RFC 1002 4.3, MS-SMB2 2.1): their headers, what tells a record, and the next frame behind a hole.
 */
import { type ParserInput, Probe, type ProbeCode } from "../parser.js";
import { Found, type FoundId } from "./record.js";
import type { SmbSide } from "./state.js";

export const FRAME_HEAD_BYTES = 4;
export const FRAME_MESSAGE = 0;
export const FRAME_SESSION_FIRST = 0x81;
export const FRAME_SESSION_LAST = 0x85;
export const MARK_COMPRESSED = 0xfc;
/** What tells a record. */
const MARK_BYTES = 4;
const LETTER_S = 0x53;
const LETTER_M = 0x4d;
const LETTER_B = 0x42;

/** `\xffSMB`, `\xfeSMB`, `\xfdSMB`, `\xfcSMB`. */
export function isRecord(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at]! >= MARK_COMPRESSED &&
    bytes[at + 1] === LETTER_S &&
    bytes[at + 2] === LETTER_M &&
    bytes[at + 3] === LETTER_B
  );
}

/** Go to the next octets that begin like a frame with a record; false where there are none yet. */
export function findFrame(side: SmbSide, input: ParserInput): boolean {
  const { bytes, end } = input;
  const last = end - FRAME_HEAD_BYTES - MARK_BYTES;
  let at = input.offset;
  while (at <= last && !(bytes[at] === FRAME_MESSAGE && isRecord(bytes, at + FRAME_HEAD_BYTES))) at++;
  input.offset = at;
  side.isLost = at > last;
  return !side.isLost;
}

/** A session request or answer of NetBIOS: no flags but the length's 17th bit, and a length that fits it. */
export function probeSession(bytes: Uint8Array, offset: number, end: number): ProbeCode {
  if (end - offset < FRAME_HEAD_BYTES) return Probe.UNSURE;
  const length = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  const isRequest = bytes[offset] === FRAME_SESSION_FIRST;
  const isFitting = bytes[offset + 1] === 0 && (isRequest ? length === 68 : length <= 6);
  if (!isFitting) return Probe.NO;
  // An answer is four bytes that other protocols may begin with as well.
  return isRequest ? Probe.YES : Probe.LIKELY;
}

/** Read the frame's header, and pass over frames that are no messages; as in Suricata their type may be anything. */
export function readFrame(side: SmbSide, input: ParserInput): void {
  const { bytes, offset, end } = input;
  if (end - offset < FRAME_HEAD_BYTES) return;
  const type = bytes[offset]!;
  const length = (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  input.offset = offset + FRAME_HEAD_BYTES;
  if (type === FRAME_MESSAGE) side.frameLeft = length;
  else side.recordLeft = length;
}

export function passFrame(side: SmbSide): FoundId {
  side.recordLeft = side.frameLeft;
  side.frameLeft = 0;
  return Found.NOTHING;
}

/** Consume the rest of a record that nobody wants, also what is not here yet. */
export function passOver(side: SmbSide, input: ParserInput): void {
  const here = Math.min(side.recordLeft, input.end - input.offset);
  input.offset += here;
  if (!input.isEnd) input.skipBytes += side.recordLeft - here;
  side.recordLeft = 0;
}
