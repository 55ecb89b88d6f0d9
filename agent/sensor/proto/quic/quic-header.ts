import { readUint32 } from "../../wire/big-endian.js";
import { isClearGoogleVersion, PacketType, type PacketTypeCode, packetType } from "./quic-versions.js";

const IS_LONG = 0x80;
const IS_FIXED = 0x40;
/** Public flags of Google QUIC before Q044. */
const GOOGLE_HAS_VERSION = 0x01;
const GOOGLE_HAS_NONCE = 0x04;
const GOOGLE_HAS_CONNECTION_ID = 0x08;
const GOOGLE_CONNECTION_ID_BYTES = 8;
const GOOGLE_NONCE_BYTES = 32;
/** Hash of the packets Google QUIC sends in clear. */
const GOOGLE_HASH_BYTES = 12;

/**
 * A variable-length integer (RFC 9000, 16), written over by each read. Values above 2^53 are inexact, and larger than
 * anything they are compared with.
 */
export class VarInt {
  value = 0;
  /** Where the bytes behind it begin. */
  next = 0;

  read(bytes: Uint8Array, offset: number, end: number): boolean {
    if (offset >= end) return false;
    const first = bytes[offset]!;
    const length = 1 << (first >>> 6);
    if (offset + length > end) return false;
    let value = first & 0x3f;
    for (let i = 1; i < length; i++) value = value * 256 + bytes[offset + i]!;
    this.value = value;
    this.next = offset + length;
    return true;
  }
}

/**
 * The header of one QUIC packet (RFC 8999, RFC 9000, 17.2; Google QUIC) as far as it is in clear. Memory: a few
 * numbers, written over by each read.
 */
export class QuicHeader {
  type: PacketTypeCode = PacketType.SHORT;
  firstByte = 0;
  isLong = false;
  version = 0;
  /** Where the four bytes of the version stand, −1 without one. */
  versionOffset = -1;
  destinationIdOffset = 0;
  destinationIdLength = 0;
  /** Where the packet begins; for an Initial, where its (protected) packet number or, in clear, its frames begin. */
  offset = 0;
  payloadOffset = 0;
  /** End of the packet, where the next one of the datagram begins. */
  end = 0;
  readonly #varInt = new VarInt();

  /** False if the header is malformed or longer than the datagram. */
  read(bytes: Uint8Array, offset: number, end: number): boolean {
    this.offset = offset;
    this.end = end;
    this.versionOffset = -1;
    this.version = 0;
    this.destinationIdLength = 0;
    if (offset >= end) return false;
    const firstByte = bytes[offset]!;
    this.firstByte = firstByte;
    this.isLong = (firstByte & IS_LONG) !== 0;
    if (this.isLong) return this.#readLong(bytes, offset + 1, end);
    this.type = PacketType.SHORT;
    return (firstByte & IS_FIXED) !== 0 || this.#readGoogle(bytes, offset + 1, end);
  }

  #readLong(bytes: Uint8Array, offset: number, end: number): boolean {
    if (offset + 4 > end) return false;
    this.versionOffset = offset;
    const version = readUint32(bytes, offset);
    this.version = version;
    const type = packetType(this.firstByte, version);
    if (type < 0) return false;
    this.type = type as PacketTypeCode;
    let at = offset + 4;
    if (at >= end) return false;
    if (isClearGoogleVersion(version)) {
      const lengths = bytes[at]!;
      this.destinationIdOffset = at + 1;
      this.destinationIdLength = googleIdLength(lengths >>> 4);
      at += 1 + this.destinationIdLength + googleIdLength(lengths & 15);
      if (type === PacketType.INITIAL) at += 4 + GOOGLE_HASH_BYTES;
      this.payloadOffset = at;
      return at <= end;
    }
    this.destinationIdOffset = at + 1;
    this.destinationIdLength = bytes[at]!;
    at += 1 + this.destinationIdLength;
    if (at >= end) return false;
    at += 1 + bytes[at]!;
    if (at > end) return false;
    this.payloadOffset = at;
    return type !== PacketType.INITIAL || this.#readInitial(bytes, at, end);
  }

  /** Token and length; only Initials are told apart from what follows them in the datagram. */
  #readInitial(bytes: Uint8Array, offset: number, end: number): boolean {
    const varInt = this.#varInt;
    if (!varInt.read(bytes, offset, end) || varInt.value > end - varInt.next) return false;
    if (!varInt.read(bytes, varInt.next + varInt.value, end) || varInt.value > end - varInt.next)
      return false;
    this.payloadOffset = varInt.next;
    this.end = varInt.next + varInt.value;
    return true;
  }

  #readGoogle(bytes: Uint8Array, offset: number, end: number): boolean {
    const flags = this.firstByte;
    let at = offset;
    if (flags & GOOGLE_HAS_CONNECTION_ID) {
      this.destinationIdOffset = at;
      this.destinationIdLength = GOOGLE_CONNECTION_ID_BYTES;
      at += GOOGLE_CONNECTION_ID_BYTES;
    } else if (flags & GOOGLE_HAS_NONCE) at += GOOGLE_NONCE_BYTES;
    if (flags & GOOGLE_HAS_VERSION) {
      if (at + 4 > end) return false;
      this.versionOffset = at;
      this.version = readUint32(bytes, at);
      this.type = PacketType.INITIAL;
      at += 4;
    }
    at += 1 + ((flags & 0x30) >>> 4);
    if (flags & GOOGLE_HAS_CONNECTION_ID) at += GOOGLE_HASH_BYTES;
    this.payloadOffset = at;
    return at <= end;
  }
}

/** Four bits: 0, or three less than the length. */
function googleIdLength(code: number): number {
  return code === 0 ? 0 : code + 3;
}
