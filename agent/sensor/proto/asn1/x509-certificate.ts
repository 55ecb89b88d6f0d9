import { DerElement, DerRead, type DerReadCode, DerTag } from "./der.js";
import { NO_TIME, readTime } from "./x509-time.js";

/** Why a certificate could not be read: the distinctions Suricata makes. */
export const CertificateProblem = {
  NONE: 0,
  /** An element reaches beyond the one that holds it. */
  LENGTH: 1,
  DER: 2,
  VERSION: 3,
  SERIAL: 4,
  ALGORITHM_IDENTIFIER: 5,
  DATE: 6,
  EXTENSIONS: 7,
  /** Anything else: the public key, the signature. */
  OTHER: 8,
} as const;
export type CertificateProblemCode = (typeof CertificateProblem)[keyof typeof CertificateProblem];

const EXPLICIT_0 = 0xa0;
const IMPLICIT_1 = 0xa1;
const IMPLICIT_2 = 0xa2;
const EXPLICIT_3 = 0xa3;
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
    let isCut = false;
    let code = outer.read(bytes, offset, end);
    if (!isUsable(code, outer, DerTag.SEQUENCE)) return structureProblem(code);
    isCut ||= code === DerRead.TRUNCATED;
    const certificateEnd = outer.contentEnd;
    code = outer.read(bytes, outer.contentOffset, certificateEnd);
    if (!isUsable(code, outer, DerTag.SEQUENCE)) return structureProblem(code);
    isCut ||= code === DerRead.TRUNCATED;
    const tbsEnd = outer.contentEnd;

    const problem = this.#readTbs(bytes, outer.contentOffset, tbsEnd);
    if (problem !== CertificateProblem.NONE) return isCut ? CertificateProblem.LENGTH : problem;
    if (isCut) return CertificateProblem.LENGTH;
    if (!this.#isAlgorithm(bytes, tbsEnd, certificateEnd)) return CertificateProblem.ALGORITHM_IDENTIFIER;
    code = element.read(bytes, element.contentEnd, certificateEnd);
    return code === DerRead.OK && element.tag === DerTag.BIT_STRING
      ? CertificateProblem.NONE
      : CertificateProblem.OTHER;
  }

  #readTbs(bytes: Uint8Array, offset: number, end: number): CertificateProblemCode {
    const element = this.#element;
    let at = offset;
    if (element.expect(bytes, at, end, EXPLICIT_0)) {
      if (!this.#inner.expect(bytes, element.contentOffset, element.contentEnd, DerTag.INTEGER)) {
        return CertificateProblem.VERSION;
      }
      at = element.contentEnd;
    }
    if (!element.expect(bytes, at, end, DerTag.INTEGER)) return CertificateProblem.SERIAL;
    this.serialOffset = element.contentOffset;
    this.serialEnd = element.contentEnd;

    if (!this.#isAlgorithm(bytes, element.contentEnd, end)) return CertificateProblem.ALGORITHM_IDENTIFIER;

    let problem = this.#readSequence(bytes, end);
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

    // The public key; then the optional unique identifiers and extensions, in this order.
    problem = this.#readSequence(bytes, end);
    if (problem !== CertificateProblem.NONE) return problem;
    at = element.contentEnd;
    for (let i = 0; i < 3 && at < end; i++) {
      if (element.read(bytes, at, end) !== DerRead.OK) return CertificateProblem.EXTENSIONS;
      at = element.contentEnd;
      if (element.tag === EXPLICIT_3) return this.#readExtensions(bytes, element.contentOffset, at);
      if (element.tag !== IMPLICIT_1 && element.tag !== IMPLICIT_2) return CertificateProblem.EXTENSIONS;
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

  /** An AlgorithmIdentifier at `at`: a sequence that begins with an object identifier. Leaves it in `#element`. */
  #isAlgorithm(bytes: Uint8Array, at: number, end: number): boolean {
    const element = this.#element;
    return (
      element.expect(bytes, at, end, DerTag.SEQUENCE) &&
      this.#inner.expect(bytes, element.contentOffset, element.contentEnd, DerTag.OBJECT_IDENTIFIER)
    );
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
    if (!inner.expect(bytes, offset, end, DerTag.SEQUENCE)) return CertificateProblem.EXTENSIONS;
    const listEnd = inner.contentEnd;
    let at = inner.contentOffset;
    for (let i = 0; i < MAX_EXTENSIONS && at < listEnd; i++) {
      if (!inner.expect(bytes, at, listEnd, DerTag.SEQUENCE)) return CertificateProblem.EXTENSIONS;
      at = inner.contentEnd;
      if (!leaf.expect(bytes, inner.contentOffset, at, DerTag.OBJECT_IDENTIFIER)) {
        return CertificateProblem.EXTENSIONS;
      }
      const isAlternativeName = isSubjectAltName(bytes, leaf);
      if (leaf.read(bytes, leaf.contentEnd, at) !== DerRead.OK) return CertificateProblem.EXTENSIONS;
      if (leaf.tag === DerTag.BOOLEAN && leaf.read(bytes, leaf.contentEnd, at) !== DerRead.OK) {
        return CertificateProblem.EXTENSIONS;
      }
      if (leaf.tag !== DerTag.OCTET_STRING) return CertificateProblem.EXTENSIONS;
      if (isAlternativeName && leaf.expect(bytes, leaf.contentOffset, leaf.contentEnd, DerTag.SEQUENCE)) {
        this.alternativeNamesOffset = leaf.contentOffset;
        this.alternativeNamesEnd = leaf.contentEnd;
      }
    }
    return CertificateProblem.NONE;
  }
}

/** A complete element of that tag, or the head of one that was cut. */
function isUsable(code: DerReadCode, element: DerElement, tag: number): boolean {
  return code !== DerRead.INVALID && (code === DerRead.OK || element.hasHeader) && element.tag === tag;
}

function structureProblem(code: DerReadCode): CertificateProblemCode {
  return code === DerRead.TRUNCATED ? CertificateProblem.LENGTH : CertificateProblem.DER;
}

/** 2.5.29.17 */
function isSubjectAltName(bytes: Uint8Array, oid: DerElement): boolean {
  const at = oid.contentOffset;
  return oid.contentLength === 3 && bytes[at] === 0x55 && bytes[at + 1] === 0x1d && bytes[at + 2] === 0x11;
}
