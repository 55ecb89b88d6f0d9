/**
 * ClientHello and ServerHello bodies (RFC 5246, 7.4.1; RFC 8446, 4.1) as offsets into the caller's bytes, for TLS
 * over TCP and for QUIC. Where a hello is malformed, what Suricata would have taken from it is what stands here.
 *
 * Memory: a few numbers, written over by each read. Work: linear in the hello.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { NO_BYTES } from "../../wire/packet-view.js";
import { Extension, isGrease, isKnownVersion, TLS_1_3, TLS_1_3_BEFORE_DRAFT_16 } from "./tls-constants.js";

const RANDOM_BYTES = 32;
/** Longest host name (RFC 1035), and so the longest server name Suricata takes. */
export const MAX_SERVER_NAME_BYTES = 255;

/** Bits of `HelloView.problems`. */
export const HelloProblem = {
  INVALID_LENGTH: 1,
  INVALID_SERVER_NAME_TYPE: 2,
  INVALID_SERVER_NAME_LENGTH: 4,
  MULTIPLE_SERVER_NAMES: 8,
} as const;

export class HelloView {
  bytes: Uint8Array = NO_BYTES;
  isClient = false;
  /** The version field of the hello itself: what JA3 begins with. */
  legacyVersion = 0;
  /** The version Suricata reports: supported_versions if it is there, draft numbers as `isKnownVersion` has them. */
  version = 0;
  /** The greatest version of the supported_versions list, GREASE aside; 0 without the extension. */
  greatestVersion = 0;
  /** −1 while not reached, as the other offsets. */
  randomOffset = -1;
  sessionIdOffset = -1;
  sessionIdLength = 0;
  /** The list of the client, or the one the server chose; even length. */
  ciphersOffset = -1;
  ciphersEnd = 0;
  /** The extensions that are sound, up to the first that is not; an empty range without any. */
  extensionsOffset = 0;
  extensionsEnd = 0;
  /** The host name up to its first zero octet. */
  serverNameOffset = -1;
  serverNameLength = 0;
  /** The entries of the protocol name list, each with its length byte. */
  alpnOffset = -1;
  alpnEnd = 0;
  hasSessionTicket = false;
  hasEarlyData = false;
  hasSupportedVersions = false;
  /** Bits of `HelloProblem`. */
  problems = 0;
  /** The hello was read to its end (possibly with bad extensions): fingerprints are defined. */
  isWhole = false;

  /**
   * Read the body of a hello (behind the handshake header). `isCut` says that bytes are missing at the end: then
   * what is there is read, and nothing is called too short.
   */
  read(bytes: Uint8Array, offset: number, end: number, isClient: boolean, isCut: boolean): void {
    this.bytes = bytes;
    this.isClient = isClient;
    this.legacyVersion = 0;
    this.version = 0;
    this.greatestVersion = 0;
    this.randomOffset = -1;
    this.sessionIdOffset = -1;
    this.sessionIdLength = 0;
    this.ciphersOffset = -1;
    this.ciphersEnd = 0;
    this.extensionsOffset = 0;
    this.extensionsEnd = 0;
    this.serverNameOffset = -1;
    this.serverNameLength = 0;
    this.alpnOffset = -1;
    this.alpnEnd = 0;
    this.hasSessionTicket = false;
    this.hasEarlyData = false;
    this.hasSupportedVersions = false;
    this.problems = 0;
    const isRead = this.#readAll(bytes, offset, end, isClient, isCut);
    if (!isRead && !isCut) this.problems |= HelloProblem.INVALID_LENGTH;
    this.isWhole = isRead && !isCut;
  }

  #readAll(bytes: Uint8Array, offset: number, end: number, isClient: boolean, isCut: boolean): boolean {
    let at = offset;
    if (at + 2 > end) return false;
    const legacyVersion = readUint16(bytes, at);
    this.legacyVersion = legacyVersion;
    const isDraft = legacyVersion > 0x7f00 && legacyVersion < 0x7f10;
    this.version = isDraft || legacyVersion === TLS_1_3 ? TLS_1_3_BEFORE_DRAFT_16 : legacyVersion;
    at += 2;
    if (at + RANDOM_BYTES > end) return false;
    this.randomOffset = at;
    at += RANDOM_BYTES;

    // TLS 1.3 before draft 22: the ServerHello says so in its version and has neither session id nor compression.
    const isOldTls13 = !isClient && (legacyVersion === TLS_1_3 || legacyVersion >>> 8 === 0x7f);
    if (!isOldTls13) {
      if (at + 1 > end) return false;
      const sessionIdLength = bytes[at]!;
      if (at + 1 + sessionIdLength > end) return false;
      this.sessionIdOffset = at + 1;
      this.sessionIdLength = sessionIdLength;
      at += 1 + sessionIdLength;
    }

    if (at + 2 > end) return false;
    let ciphersLength = 2;
    if (isClient) {
      ciphersLength = readUint16(bytes, at);
      at += 2;
    }
    if (at + ciphersLength > end || (ciphersLength & 1) !== 0) return false;
    this.ciphersOffset = at;
    at += ciphersLength;
    this.ciphersEnd = at;

    if (!isOldTls13) {
      if (at + 1 > end) return false;
      const compressionLength = isClient ? bytes[at]! + 1 : 1;
      if (at + compressionLength > end) return false;
      at += compressionLength;
    }

    if (at + 2 > end) return true;
    const extensionsEnd = at + 2 + readUint16(bytes, at);
    if (extensionsEnd > end && !isCut) return false;
    return this.#readExtensions(bytes, at + 2, Math.min(extensionsEnd, end), isCut);
  }

  /** False if the list itself is broken; an unsound extension only ends it. */
  #readExtensions(bytes: Uint8Array, offset: number, end: number, isCut: boolean): boolean {
    this.extensionsOffset = offset;
    this.extensionsEnd = offset;
    let at = offset;
    while (at < end) {
      if (at + 4 > end) return isCut;
      const type = readUint16(bytes, at);
      const extensionEnd = at + 4 + readUint16(bytes, at + 2);
      if (extensionEnd > end) return isCut;
      const problem = this.#readExtension(bytes, type, at + 4, extensionEnd);
      if (problem !== 0) {
        this.problems |= problem;
        return true;
      }
      at = extensionEnd;
      this.extensionsEnd = at;
    }
    return true;
  }

  /** Returns 0 or the bit of `HelloProblem` that makes the extension unsound. An empty one is sound. */
  #readExtension(bytes: Uint8Array, type: number, offset: number, end: number): number {
    const length = end - offset;
    switch (type) {
      case Extension.SERVER_NAME:
        return length === 0 ? 0 : this.#readServerName(bytes, offset, end);
      case Extension.SUPPORTED_GROUPS:
      case Extension.SIGNATURE_ALGORITHMS: {
        if (length === 0) return 0;
        if (length < 2) return HelloProblem.INVALID_LENGTH;
        const listLength = readUint16(bytes, offset);
        const isSound = listLength <= length - 2 && (listLength & 1) === 0;
        return isSound ? 0 : HelloProblem.INVALID_LENGTH;
      }
      case Extension.EC_POINT_FORMATS:
        return length === 0 || bytes[offset]! <= length - 1 ? 0 : HelloProblem.INVALID_LENGTH;
      case Extension.ALPN: {
        if (length === 0) return 0;
        if (length < 2) return HelloProblem.INVALID_LENGTH;
        const listEnd = offset + 2 + readUint16(bytes, offset);
        if (listEnd > end) return HelloProblem.INVALID_LENGTH;
        if (this.isClient && !hasSoundNames(bytes, offset + 2, listEnd, end))
          return HelloProblem.INVALID_LENGTH;
        this.alpnOffset = offset + 2;
        this.alpnEnd = listEnd;
        return 0;
      }
      case Extension.SUPPORTED_VERSIONS:
        return length === 0 ? 0 : this.#readVersions(bytes, offset, end);
      case Extension.SESSION_TICKET:
        this.hasSessionTicket = true;
        return 0;
      case Extension.EARLY_DATA:
        this.hasEarlyData = true;
        return 0;
      default:
        return 0;
    }
  }

  #readServerName(bytes: Uint8Array, offset: number, end: number): number {
    if (offset + 3 > end) return HelloProblem.INVALID_LENGTH;
    if (bytes[offset + 2] !== 0) return HelloProblem.INVALID_SERVER_NAME_TYPE;
    if (offset + 5 > end) return HelloProblem.INVALID_LENGTH;
    const length = readUint16(bytes, offset + 3);
    if (length === 0 || length > MAX_SERVER_NAME_BYTES || offset + 5 + length > end) {
      return HelloProblem.INVALID_SERVER_NAME_LENGTH;
    }
    if (this.serverNameOffset >= 0) {
      this.problems |= HelloProblem.MULTIPLE_SERVER_NAMES;
      return 0;
    }
    let textLength = 0;
    while (textLength < length && bytes[offset + 5 + textLength] !== 0) textLength++;
    this.serverNameOffset = offset + 5;
    this.serverNameLength = textLength;
    return 0;
  }

  #readVersions(bytes: Uint8Array, offset: number, end: number): number {
    if (!this.isClient) {
      if (offset + 2 > end) return HelloProblem.INVALID_LENGTH;
      this.hasSupportedVersions = true;
      this.version = readUint16(bytes, offset);
      return 0;
    }
    const listLength = bytes[offset]!;
    if (listLength < 2 || offset + 1 + listLength > end) return HelloProblem.INVALID_LENGTH;
    this.hasSupportedVersions = true;
    let isChosen = false;
    for (let at = offset + 1; at + 2 <= offset + 1 + listLength; at += 2) {
      const version = readUint16(bytes, at);
      if (!isChosen && isKnownVersion(version)) {
        this.version = version;
        isChosen = true;
      }
      if (!isGrease(version) && version > this.greatestVersion) this.greatestVersion = version;
    }
    return 0;
  }
}

/** Whether no name of an ALPN list reaches beyond the extension; one that reaches beyond the list ends it. */
function hasSoundNames(bytes: Uint8Array, offset: number, listEnd: number, extensionEnd: number): boolean {
  for (let at = offset; at < listEnd; ) {
    at += 1 + bytes[at]!;
    if (at > extensionEnd) return false;
  }
  return true;
}
