import { readUint16, readUint32 } from "./big-endian.js";
import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import type { PacketView } from "./packet-view.js";

/**
 * TCP options (RFC 9293, RFC 7323, RFC 2018, RFC 7413). Of a repeated option the first counts. A length that leaves
 * the header ends the options and makes the packet invalid, but not unusable. At most 40 bytes are read.
 */

export const TCP_OPTION_END = 0;
export const TCP_OPTION_NOP = 1;
export const TCP_OPTION_MSS = 2;
export const TCP_OPTION_WINDOW_SCALE = 3;
export const TCP_OPTION_SACK_PERMITTED = 4;
export const TCP_OPTION_SACK = 5;
export const TCP_OPTION_TIMESTAMP = 8;
export const TCP_OPTION_MD5 = 19;
export const TCP_OPTION_AO = 29;
export const TCP_OPTION_FAST_OPEN = 34;
export const TCP_OPTION_EXPERIMENT_1 = 253;
export const TCP_OPTION_EXPERIMENT_2 = 254;

const MAX_WINDOW_SCALE = 14;
/** Experiment id of Fast Open (RFC 7413, appendix A). */
const FAST_OPEN_EXPERIMENT = 0xf989;
/** NOP, NOP, timestamp of ten bytes: what nearly every segment of a modern connection carries. */
const PADDED_TIMESTAMP = 0x0101080a;

export function decodeTcpOptions(cursor: DecodeCursor, packet: PacketView): void {
  const { bytes } = cursor;
  let at = packet.tcpOptionsOffset;
  if (packet.tcpOptionsLength === 12 && readUint32(bytes, at) === PADDED_TIMESTAMP) {
    takeTimestamp(bytes, at + 2, packet);
    return;
  }
  const end = at + packet.tcpOptionsLength;
  while (at < end) {
    const type = bytes[at]!;
    if (type === TCP_OPTION_END) return;
    if (type === TCP_OPTION_NOP) {
      at++;
      continue;
    }
    if (end - at < 2) return;
    const length = bytes[at + 1]!;
    if (length < 2 || length > end - at) {
      cursor.invalidate(packet, DecodeReason.TCP_OPT_INVALID_LEN);
      return;
    }
    decodeOption(cursor, packet, at, type, length);
    at += length;
  }
}

function decodeOption(
  cursor: DecodeCursor,
  packet: PacketView,
  at: number,
  type: number,
  length: number,
): void {
  const { bytes } = cursor;
  switch (type) {
    case TCP_OPTION_MSS:
      if (length !== 4) noteLength(cursor, packet);
      else if (packet.tcpMss >= 0) noteDuplicate(cursor, packet);
      else packet.tcpMss = readUint16(bytes, at + 2);
      return;
    case TCP_OPTION_WINDOW_SCALE:
      if (length !== 3) noteLength(cursor, packet);
      else if (packet.tcpWindowScale >= 0) noteDuplicate(cursor, packet);
      else packet.tcpWindowScale = bytes[at + 2]! <= MAX_WINDOW_SCALE ? bytes[at + 2]! : 0;
      return;
    case TCP_OPTION_SACK_PERMITTED:
      if (length !== 2) noteLength(cursor, packet);
      else if (packet.hasTcpSackPermitted) noteDuplicate(cursor, packet);
      else packet.hasTcpSackPermitted = true;
      return;
    case TCP_OPTION_SACK:
      // An empty one is common and says nothing.
      if (length === 2) return;
      if (length < 10 || length > 34 || (length - 2) % 8 !== 0) noteLength(cursor, packet);
      else if (packet.tcpSackCount > 0) noteDuplicate(cursor, packet);
      else {
        packet.tcpSackOffset = at + 2;
        packet.tcpSackCount = (length - 2) >>> 3;
      }
      return;
    case TCP_OPTION_TIMESTAMP:
      if (length !== 10) noteLength(cursor, packet);
      else if (packet.hasTcpTimestamp) noteDuplicate(cursor, packet);
      else takeTimestamp(bytes, at, packet);
      return;
    case TCP_OPTION_FAST_OPEN:
      if (length !== 2 && (length < 6 || length > 18 || length % 2 !== 0)) noteLength(cursor, packet);
      else takeFastOpen(cursor, packet);
      return;
    case TCP_OPTION_EXPERIMENT_1:
    case TCP_OPTION_EXPERIMENT_2:
      if (length !== 4 && length !== 12) noteLength(cursor, packet);
      else if (readUint16(bytes, at + 2) === FAST_OPEN_EXPERIMENT) takeFastOpen(cursor, packet);
      return;
    case TCP_OPTION_MD5:
      if (length !== 18) cursor.invalidate(packet, DecodeReason.TCP_OPT_INVALID_LEN);
      return;
    case TCP_OPTION_AO:
      if (length < 4) cursor.invalidate(packet, DecodeReason.TCP_OPT_INVALID_LEN);
      return;
  }
}

function takeTimestamp(bytes: Uint8Array, at: number, packet: PacketView): void {
  packet.hasTcpTimestamp = true;
  packet.tcpTimestampValue = readUint32(bytes, at + 2);
  packet.tcpTimestampEcho = readUint32(bytes, at + 6);
}

function takeFastOpen(cursor: DecodeCursor, packet: PacketView): void {
  if (packet.hasTcpFastOpen) noteDuplicate(cursor, packet);
  packet.hasTcpFastOpen = true;
}

function noteLength(cursor: DecodeCursor, packet: PacketView): void {
  cursor.note(packet, DecodeReason.TCP_OPT_INVALID_LEN);
}

function noteDuplicate(cursor: DecodeCursor, packet: PacketView): void {
  cursor.note(packet, DecodeReason.TCP_OPT_DUPLICATE);
}
