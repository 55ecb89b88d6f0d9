/** The header of connection-oriented DCERPC (C706 12.6.3.1), with the numbers and names of its packet types. */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";

export const HEADER_BYTES = 16;
/** Header, allocation hint, context, operation number (or cancel count). */
export const CALL_HEADER_BYTES = 24;

export const PduType = {
  REQUEST: 0,
  RESPONSE: 2,
  FAULT: 3,
  BIND: 11,
  BIND_ACK: 12,
  BIND_NAK: 13,
  ALTER_CONTEXT: 14,
  ALTER_CONTEXT_RESP: 15,
  AUTH3: 16,
} as const;

/** Suricata's names, by packet type. */
export const PDU_NAMES: readonly string[] = [
  "REQUEST",
  "PING",
  "RESPONSE",
  "FAULT",
  "WORKING",
  "NOCALL",
  "REJECT",
  "ACK",
  "CL_CANCEL",
  "FACK",
  "CANCEL_ACK",
  "BIND",
  "BINDACK",
  "BINDNAK",
  "ALTER_CONTEXT",
  "ALTER_CONTEXT_RESP",
  "AUTH3",
  "SHUTDOWN",
  "CO_CANCEL",
  "ORPHANED",
];

export const FIRST_FRAGMENT = 1;
export const LAST_FRAGMENT = 2;
const LITTLE_ENDIAN = 0x10;

/** One header, read over and over. */
export class PduHeader {
  type = 0;
  flags = 0;
  isLittleEndian = true;
  /** Bytes of the fragment, header included. */
  length = 0;
  callId = 0;

  /** Read `bytes[at, end)`; false where it is too short or no header of version 5. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < HEADER_BYTES || !looksLikePdu(bytes, at, end)) return false;
    this.type = bytes[at + 2]!;
    this.flags = bytes[at + 3]!;
    this.isLittleEndian = (bytes[at + 4]! & LITTLE_ENDIAN) !== 0;
    this.length = this.uint16(bytes, at + 8);
    this.callId = this.uint32(bytes, at + 12);
    return this.length >= HEADER_BYTES;
  }

  uint16(bytes: Uint8Array, at: number): number {
    return this.isLittleEndian ? readUint16Le(bytes, at) : readUint16(bytes, at);
  }

  uint32(bytes: Uint8Array, at: number): number {
    return this.isLittleEndian ? readUint32Le(bytes, at) : readUint32(bytes, at);
  }
}

/** Version 5.0 or 5.1 and a known packet type, as far as the bytes are there. */
export function looksLikePdu(bytes: Uint8Array, at: number, end: number): boolean {
  if (end > at && bytes[at] !== 5) return false;
  if (end > at + 1 && bytes[at + 1]! > 1) return false;
  if (end > at + 2 && bytes[at + 2]! >= PDU_NAMES.length) return false;
  return end <= at + 4 || (bytes[at + 4]! & 0xee) === 0;
}
