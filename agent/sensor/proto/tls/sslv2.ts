/**
 * SSLv2 records (Netscape, 1995): a header of two bytes (top bit set) or three (with padding), then a message type.
 * Only recognised and stepped over; of a ClientHello the version is read. Clients that also spoke TLS began so.
 */
import { readUint16 } from "../../wire/big-endian.js";
import { Probe, type ProbeCode } from "../parser.js";
import { SSL_2, SSL_3, Sslv2Type, TLS_1_2 } from "./tls-constants.js";

/** Whether a record that begins with this byte is SSLv2: TLS record types are below 0x40. */
export function isSslv2Record(firstByte: number): boolean {
  return (firstByte & 0xc0) !== 0;
}

/** Header, type, version and the three list lengths of a ClientHello. */
const HELLO_HEAD_BYTES = 11;

/** Whether a stream begins with an SSLv2 ClientHello whose lengths agree with each other. */
export function isSslv2Hello(bytes: Uint8Array, offset: number, end: number): ProbeCode {
  if ((bytes[offset]! & 0x80) === 0) return Probe.NO;
  if (offset + 2 < end && bytes[offset + 2] !== Sslv2Type.CLIENT_HELLO) return Probe.NO;
  if (offset + HELLO_HEAD_BYTES > end) return Probe.UNSURE;
  const recordLength = ((bytes[offset]! & 0x7f) << 8) | bytes[offset + 1]!;
  const version = readUint16(bytes, offset + 3);
  const isVersion = version === 2 || version === SSL_2 || (version >= SSL_3 && version <= TLS_1_2);
  const ciphersLength = readUint16(bytes, offset + 5);
  const sessionIdLength = readUint16(bytes, offset + 7);
  const challengeLength = readUint16(bytes, offset + 9);
  const isSound =
    isVersion &&
    ciphersLength > 0 &&
    ciphersLength % 3 === 0 &&
    recordLength === HELLO_HEAD_BYTES - 2 + ciphersLength + sessionIdLength + challengeLength;
  return isSound ? Probe.YES : Probe.NO;
}

/** The head of one record, written over by each read. */
export class Sslv2Header {
  /** Type, version, and the lengths of ciphers and session id. */
  static readonly MIN_HELLO_BYTES = 7;
  /** Type and error code. */
  static readonly ERROR_BYTES = 3;
  /** Two or three. */
  headerBytes = 0;
  /** Bytes behind the header, type included. */
  recordLength = 0;
  type = 0;
  /** A ClientHello's version has arrived. */
  hasHello = false;
  helloVersion = 0;

  /** False while the message type has not arrived. */
  read(bytes: Uint8Array, offset: number, end: number): boolean {
    const hasPadding = (bytes[offset]! & 0x80) === 0;
    this.headerBytes = hasPadding ? 3 : 2;
    if (offset + this.headerBytes + 1 > end) return false;
    this.recordLength = ((bytes[offset]! & (hasPadding ? 0x3f : 0x7f)) << 8) | bytes[offset + 1]!;
    this.type = bytes[offset + this.headerBytes]!;
    const body = offset + this.headerBytes + 1;
    this.hasHello = body + 2 <= end;
    if (this.hasHello) this.helloVersion = readUint16(bytes, body);
    return true;
  }
}
