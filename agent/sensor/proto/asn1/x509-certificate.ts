import { DerElement, DerRead, type DerReadCode, DerTag } from "./der.js";
import { NO_TIME, readTime } from "./x509-time.js";

/** Why a certificate could not be read: the distinctions Suricata makes. */
export const CertificateProblem = {
  NONE: 0,
  /** An element reaches beyond the one that holds it, or is missing. */
  LENGTH: 1,
  DER: 2,
  VERSION: 3,
  SERIAL: 4,
  DATE: 5,
  EXTENSIONS: 6,
  /** Anything else: the end is missing, the public key, an extension, the signature. */
  OTHER: 7,
} as const;
export type CertificateProblemCode = (typeof CertificateProblem)[keyof typeof CertificateProblem];

const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
/** Unique identifiers, without the constructed bit. */
const UNIQUE_ID_1 = 0x81;
const UNIQUE_ID_2 = 0x82;
const MAX_OPTIONAL_PARTS = 3;
/** An unsigned 32-bit number with its sign byte. */
const MAX_VERSION_BYTES = 5;
/** More extensions than this are not looked through for the subject's alternative names. */
const MAX_EXTENSIONS = 64;

/**
 * Where the parts of one X.509 certificate (RFC 5280) lie in the caller's bytes. Reused; nothing is copied.
 *
 * It reads the structure, not the meaning: no signature, no validity is checked. Memory: a few numbers.
 */
export class CertificateView {
  /** Content of the serial number as it stands, leading zero included. */
  serialOffset = 0;
  serialEnd = 0;
  /** Content of the RDN sequences; see `X509NameWriter`. −1 while unknown. */
  issuerOffset = -1;
  issuerEnd = 0;
  subjectOffset = -1;
  subjectEnd = 0;
  /** Milliseconds since the Unix epoch; NaN while unknown. */
  notBeforeMs = NO_TIME;
  notAfterMs = NO_TIME;
  /** Content of the GeneralNames of subjectAltName; −1 without that extension. */
  alternativeNamesOffset = -1;
  alternativeNamesEnd = 0;
  problem: CertificateProblemCode = CertificateProblem.NONE;

  readonly #outer = new DerElement();
  readonly #element = new DerElement();
  readonly #inner = new DerElement();
  readonly #leaf = new DerElement();

  /** Whether the serial number could be read. */
  get hasSerial(): boolean {
    return this.serialOffset >= 0;
  }

  /**
   * Read the certificate at `offset`. True if all of it is there and sound; otherwise `problem` says why not, and
   * what stands before the problem has been set (so that the head of a cut certificate can still be used).
   */
  read(bytes: Uint8Array, offset: number, end: number): boolean {
    this.serialOffset = -1;
    this.serialEnd = 0;
    this.issuerOffset = -1;
    this.subjectOffset = -1;
    this.notBeforeMs = NO_TIME;
    this.notAfterMs = NO_TIME;
    this.alternativeNamesOffset = -1;
    this.problem = this.#readAll(bytes, offset, end);
    return this.problem === CertificateProblem.NONE;
  }

  #readAll(bytes: Uint8Array, offset: number, end: number): CertificateProblemCode {
    const outer = this.#outer;
    const element = this.#element;
    let code = outer.read(bytes, offset, end);
    if (!isUsable(code, outer)) return structureProblem(code);
    let isCut = code === DerRead.TRUNCATED;
    const certificateEnd = outer.contentEnd;
    code = outer.read(bytes, outer.contentOffset, certificateEnd);
    if (!isUsable(code, outer)) return isCut ? CertificateProblem.OTHER : structureProblem(code);
    isCut ||= code === DerRead.TRUNCATED;

    const problem = this.#readTbs(bytes, outer.contentOffset, outer.contentEnd);
    if (isCut) return CertificateProblem.OTHER;
    if (problem !== CertificateProblem.NONE) return problem;
    code = element.read(bytes, outer.contentEnd, certificateEnd);
    if (!isWhole(code, element, DerTag.SEQUENCE)) return structureProblem(code);
    code = element.read(bytes, element.contentEnd, certificateEnd);
    return isWhole(code, element, DerTag.BIT_STRING) ? CertificateProblem.NONE : CertificateProblem.OTHER;
  }

  #readTbs(bytes: Uint8Array, offset: number, end: number): CertificateProblemCode {
    const element = this.#element;
    let at = offset;
    if (element.expect(bytes, at, end, EXPLICIT_0)) {
      const version = this.#inner;
      const isVersion =
        version.expect(bytes, element.contentOffset, element.contentEnd, DerTag.INTEGER) &&
        version.contentLength > 0 &&
        version.contentLength <= MAX_VERSION_BYTES;
      if (!isVersion) return CertificateProblem.VERSION;
      at = element.contentEnd;
    }
    if (!element.expect(bytes, at, end, DerTag.INTEGER)) return CertificateProblem.SERIAL;
    this.serialOffset = element.contentOffset;
    this.serialEnd = element.contentEnd;

    // The signature algorithm, which nobody asks for; then the names and the times.
    let problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    this.issuerOffset = element.contentOffset;
    this.issuerEnd = element.contentEnd;

    problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    if (!this.#readValidity(bytes, element.contentOffset, element.contentEnd)) return CertificateProblem.DATE;

    problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    this.subjectOffset = element.contentOffset;
    this.subjectEnd = element.contentEnd;

    // The public key; then the optional unique identifiers and extensions.
    problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    const key = this.#inner;
    const code = key.read(bytes, element.contentOffset, element.contentEnd);
    if (!isWhole(code, key, DerTag.SEQUENCE)) return structureProblem(code);
    if (!key.expect(bytes, key.contentEnd, element.contentEnd, DerTag.BIT_STRING))
      return CertificateProblem.OTHER;
    at = element.contentEnd;
    for (let i = 0; i < MAX_OPTIONAL_PARTS && at < end; i++) {
      if (element.read(bytes, at, end) !== DerRead.OK) return CertificateProblem.EXTENSIONS;
      at = element.contentEnd;
      if (element.tag === EXPLICIT_3) return this.#readExtensions(bytes, element.contentOffset, at);
      const number = element.tag & 0xdf;
      if (number !== UNIQUE_ID_1 && number !== UNIQUE_ID_2) return CertificateProblem.EXTENSIONS;
    }
    return CertificateProblem.NONE;
  }

  /** The sequence behind `#element`, into `#element`. */
  #readSequence(bytes: Uint8Array, end: number): CertificateProblemCode {
    const code = this.#element.read(bytes, this.#element.contentEnd, end);
    return code === DerRead.OK && this.#element.tag === DerTag.SEQUENCE
      ? CertificateProblem.NONE
      : structureProblem(code);
  }

  #readValidity(bytes: Uint8Array, offset: number, end: number): boolean {
    const inner = this.#inner;
    if (inner.read(bytes, offset, end) !== DerRead.OK) return false;
    this.notBeforeMs = readTime(bytes, inner.contentOffset, inner.contentEnd, inner.tag);
    if (inner.read(bytes, inner.contentEnd, end) !== DerRead.OK) return false;
    this.notAfterMs = readTime(bytes, inner.contentOffset, inner.contentEnd, inner.tag);
    return !Number.isNaN(this.notBeforeMs) && !Number.isNaN(this.notAfterMs);
  }

  #readExtensions(bytes: Uint8Array, offset: number, end: number): CertificateProblemCode {
    const inner = this.#inner;
    const leaf = this.#leaf;
    const code = inner.read(bytes, offset, end);
    if (!isWhole(code, inner, DerTag.SEQUENCE)) return structureProblem(code);
    const listEnd = inner.contentEnd;
    let at = inner.contentOffset;
    for (let i = 0; i < MAX_EXTENSIONS && at < listEnd; i++) {
      if (!inner.expect(bytes, at, listEnd, DerTag.SEQUENCE)) return CertificateProblem.OTHER;
      at = inner.contentEnd;
      if (!leaf.expect(bytes, inner.contentOffset, at, DerTag.OBJECT_IDENTIFIER))
        return CertificateProblem.OTHER;
      const isAlternativeName = isSubjectAltName(bytes, leaf);
      let valueOffset = leaf.contentEnd;
      if (leaf.expect(bytes, valueOffset, at, DerTag.BOOLEAN)) valueOffset = leaf.contentEnd;
      if (!leaf.expect(bytes, valueOffset, at, DerTag.OCTET_STRING)) return CertificateProblem.OTHER;
      if (isAlternativeName && leaf.expect(bytes, leaf.contentOffset, leaf.contentEnd, DerTag.SEQUENCE)) {
        this.alternativeNamesOffset = leaf.contentOffset;
        this.alternativeNamesEnd = leaf.contentEnd;
      }
    }
    return CertificateProblem.NONE;
  }
}

function isWhole(code: DerReadCode, element: DerElement, tag: number): boolean {
  return code === DerRead.OK && element.tag === tag;
}

/** A sequence, or the head of one that was cut. */
function isUsable(code: DerReadCode, element: DerElement): boolean {
  return element.hasHeader && code !== DerRead.INVALID && element.tag === DerTag.SEQUENCE;
}

function structureProblem(code: DerReadCode): CertificateProblemCode {
  return code === DerRead.TRUNCATED ? CertificateProblem.LENGTH : CertificateProblem.DER;
}

/** 2.5.29.17 */
function isSubjectAltName(bytes: Uint8Array, oid: DerElement): boolean {
  const at = oid.contentOffset;
  return oid.contentLength === 3 && bytes[at] === 0x55 && bytes[at + 1] === 0x1d && bytes[at + 2] === 0x11;
}
