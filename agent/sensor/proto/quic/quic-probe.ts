import { type DirectionId, TO_CLIENT } from "../protocols.js";
import type { QuicHeader } from "./quic-header.js";
import {
  initialSecrets,
  isClearGoogleVersion,
  isGoogleVersion,
  isReservedVersion,
  PacketType,
  VERSION_NEGOTIATION,
} from "./quic-versions.js";

const IS_FIXED = 0x40;
/** Longest connection id (RFC 9000, 17.2). */
const MAX_ID_BYTES = 20;
/** What a client pads its first datagram to (RFC 9000, 14.1); believed of versions nobody has heard of. */
const MIN_FIRST_DATAGRAM_BYTES = 1200;
/** Flags of Google QUIC before Q044: an eight-byte connection id and a version. */
const GOOGLE_FLAGS = 0x09;

/** Whether a datagram begins with a long header that makes sense. Short headers say nothing. */
export function probeQuic(
  header: QuicHeader,
  bytes: Uint8Array,
  offset: number,
  end: number,
  direction: DirectionId,
): boolean {
  if (!header.read(bytes, offset, end) || header.versionOffset < 0) return false;
  const { version, firstByte } = header;
  if (!header.isLong) return isGoogleVersion(version) && (firstByte & GOOGLE_FLAGS) === GOOGLE_FLAGS;
  if (isClearGoogleVersion(version)) return true;
  if (header.destinationIdLength > MAX_ID_BYTES) return false;
  const sourceIdLength = bytes[header.destinationIdOffset + header.destinationIdLength]!;
  if (sourceIdLength > MAX_ID_BYTES) return false;
  if (version === VERSION_NEGOTIATION) {
    const listBytes = end - header.payloadOffset;
    return direction === TO_CLIENT && listBytes >= 4 && listBytes % 4 === 0;
  }
  if ((firstByte & IS_FIXED) === 0) return false;
  if (initialSecrets(version) !== undefined || isReservedVersion(version)) return true;
  return header.type === PacketType.INITIAL && end - offset >= MIN_FIRST_DATAGRAM_BYTES;
}
