/** Reading and judging what IKE peers propose: SA attributes (RFC 2409) and transforms (RFC 7296 3.3). */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import type { MessageView } from "../message-view.js";

/** IKEv2 transform types. */
export const IkeTransform = { ENCRYPTION: 1, PRF: 2, INTEGRITY: 3, DIFFIE_HELLMAN: 4, ESN: 5 } as const;

/** IKEv1 attribute numbers, under which the choices of IKEv2 are reported as well. */
export const IkeAttribute = { ENCRYPTION: 1, HASH: 2, AUTHENTICATION: 3, GROUP: 4, PRF: 13 } as const;

const PROTOCOL_AH = 2;
const FIRST_EVENT = AppLayerEvent.IKE_MALFORMED_DATA;
const LAST_EVENT = AppLayerEvent.IKE_MULTIPLE_SERVER_PROPOSAL;

/** DES and its kin, RC5, IDEA, CAST, Blowfish, 3IDEA, null. */
const WEAK_ENCRYPTION = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
/** CCM, GCM, ChaCha20-Poly1305: they need no integrity transform. */
const AEAD_ENCRYPTION = new Set([14, 15, 16, 18, 19, 20, 25, 26, 27, 28]);
/** MODP groups of 768, 1024 and 1536 bits, and 1024 with a 160-bit subgroup. */
const WEAK_GROUP = new Set([1, 2, 5, 22]);
const LAST_WEAK_INTEGRITY = 7;

/** One attribute of an IKEv1 transform, written over by each read. */
export class SaAttribute {
  type = 0;
  /** The 16 bits behind the type: the value, or the length of a variable one. */
  shortValue = 0;
  hasNumber = false;
  number = 0;
  dataOffset = 0;
  dataLength = 0;
  /** Where the next attribute begins. */
  next = 0;

  /** Read the attribute at `at`; false where none is left. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (at + 4 > end) return false;
    const head = readUint16(bytes, at);
    this.type = head & 0x7fff;
    this.shortValue = readUint16(bytes, at + 2);
    this.dataOffset = at + 4;
    const isShort = (head & 0x8000) !== 0;
    this.dataLength = isShort ? 0 : this.shortValue;
    this.next = this.dataOffset + this.dataLength;
    if (this.next > end) return false;
    this.hasNumber = isShort || this.dataLength === 4;
    if (this.hasNumber) this.number = isShort ? this.shortValue : readUint32(bytes, this.dataOffset);
    return true;
  }
}

/** Collects what is to be said of the proposals of one message, each thing once. */
export class TransformJudge {
  #events = 0;
  #hasGroup = false;
  #hasIntegrity = false;
  #hasAead = false;

  begin(): void {
    this.#events = 0;
  }

  note(event: number): void {
    this.#events |= 1 << (event - FIRST_EVENT);
  }

  beginProposal(protocol: number): void {
    this.#hasGroup = false;
    this.#hasIntegrity = false;
    this.#hasAead = false;
    if (protocol === PROTOCOL_AH) this.note(AppLayerEvent.IKE_NO_ENCRYPTION);
  }

  take(type: number, algorithm: number): void {
    switch (type) {
      case IkeTransform.ENCRYPTION:
        if (WEAK_ENCRYPTION.has(algorithm)) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_ENC);
        if (AEAD_ENCRYPTION.has(algorithm)) this.#hasAead = true;
        break;
      case IkeTransform.PRF:
        if (algorithm === 0) this.note(AppLayerEvent.IKE_INVALID_PROPOSAL);
        else if (algorithm <= 2) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_PRF);
        break;
      case IkeTransform.INTEGRITY:
        if (algorithm === 0) break;
        this.#hasIntegrity = true;
        if (algorithm <= LAST_WEAK_INTEGRITY) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_AUTH);
        break;
      case IkeTransform.DIFFIE_HELLMAN:
        this.#hasGroup = true;
        if (algorithm === 0) this.note(AppLayerEvent.IKE_INVALID_PROPOSAL);
        else if (WEAK_GROUP.has(algorithm)) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_DH);
        break;
      case IkeTransform.ESN:
        break;
      default:
        this.note(AppLayerEvent.IKE_UNKNOWN_PROPOSAL);
    }
  }

  endProposal(): void {
    if (!this.#hasGroup) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_NO_DH);
    if (!this.#hasIntegrity && !this.#hasAead) this.note(AppLayerEvent.IKE_WEAK_CRYPTO_NO_AUTH);
  }

  addTo(message: MessageView): void {
    for (let event: number = FIRST_EVENT; event <= LAST_EVENT; event++) {
      if ((this.#events & (1 << (event - FIRST_EVENT))) !== 0) message.addEvent(event);
    }
  }
}
