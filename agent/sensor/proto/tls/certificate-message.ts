/**
 * The Certificate message of TLS up to 1.2 (RFC 5246, 7.4.2): the chain as DER, and the parts of the first
 * certificate that Suricata prints. Where the first cannot be read, the next takes its place, as in Suricata.
 *
 * Memory: the text buffers below. Work: linear in the message.
 */
import { writeColonHex, writeHex } from "../../../base/hash/hex.js";
import { SHA1_BYTES, Sha1 } from "../../../base/hash/sha1.js";
import { AppLayerEvent, type AppLayerEventId } from "../app-layer-events.js";
import { DerElement, DerRead } from "../asn1/der.js";
import {
  CertificateProblem,
  type CertificateProblemCode,
  CertificateView,
} from "../asn1/x509-certificate.js";
import { X509NameWriter } from "../asn1/x509-name.js";
import { Field, type FieldId, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TextBuffer } from "../text-buffer.js";

/** Certificates of one chain beyond this are not listed (the chain length still counts them). */
const MAX_CERTIFICATES = 64;
/** Alternative names beyond this are left out: room for other fields of the message. */
const MAX_ALTERNATIVE_NAMES = 256;
/** Subject, issuer, serial number and fingerprint of one certificate as text. */
const TEXT_CAP_BYTES = 32 * 1024;
/** Colon-separated text of a serial number this long; CAs keep to 20 bytes. */
const MAX_SERIAL_BYTES = 1024;
/** Text of IPv6 addresses among the alternative names. */
const ADDRESS_TEXT_CAP_BYTES = 8 * 1024;

const GENERAL_NAME_EMAIL = 0x81;
const GENERAL_NAME_DNS = 0x82;
const GENERAL_NAME_URI = 0x86;
const GENERAL_NAME_ADDRESS = 0x87;
const COLON = 0x3a;
const DOT = 0x2e;

export class CertificateMessageReader {
  readonly #certificate = new CertificateView();
  readonly #names = new X509NameWriter();
  readonly #element = new DerElement();
  readonly #sha1 = new Sha1();
  readonly #digest = new Uint8Array(SHA1_BYTES);
  readonly #text = new TextBuffer(TEXT_CAP_BYTES);
  readonly #addressText = new TextBuffer(ADDRESS_TEXT_CAP_BYTES);

  /**
   * Add the fields of the message body `bytes[offset, end)` to `message`; `isCut` says that bytes are missing at
   * its end. They stay valid until the next call.
   */
  read(bytes: Uint8Array, offset: number, end: number, isCut: boolean, message: MessageView): void {
    if (offset + 3 > end) return;
    const declaredEnd = offset + 3 + readUint24(bytes, offset);
    if (declaredEnd > end && !isCut) return;
    const chainEnd = Math.min(declaredEnd, end);
    let count = 0;
    let hasFirst = false;
    let at = offset + 3;
    while (at < chainEnd) {
      const certificateEnd = at + 3 <= chainEnd ? at + 3 + readUint24(bytes, at) : chainEnd + 1;
      if (certificateEnd > chainEnd) {
        if (!isCut) message.addEvent(AppLayerEvent.TLS_INVALID_CERTIFICATE);
        else if (!hasFirst && at + 3 < chainEnd) this.#readCut(bytes, at + 3, chainEnd, message);
        break;
      }
      at += 3;
      if (!hasFirst) {
        if (!this.#certificate.read(bytes, at, certificateEnd)) {
          message.addEvent(eventOf(this.#certificate.problem));
          at = certificateEnd;
          continue;
        }
        hasFirst = true;
        if (!this.#addParts(bytes, message)) break;
        if (message.wants(Field.TLS_CERT_FINGERPRINT))
          this.#addFingerprint(bytes, at, certificateEnd, message);
      }
      if (count < MAX_CERTIFICATES) message.add(Field.TLS_CERTS, bytes, at, certificateEnd - at);
      count++;
      at = certificateEnd;
    }
    if (count > 0) message.setNumber(NumberField.TLS_CERT_CHAIN_LENGTH, count);
  }

  /** The fingerprint of the certificate that was read last, where nobody had asked for it then. */
  addFingerprint(message: MessageView): void {
    const entry = message.first(Field.TLS_CERTS);
    if (entry < 0 || message.first(Field.TLS_CERT_FINGERPRINT) >= 0) return;
    const offset = message.entryOffset[entry]!;
    this.#addFingerprint(message.entryBytes[entry]!, offset, offset + message.entryLength[entry]!, message);
  }

  /** Of a first certificate whose end is missing: what stands before the cut. */
  #readCut(bytes: Uint8Array, offset: number, end: number, message: MessageView): void {
    this.#certificate.read(bytes, offset, end);
    this.#addParts(bytes, message);
  }

  /** False where Suricata stops reading the chain: a name with a zero octet. */
  #addParts(bytes: Uint8Array, message: MessageView): boolean {
    const certificate = this.#certificate;
    this.#text.clear();
    const { subjectOffset, subjectEnd, issuerOffset, issuerEnd } = certificate;
    if (
      subjectOffset >= 0 &&
      !this.#addName(bytes, subjectOffset, subjectEnd, Field.TLS_CERT_SUBJECT, message)
    ) {
      message.addEvent(AppLayerEvent.TLS_CERTIFICATE_INVALID_SUBJECT);
      return false;
    }
    if (issuerOffset >= 0 && !this.#addName(bytes, issuerOffset, issuerEnd, Field.TLS_CERT_ISSUER, message)) {
      message.addEvent(AppLayerEvent.TLS_CERTIFICATE_INVALID_ISSUER);
      return false;
    }
    if (certificate.hasSerial) {
      const length = Math.min(certificate.serialEnd - certificate.serialOffset, MAX_SERIAL_BYTES);
      this.#addColonHex(bytes, certificate.serialOffset, length, true, Field.TLS_CERT_SERIAL, message);
    }
    if (!Number.isNaN(certificate.notBeforeMs)) {
      message.setNumber(NumberField.TLS_CERT_NOT_BEFORE, certificate.notBeforeMs);
    }
    if (!Number.isNaN(certificate.notAfterMs)) {
      message.setNumber(NumberField.TLS_CERT_NOT_AFTER, certificate.notAfterMs);
    }
    if (certificate.alternativeNamesOffset >= 0) this.#addAlternativeNames(bytes, message);
    return true;
  }

  #addName(bytes: Uint8Array, offset: number, end: number, field: FieldId, message: MessageView): boolean {
    const text = this.#text;
    const start = text.length;
    if (!this.#names.write(bytes, offset, end, text)) return false;
    message.add(field, text.bytes, start, text.length - start);
    return true;
  }

  #addColonHex(
    bytes: Uint8Array,
    offset: number,
    length: number,
    isUpperCase: boolean,
    field: FieldId,
    message: MessageView,
  ): void {
    const text = this.#text;
    const start = text.length;
    if (start + 3 * length > text.bytes.length) {
      text.isTruncated = true;
      return;
    }
    text.length = writeColonHex(bytes, offset, length, isUpperCase, text.bytes, start);
    message.add(field, text.bytes, start, text.length - start);
  }

  #addFingerprint(bytes: Uint8Array, offset: number, end: number, message: MessageView): void {
    this.#sha1.digest(bytes, offset, end - offset, this.#digest, 0);
    this.#addColonHex(this.#digest, 0, SHA1_BYTES, false, Field.TLS_CERT_FINGERPRINT, message);
  }

  #addAlternativeNames(bytes: Uint8Array, message: MessageView): void {
    const element = this.#element;
    const { alternativeNamesOffset, alternativeNamesEnd } = this.#certificate;
    this.#addressText.clear();
    let at = alternativeNamesOffset;
    for (let i = 0; i < MAX_ALTERNATIVE_NAMES && at < alternativeNamesEnd; i++) {
      if (element.read(bytes, at, alternativeNamesEnd) !== DerRead.OK) return;
      at = element.contentEnd;
      const { contentOffset, contentLength } = element;
      switch (element.tag) {
        case GENERAL_NAME_EMAIL:
        case GENERAL_NAME_DNS:
        case GENERAL_NAME_URI:
          message.add(Field.TLS_SUBJECT_ALT_NAME, bytes, contentOffset, contentLength);
          break;
        case GENERAL_NAME_ADDRESS:
          this.#addAddress(bytes, contentOffset, contentLength, message);
          break;
        default:
      }
    }
  }

  /** Dotted decimal for four bytes, eight groups of hex for sixteen. */
  #addAddress(bytes: Uint8Array, offset: number, length: number, message: MessageView): void {
    const text = this.#addressText;
    const start = text.length;
    if (length === 4) {
      for (let i = 0; i < 4; i++) {
        if (i > 0) text.pushByte(DOT);
        text.pushDecimal(bytes[offset + i]!);
      }
    } else if (length === 16 && text.bytes.length - start >= 39) {
      let at = start;
      for (let i = 0; i < 16; i += 2) {
        if (i > 0) text.bytes[at++] = COLON;
        at = writeHex(bytes, offset + i, 2, text.bytes, at);
      }
      text.length = at;
    } else return;
    message.add(Field.TLS_SUBJECT_ALT_NAME, text.bytes, start, text.length - start);
  }
}

function readUint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function eventOf(problem: CertificateProblemCode): AppLayerEventId {
  switch (problem) {
    case CertificateProblem.LENGTH:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_LENGTH;
    case CertificateProblem.DER:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_DER;
    case CertificateProblem.VERSION:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_VERSION;
    case CertificateProblem.SERIAL:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_SERIAL;
    case CertificateProblem.DATE:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_DATE;
    case CertificateProblem.EXTENSIONS:
      return AppLayerEvent.TLS_CERTIFICATE_INVALID_EXTENSIONS;
    default:
      return AppLayerEvent.TLS_INVALID_CERTIFICATE;
  }
}
