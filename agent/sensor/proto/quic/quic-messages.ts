/**
 * Fields of QUIC messages: the TLS hello that CRYPTO frames carried, or a hello of Google's own handshake.
 *
 * Memory: the buffers of the fingerprints, for all flows.
 */
import { writeHex } from "../../../base/hash/hex.js";
import { MD5_BYTES, Md5 } from "../../../base/hash/md5.js";
import { Field, type FieldId } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { TextBuffer } from "../text-buffer.js";
import { HelloView } from "../tls/hello.js";
import { Ja3 } from "../tls/ja3.js";
import { JA4_BYTES, Ja4 } from "../tls/ja4.js";
import { HANDSHAKE_HEADER_BYTES } from "../tls/tls-constants.js";
import { addProtocolNames } from "../tls/tls-messages.js";
import { MAX_CRYPTO_BYTES } from "./crypto-assembler.js";
import type { GoogleHello } from "./google-hello.js";
import { isClearGoogleVersion } from "./quic-versions.js";

/** Two bytes of a hello become six characters, some of them twice. */
const TEXT_CAP_BYTES = 6 * MAX_CRYPTO_BYTES;

export class QuicMessages {
  /** The TLS hello that was added last. */
  readonly hello = new HelloView();
  readonly #ja3 = new Ja3();
  readonly #ja4 = new Ja4();
  readonly #md5 = new Md5();
  readonly #text = new TextBuffer(TEXT_CAP_BYTES);
  readonly #digest = new Uint8Array(MD5_BYTES);
  readonly #hashText = new Uint8Array(2 * MD5_BYTES);
  readonly #ja4Text = new Uint8Array(JA4_BYTES);

  /** A ClientHello or ServerHello of `length` bytes, handshake header included. */
  addHello(bytes: Uint8Array, length: number, direction: DirectionId, message: MessageView): void {
    const isClient = direction === TO_SERVER;
    const hello = this.hello;
    hello.read(bytes, HANDSHAKE_HEADER_BYTES, length, isClient, false);
    if (hello.serverNameOffset >= 0) {
      message.add(Field.QUIC_SNI, bytes, hello.serverNameOffset, hello.serverNameLength);
    }
    addProtocolNames(hello, message);
    if (!hello.isWhole) return;
    this.#text.clear();
    this.#ja3.write(hello, this.#text);
    if (!this.#text.isTruncated) {
      this.#addHashed(
        isClient ? Field.JA3_STRING : Field.JA3S_STRING,
        isClient ? Field.JA3_HASH : Field.JA3S_HASH,
        message,
      );
    }
    if (!isClient) return;
    this.#ja4.write(hello, true, this.#ja4Text, 0);
    message.add(Field.JA4_HASH, this.#ja4Text, 0, JA4_BYTES);
  }

  /** A hello of Google QUIC that lies in `bytes`. */
  addGoogleHello(google: GoogleHello, bytes: Uint8Array, version: number, message: MessageView): void {
    if (google.serverNameOffset >= 0) {
      message.add(Field.QUIC_SNI, bytes, google.serverNameOffset, google.serverNameLength);
    }
    if (google.userAgentOffset >= 0) {
      message.add(Field.QUIC_UA, bytes, google.userAgentOffset, google.userAgentLength);
    }
    if (!google.hasCyu || !isClearGoogleVersion(version)) return;
    this.#text.clear();
    google.writeCyu(bytes, version, this.#text);
    this.#addHashed(Field.QUIC_CYU_STRING, Field.QUIC_CYU_HASH, message);
  }

  /** The text as one field, its MD5 in hex as another. */
  #addHashed(textField: FieldId, hashField: FieldId, message: MessageView): void {
    const text = this.#text;
    message.add(textField, text.bytes, 0, text.length);
    this.#md5.digest(text.bytes, 0, text.length, this.#digest, 0);
    writeHex(this.#digest, 0, MD5_BYTES, this.#hashText, 0);
    message.add(hashField, this.#hashText, 0, 2 * MD5_BYTES);
  }
}
