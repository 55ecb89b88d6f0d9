/**
 * Owns Kerberos 5 messages (RFC 4120): type, names, realm, encryption types and error code, as offsets into the
 * message. Read are AS and TGS requests and replies and errors, as in Suricata; of others only the type is known.
 *
 * Bound: the DER elements of one message, each read once; MAX_NAME_PARTS parts of a principal name.
 */

import { DerElement, DerRead, DerTag } from "../asn1/der.js";

export const KrbType = {
  AS_REQ: 10,
  AS_REP: 11,
  TGS_REQ: 12,
  TGS_REP: 13,
  AP_REQ: 14,
  AP_REP: 15,
  ERROR: 30,
} as const;

/** Class and constructed bit of the outermost tag; the number is the message type. */
const APPLICATION_TAG = 0x60;
const APPLICATION_TICKET = 0x61;
const TAG_MASK = 0xe0;
const TAG_NUMBER_MASK = 0x1f;
const CONTEXT_TAG = 0xa0;
const PROTOCOL_VERSION = 5;
const MAX_NAME_PARTS = 8;
/** Of an AP-REQ: version, type, options, ticket. */
const TICKET_MEMBER = 3;

/** A principal name: where its parts stand. */
export class PrincipalName {
  count = 0;
  readonly offset = new Int32Array(MAX_NAME_PARTS);
  readonly length = new Int32Array(MAX_NAME_PARTS);
}

export class KrbMessage {
  readonly #element = new DerElement();
  /** A second cursor, for what stands inside a context element. */
  readonly #inner = new DerElement();
  bytes: Uint8Array = new Uint8Array(0);
  type = 0;
  readonly cname = new PrincipalName();
  readonly sname = new PrincipalName();
  realmOffset = 0;
  /** −1 where there is none. */
  realmLength = -1;
  hasEncryption = false;
  /** Of the part for the client, and of the ticket. Signed. */
  encryption = 0;
  ticketEncryption = 0;
  hasErrorCode = false;
  errorCode = 0;

  /** Type of the message that `[start, end)` begins with, judged by tag, sequence and version; 0: none. */
  typeOf(bytes: Uint8Array, start: number, end: number): number {
    const element = this.#element;
    element.read(bytes, start, end);
    if (!element.hasHeader || (element.tag & TAG_MASK) !== APPLICATION_TAG) return 0;
    const type = element.tag & TAG_NUMBER_MASK;
    element.read(bytes, element.contentOffset, element.contentEnd);
    if (!element.hasHeader || element.tag !== DerTag.SEQUENCE) return 0;
    // The first member is a context element around the version, an integer of one byte.
    const at = element.contentOffset;
    if (at + 5 >= element.contentEnd) return 0;
    const isVersion =
      bytes[at + 2] === DerTag.INTEGER && bytes[at + 3] === 1 && bytes[at + 4] === PROTOCOL_VERSION;
    return isVersion ? type : 0;
  }

  /** Read the message `[start, end)`. False: not Kerberos. A message of another kind, or malformed, has type 0. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.type = 0;
    this.cname.count = 0;
    this.sname.count = 0;
    this.realmLength = -1;
    this.hasEncryption = false;
    this.hasErrorCode = false;
    const element = this.#element;
    if (element.read(bytes, start, end) === DerRead.INVALID || !element.hasHeader) return false;
    if ((element.tag & TAG_MASK) !== APPLICATION_TAG) return true;
    const type = element.tag & TAG_NUMBER_MASK;
    if (!element.expect(bytes, element.contentOffset, element.contentEnd, DerTag.SEQUENCE)) return true;
    if (this.#readMembers(type, element.contentOffset, element.contentEnd)) this.type = type;
    return true;
  }

  /**
   * Read the ticket of the AP-REQ that begins at `start` and may be cut: realm and name of the service. False where there is
   * none.
   */
  readServiceTicket(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.sname.count = 0;
    this.realmLength = -1;
    const element = this.#element;
    element.read(bytes, start, end);
    if (!element.hasHeader || element.tag !== (APPLICATION_TAG | KrbType.AP_REQ)) return false;
    element.read(bytes, element.contentOffset, element.contentEnd);
    if (!element.hasHeader || element.tag !== DerTag.SEQUENCE) return false;
    const limit = element.contentEnd;
    let at = element.contentOffset;
    for (let member = 0; member <= TICKET_MEMBER && at < limit; member++) {
      if (element.read(bytes, at, limit) === DerRead.INVALID || !element.hasHeader) return false;
      if (element.tag === (CONTEXT_TAG | TICKET_MEMBER)) {
        return this.#readTicket(element.contentOffset, element.contentEnd) && this.realmLength >= 0;
      }
      at = element.contentEnd;
    }
    return false;
  }

  #readMembers(type: number, from: number, end: number): boolean {
    const element = this.#element;
    let at = from;
    while (at < end) {
      if (element.read(this.bytes, at, end) !== DerRead.OK) return false;
      if ((element.tag & TAG_MASK) !== CONTEXT_TAG) return false;
      at = element.contentEnd;
      if (!this.#readMember(type, element.tag & TAG_NUMBER_MASK, element.contentOffset, element.contentEnd))
        return false;
    }
    switch (type) {
      case KrbType.AS_REQ:
      case KrbType.TGS_REQ:
        return this.realmLength >= 0;
      case KrbType.AS_REP:
      case KrbType.TGS_REP:
        return this.hasEncryption && this.cname.count > 0 && this.realmLength >= 0;
      case KrbType.ERROR:
        return this.hasErrorCode;
      default:
        return false;
    }
  }

  #readMember(type: number, number: number, from: number, end: number): boolean {
    switch (type) {
      case KrbType.AS_REQ:
      case KrbType.TGS_REQ:
        return number !== 4 || this.#readRequestBody(from, end);
      case KrbType.AS_REP:
      case KrbType.TGS_REP:
        if (number === 3) return this.#readRealm(from, end);
        if (number === 4) return this.#readName(this.cname, from, end);
        if (number === 5) return this.#readTicket(from, end);
        if (number !== 6) return true;
        this.hasEncryption = true;
        return this.#readEncryptionType(from, end, false);
      case KrbType.ERROR:
        if (number === 7) return this.#readRealm(from, end);
        if (number === 8) return this.#readName(this.cname, from, end);
        if (number === 10) return this.#readName(this.sname, from, end);
        if (number !== 6) return true;
        this.hasErrorCode = this.#inner.expect(this.bytes, from, end, DerTag.INTEGER);
        this.errorCode = this.#integer();
        return this.hasErrorCode;
      default:
        return true;
    }
  }

  /** Options, cname, realm, sname, then times and encryption types that are not needed. */
  #readRequestBody(from: number, end: number): boolean {
    const inner = this.#inner;
    if (!inner.expect(this.bytes, from, end, DerTag.SEQUENCE)) return false;
    const limit = inner.contentEnd;
    let at = inner.contentOffset;
    while (at < limit) {
      if (inner.read(this.bytes, at, limit) !== DerRead.OK) return false;
      const { tag, contentOffset, contentEnd } = inner;
      at = contentEnd;
      let isRead = true;
      if (tag === (CONTEXT_TAG | 1)) isRead = this.#readName(this.cname, contentOffset, contentEnd);
      else if (tag === (CONTEXT_TAG | 2)) isRead = this.#readRealm(contentOffset, contentEnd);
      else if (tag === (CONTEXT_TAG | 3)) isRead = this.#readName(this.sname, contentOffset, contentEnd);
      if (!isRead) return false;
    }
    return true;
  }

  /** Version, realm, sname, encrypted part. */
  #readTicket(from: number, end: number): boolean {
    const inner = this.#inner;
    if (!inner.expect(this.bytes, from, end, APPLICATION_TICKET)) return false;
    if (!inner.expect(this.bytes, inner.contentOffset, inner.contentEnd, DerTag.SEQUENCE)) return false;
    const limit = inner.contentEnd;
    let at = inner.contentOffset;
    while (at < limit) {
      if (inner.read(this.bytes, at, limit) !== DerRead.OK) return false;
      const { tag, contentOffset, contentEnd } = inner;
      at = contentEnd;
      let isRead = true;
      // Replies name the realm themselves, in front of the ticket.
      if (tag === (CONTEXT_TAG | 1))
        isRead = this.realmLength >= 0 || this.#readRealm(contentOffset, contentEnd);
      else if (tag === (CONTEXT_TAG | 2)) isRead = this.#readName(this.sname, contentOffset, contentEnd);
      else if (tag === (CONTEXT_TAG | 3)) isRead = this.#readEncryptionType(contentOffset, contentEnd, true);
      if (!isRead) return false;
    }
    return true;
  }

  /** EncryptedData: its first member is the encryption type. */
  #readEncryptionType(from: number, end: number, isTicket: boolean): boolean {
    const inner = this.#inner;
    if (!inner.expect(this.bytes, from, end, DerTag.SEQUENCE)) return false;
    if (!inner.expect(this.bytes, inner.contentOffset, inner.contentEnd, CONTEXT_TAG)) return false;
    if (!inner.expect(this.bytes, inner.contentOffset, inner.contentEnd, DerTag.INTEGER)) return false;
    if (isTicket) this.ticketEncryption = this.#integer();
    else this.encryption = this.#integer();
    return true;
  }

  #readRealm(from: number, end: number): boolean {
    const inner = this.#inner;
    if (!inner.expect(this.bytes, from, end, DerTag.GENERAL_STRING)) return false;
    this.realmOffset = inner.contentOffset;
    this.realmLength = inner.contentLength;
    return true;
  }

  /** PrincipalName: its kind, then a sequence of general strings. */
  #readName(name: PrincipalName, from: number, end: number): boolean {
    const { bytes } = this;
    const inner = this.#inner;
    name.count = 0;
    if (!inner.expect(bytes, from, end, DerTag.SEQUENCE)) return false;
    const limit = inner.contentEnd;
    if (!inner.expect(bytes, inner.contentOffset, limit, CONTEXT_TAG)) return false;
    if (!inner.expect(bytes, inner.contentEnd, limit, CONTEXT_TAG | 1)) return false;
    if (!inner.expect(bytes, inner.contentOffset, inner.contentEnd, DerTag.SEQUENCE)) return false;
    const stringsEnd = inner.contentEnd;
    let at = inner.contentOffset;
    while (at < stringsEnd && name.count < MAX_NAME_PARTS) {
      if (!inner.expect(bytes, at, stringsEnd, DerTag.GENERAL_STRING)) return false;
      name.offset[name.count] = inner.contentOffset;
      name.length[name.count++] = inner.contentLength;
      at = inner.contentEnd;
    }
    return true;
  }

  /** The integer that `#inner` stands on, signed, cut to 32 bits. */
  #integer(): number {
    const { contentOffset, contentEnd } = this.#inner;
    let value = contentOffset < contentEnd && this.bytes[contentOffset]! >= 0x80 ? -1 : 0;
    for (let at = contentOffset; at < contentEnd; at++) value = (value << 8) | this.bytes[at]!;
    return value;
  }
}
