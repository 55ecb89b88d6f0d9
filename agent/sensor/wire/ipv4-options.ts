import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import type { PacketView } from "./packet-view.js";

/**
 * IPv4 options (RFC 791 and those after it), checked as Suricata checks them. An option of a wrong form or one
 * that repeats is an event and does not count as present; only a length that leaves the header makes the
 * packet unusable. At most 40 bytes are read.
 */

export const IP_OPTION_END = 0;
export const IP_OPTION_NOP = 1;
export const IP_OPTION_RECORD_ROUTE = 7;
export const IP_OPTION_QUICK_START = 25;
export const IP_OPTION_TIMESTAMP = 68;
export const IP_OPTION_SECURITY = 130;
export const IP_OPTION_LOOSE_SOURCE_ROUTE = 131;
export const IP_OPTION_EXTENDED_SECURITY = 133;
export const IP_OPTION_CIPSO = 134;
export const IP_OPTION_STREAM_ID = 136;
export const IP_OPTION_STRICT_SOURCE_ROUTE = 137;
export const IP_OPTION_ROUTER_ALERT = 148;

/** Whether the packet has a sound IPv4 option of this type. */
export function hasIpOption(packet: PacketView, type: number): boolean {
  return (packet.ipOptionSet & bitOf(type)) !== 0;
}

/** Fill `packet.ipOptionSet`; false where an option's length leaves the header (noted). */
export function decodeIpv4Options(cursor: DecodeCursor, packet: PacketView): boolean {
  const { bytes } = cursor;
  let at = packet.ipOptionsOffset;
  const end = at + packet.ipOptionsLength;
  if (packet.ipOptionsLength % 8 !== 0) cursor.note(packet, DecodeReason.IPV4_OPT_PAD_REQUIRED);

  // Each turn takes at least one of at most 40 bytes.
  while (at < end) {
    const type = bytes[at]!;
    const bit = bitOf(type);
    if (type === IP_OPTION_END) {
      packet.ipOptionSet |= bit;
      return true;
    }
    if (type === IP_OPTION_NOP) {
      packet.ipOptionSet |= bit;
      at++;
      continue;
    }
    if (end - at < 2) {
      cursor.note(packet, DecodeReason.IPV4_OPT_EOL_REQUIRED);
      return true;
    }
    const length = bytes[at + 1]!;
    if (length < 2 || length > end - at) {
      cursor.invalidate(packet, DecodeReason.IPV4_OPT_INVALID_LEN);
      return false;
    }
    if (bit === 0) {
      cursor.note(packet, DecodeReason.IPV4_OPT_INVALID);
    } else if ((packet.ipOptionSet & bit) !== 0) {
      cursor.note(packet, DecodeReason.IPV4_OPT_DUPLICATE);
    } else {
      const reason = optionFault(bytes, at, type, length);
      if (reason === DecodeReason.OK) packet.ipOptionSet |= bit;
      else cursor.invalidate(packet, reason);
    }
    at += length;
  }
  return true;
}

/** One bit per known option, 0 for an unknown one. */
function bitOf(type: number): number {
  switch (type) {
    case IP_OPTION_END:
      return 1 << 0;
    case IP_OPTION_NOP:
      return 1 << 1;
    case IP_OPTION_RECORD_ROUTE:
      return 1 << 2;
    case IP_OPTION_QUICK_START:
      return 1 << 3;
    case IP_OPTION_TIMESTAMP:
      return 1 << 4;
    case IP_OPTION_SECURITY:
      return 1 << 5;
    case IP_OPTION_LOOSE_SOURCE_ROUTE:
      return 1 << 6;
    case IP_OPTION_EXTENDED_SECURITY:
      return 1 << 7;
    case IP_OPTION_CIPSO:
      return 1 << 8;
    case IP_OPTION_STREAM_ID:
      return 1 << 9;
    case IP_OPTION_STRICT_SOURCE_ROUTE:
      return 1 << 10;
    case IP_OPTION_ROUTER_ALERT:
      return 1 << 11;
    default:
      return 0;
  }
}

type OptionFault =
  | typeof DecodeReason.OK
  | typeof DecodeReason.IPV4_OPT_INVALID_LEN
  | typeof DecodeReason.IPV4_OPT_MALFORMED;

function optionFault(bytes: Uint8Array, at: number, type: number, length: number): OptionFault {
  switch (type) {
    case IP_OPTION_RECORD_ROUTE:
    case IP_OPTION_LOOSE_SOURCE_ROUTE:
    case IP_OPTION_STRICT_SOURCE_ROUTE:
      if (length < 3) return DecodeReason.IPV4_OPT_INVALID_LEN;
      return isRoutePointer(bytes[at + 2]!, length) ? DecodeReason.OK : DecodeReason.IPV4_OPT_MALFORMED;
    case IP_OPTION_TIMESTAMP:
      if (length < 5) return DecodeReason.IPV4_OPT_INVALID_LEN;
      return isTimestampPointer(bytes[at + 2]!, bytes[at + 3]! & 0x0f, length)
        ? DecodeReason.OK
        : DecodeReason.IPV4_OPT_MALFORMED;
    case IP_OPTION_CIPSO:
      if (length < 10) return DecodeReason.IPV4_OPT_INVALID_LEN;
      return areCipsoTags(bytes, at + 6, at + length) ? DecodeReason.OK : DecodeReason.IPV4_OPT_MALFORMED;
    case IP_OPTION_QUICK_START:
      return length < 8 ? DecodeReason.IPV4_OPT_INVALID_LEN : DecodeReason.OK;
    case IP_OPTION_SECURITY:
    case IP_OPTION_EXTENDED_SECURITY:
      return length < 3 ? DecodeReason.IPV4_OPT_INVALID_LEN : DecodeReason.OK;
    default:
      // Stream id and router alert.
      return length === 4 ? DecodeReason.OK : DecodeReason.IPV4_OPT_INVALID_LEN;
  }
}

/** The pointer counts from 1, in addresses of four bytes behind type, length and pointer. */
function isRoutePointer(pointer: number, length: number): boolean {
  return pointer >= 4 && pointer % 4 === 0 && pointer <= length + 1;
}

/** Records are timestamps, with flag 1 or 3 an address and a timestamp. */
function isTimestampPointer(pointer: number, flag: number, length: number): boolean {
  const recordLength = flag === 1 || flag === 3 ? 8 : 4;
  return pointer >= 5 && (pointer - 5) % recordLength === 0 && pointer <= length + 1;
}

/** Tags of type, length and data; all but type 7 begin with an alignment byte of 0. */
function areCipsoTags(bytes: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    if (end - at < 2) return false;
    const tag = bytes[at]!;
    const length = bytes[at + 1]!;
    const isKnown = tag === 1 || tag === 2 || tag === 5 || tag === 6 || tag === 7;
    if (!isKnown || length < 4 || length > end - at) return false;
    if (tag !== 7 && bytes[at + 2] !== 0) return false;
    at += length;
  }
  return true;
}
