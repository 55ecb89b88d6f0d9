/**
 * Owns the outer forms of SNMP messages: v1 (RFC 1157), v2c (RFC 1901), v3 (RFC 3412) with its user security model
 * (RFC 3414), as offsets into the datagram. Variable bindings are read by whoever describes the message.
 *
 * Refuses what is not DER, community and user names that are not what the standards call them, and version numbers
 * that were never assigned. Nothing is copied.
 */

import { DerElement, DerRead, DerTag } from "../asn1/der.js";

/** First byte of a PDU: context class, constructed. */
const PDU_TAG = 0xa0;
const PDU_TAG_MASK = 0xe0;
const TAG_NUMBER_MASK = 0x1f;
const TRAP_VERSION_1 = 4;
const SECURITY_MODEL_USM = 3;

export const SnmpPdu = { TRAP_V1: 4 } as const;

export class SnmpMessage {
  readonly #element = new DerElement();
  bytes: Uint8Array = new Uint8Array(0);
  /** 1, 2 (v2c) or 3. */
  version = 0;
  communityOffset = 0;
  /** −1 where there is no community (v3). */
  communityLength = -1;
  userOffset = 0;
  /** −1 where there is no user name. */
  userLength = -1;
  isEncrypted = false;
  /** −1 where the message is encrypted. */
  pduType = -1;
  /** Content of the PDU. */
  pduOffset = 0;
  pduEnd = 0;
  hasUnknownSecurityModel = false;
  /** A number in it is none that Suricata takes, or the list of variables is broken. */
  isUnreadBySuricata = false;

  /** The version that the outer sequence of `[start, end)` announces by its shape: 1, 2, 3, or 0 for neither. */
  versionOf(bytes: Uint8Array, start: number, end: number): number {
    const element = this.#element;
    if (!element.expect(bytes, start, end, DerTag.SEQUENCE)) return 0;
    const limit = element.contentEnd;
    let at = element.contentOffset;
    let version = -1;
    let parts = 0;
    while (at < limit && parts <= 4) {
      if (element.read(bytes, at, limit) !== DerRead.OK) return 0;
      if (parts === 0) {
        if (element.tag !== DerTag.INTEGER || element.contentLength !== 1) return 0;
        version = bytes[element.contentOffset]!;
      }
      at = element.contentEnd;
      parts++;
    }
    if (parts === 3 && version <= 1) return version + 1;
    return parts === 4 && version === 3 ? 3 : 0;
  }

  /** Read the message `[start, end)`; false where it is malformed. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.communityLength = -1;
    this.userLength = -1;
    this.pduType = -1;
    this.isEncrypted = false;
    this.hasUnknownSecurityModel = false;
    this.isUnreadBySuricata = false;
    this.version = this.versionOf(bytes, start, end);
    if (this.version === 0) return false;
    const element = this.#element;
    element.read(bytes, start, end);
    const limit = element.contentEnd;
    element.read(bytes, element.contentOffset, limit);
    const second = element.contentEnd;
    return this.version === 3 ? this.#readVersion3(second, limit) : this.#readCommunity(second, limit);
  }

  #readCommunity(at: number, limit: number): boolean {
    const element = this.#element;
    if (!element.expect(this.bytes, at, limit, DerTag.OCTET_STRING)) return false;
    this.communityOffset = element.contentOffset;
    this.communityLength = element.contentLength;
    return this.#readPdu(element.contentEnd, limit);
  }

  /** Header data, security parameters, then the scoped PDU in clear or as an octet string. */
  #readVersion3(at: number, limit: number): boolean {
    const { bytes } = this;
    const element = this.#element;
    if (!element.expect(bytes, at, limit, DerTag.SEQUENCE)) return false;
    const headerEnd = element.contentEnd;
    // Message id, largest size, flags, security model.
    let inner = element.contentOffset;
    for (let i = 0; i < 3; i++) {
      if (element.read(bytes, inner, headerEnd) !== DerRead.OK) return false;
      if (element.tag === DerTag.INTEGER) this.#checkNumber();
      inner = element.contentEnd;
    }
    if (!element.expect(bytes, inner, headerEnd, DerTag.INTEGER) || element.contentLength === 0) return false;
    const isUsm = element.contentLength === 1 && bytes[element.contentOffset] === SECURITY_MODEL_USM;
    this.hasUnknownSecurityModel = !isUsm;
    if (!element.expect(bytes, headerEnd, limit, DerTag.OCTET_STRING)) return false;
    const securityEnd = element.contentEnd;
    if (isUsm && !this.#readUserSecurity(element.contentOffset, securityEnd)) return false;
    if (element.read(bytes, securityEnd, limit) !== DerRead.OK) return false;
    if (element.tag === DerTag.OCTET_STRING) {
      this.isEncrypted = true;
      return true;
    }
    if (element.tag !== DerTag.SEQUENCE) return false;
    // Context engine id and context name, then the PDU.
    const scopeEnd = element.contentEnd;
    inner = element.contentOffset;
    for (let i = 0; i < 2; i++) {
      if (!element.expect(bytes, inner, scopeEnd, DerTag.OCTET_STRING)) return false;
      inner = element.contentEnd;
    }
    return this.#readPdu(inner, scopeEnd);
  }

  /** Engine id, boots and time, then the user name. */
  #readUserSecurity(at: number, limit: number): boolean {
    const { bytes } = this;
    const element = this.#element;
    if (!element.expect(bytes, at, limit, DerTag.SEQUENCE)) return false;
    const end = element.contentEnd;
    let inner = element.contentOffset;
    for (let i = 0; i < 3; i++) {
      if (element.read(bytes, inner, end) !== DerRead.OK) return false;
      if (i > 0) this.#checkNumber();
      inner = element.contentEnd;
    }
    if (!element.expect(bytes, inner, end, DerTag.OCTET_STRING)) return false;
    this.userOffset = element.contentOffset;
    this.userLength = element.contentLength;
    return true;
  }

  #readPdu(at: number, limit: number): boolean {
    const element = this.#element;
    if (element.read(this.bytes, at, limit) !== DerRead.OK) return false;
    if ((element.tag & PDU_TAG_MASK) !== PDU_TAG) return false;
    this.pduType = element.tag & TAG_NUMBER_MASK;
    this.pduOffset = element.contentOffset;
    this.pduEnd = element.contentEnd;
    if (this.pduType !== TRAP_VERSION_1) this.#checkPdu();
    return true;
  }

  /** Request id, status, index and the list of variables. */
  #checkPdu(): void {
    const { bytes, pduEnd } = this;
    const element = this.#element;
    let at = this.pduOffset;
    for (let i = 0; i < 3; i++) {
      if (element.read(bytes, at, pduEnd) !== DerRead.OK) {
        this.isUnreadBySuricata = true;
        return;
      }
      this.#checkNumber();
      at = element.contentEnd;
    }
    if (at === pduEnd) return;
    if (!element.expect(bytes, at, pduEnd, DerTag.SEQUENCE)) this.isUnreadBySuricata = true;
    const end = element.contentEnd;
    for (at = element.contentOffset; !this.isUnreadBySuricata && at < end; at = element.contentEnd) {
      if (!element.expect(bytes, at, end, DerTag.SEQUENCE)) this.isUnreadBySuricata = true;
    }
  }

  /** Suricata takes the number at hand only where it is from 0 to 2^32 − 1. */
  #checkNumber(): void {
    const { tag, contentOffset, contentLength } = this.#element;
    const first = this.bytes[contentOffset]!;
    const isLong = contentLength > 5 || (contentLength === 5 && first !== 0);
    if (tag !== DerTag.INTEGER || contentLength === 0 || isLong || first >= 0x80)
      this.isUnreadBySuricata = true;
  }
}
