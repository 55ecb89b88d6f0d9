/**
 * The certificates that a TLS message named, as places in its bytes, and their serial numbers as texts. Valid as long as that
 * message's bytes: until the parser of TLS reads on. Memory: MAX_CERTIFICATES places, for all flows.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import { CertificateView } from "../asn1/x509-certificate.js";
import { hexText } from "../eve-text.js";
import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";

const MAX_CERTIFICATES = 64;

export class CertificateChain {
  #bytes: Uint8Array = NO_BYTES;
  #count = 0;
  readonly #offsets = new Int32Array(MAX_CERTIFICATES);
  readonly #lengths = new Int32Array(MAX_CERTIFICATES);
  readonly #certificate = new CertificateView();

  /** Remember the certificates of `message`; false where it has none. */
  take(message: MessageView): boolean {
    this.#count = 0;
    for (let entry = message.first(Field.TLS_CERTS); entry >= 0; entry = message.next(entry)) {
      if (this.#count === MAX_CERTIFICATES) break;
      this.#bytes = message.entryBytes[entry]!;
      this.#offsets[this.#count] = message.entryOffset[entry]!;
      this.#lengths[this.#count++] = message.entryLength[entry]!;
    }
    return this.#count > 0;
  }

  /** In hexadecimal without leading zeros, of the certificates that can be read; the bytes are let go. */
  serialNumbers(): string[] {
    const serials: string[] = [];
    const certificate = this.#certificate;
    for (let i = 0; i < this.#count; i++) {
      const offset = this.#offsets[i]!;
      if (!certificate.read(this.#bytes, offset, offset + this.#lengths[i]!)) continue;
      const text = hexText(
        this.#bytes,
        certificate.serialOffset,
        certificate.serialEnd - certificate.serialOffset,
      );
      serials.push(text.replace(/^0+(?=.)/, ""));
    }
    return serials;
  }
}
