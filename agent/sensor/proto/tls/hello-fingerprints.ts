/**
 * Owns the fingerprints of hellos: JA3, JA3S and JA4. Where no rule and no list asks for one, what it is made of is kept instead,
 * until an alert or a record is described: hashes are a third of what a handshake costs. A hello of which this does not fit
 * (`KEPT_CLIENT_BYTES`), or that is broken, has its fingerprints at once.
 *
 * Memory: the text of one fingerprint, for all flows.
 */
import { writeHex } from "../../../base/hash/hex.js";
import { MD5_BYTES } from "../../../base/hash/md5.js";
import { readUint16, writeUint16 } from "../../wire/big-endian.js";
import { Field, type FieldId } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { copyOctets } from "../octets.js";
import { TO_SERVER } from "../protocols.js";
import { TextBuffer } from "../text-buffer.js";
import { HelloView } from "./hello.js";
import { Ja3 } from "./ja3.js";
import { JA4_BYTES, Ja4 } from "./ja4.js";
import { Extension } from "./tls-constants.js";
import { KEPT_CLIENT_BYTES, KEPT_SERVER_BYTES, Kept, type TlsState } from "./tls-state.js";

/** The JA3 text of the longest hello that fits the gatherer: six characters for two bytes, twice at most. */
const JA3_TEXT_CAP_BYTES = 6 * 32768;

/** Words of 16 bits that a kept hello begins with; the ciphers and the extensions follow. */
const LEGACY_VERSION = 0;
const VERSION = 2;
const HAS_SUPPORTED_VERSIONS = 4;
const CIPHERS_BYTES = 6;
const EXTENSIONS_BYTES = 8;
/** Where the list of protocols begins, counted from the extensions, and how long it is; 0: none. */
const ALPN_AT = 10;
const ALPN_BYTES = 12;
const HEAD_BYTES = 14;

export class HelloFingerprints {
  readonly #ja3 = new Ja3();
  readonly #ja4 = new Ja4();
  readonly #text = new TextBuffer(JA3_TEXT_CAP_BYTES);
  readonly #hashText = new Uint8Array(2 * MD5_BYTES);
  /** A hello that was kept, as it is read again. */
  readonly #kept = new HelloView();

  /** The hello of `message` was read, to its end or to where it breaks off: add what somebody asks for, keep the rest. */
  take(state: TlsState, hello: HelloView, message: MessageView): void {
    const { isClient } = hello;
    const wantsJa3 = isClient
      ? message.wants(Field.JA3_HASH) || message.wants(Field.JA3_STRING)
      : message.wants(Field.JA3S_HASH) || message.wants(Field.JA3S_STRING);
    const wantsJa4 = isClient && message.wants(Field.JA4_HASH);
    const wantsAll = wantsJa3 && (wantsJa4 || !isClient);
    const wantsText = message.wants(isClient ? Field.JA3_STRING : Field.JA3S_STRING);
    const isKept = (!wantsAll || wantsText) && hello.isWhole && keep(state, hello);
    const side = isClient ? state.client : state.server;
    if (isKept) side.keptHello = side.transaction;
    if (!isKept || wantsJa3) this.#addJa3(state, hello, message);
    if (isClient && (!isKept || wantsJa4)) {
      this.#writeJa4(state, hello);
      message.add(Field.JA4_HASH, state.memory, Kept.JA4, JA4_BYTES);
    }
  }

  /** A later message of a side says again what its hello said, to whom it is of use. */
  repeat(state: TlsState, isClient: boolean, message: MessageView): void {
    const hashField = isClient ? Field.JA3_HASH : Field.JA3S_HASH;
    if (message.wants(hashField)) this.#completeJa3(state, isClient);
    if (isClient && message.wants(Field.JA4_HASH)) this.#completeJa4(state);
    if (isClient ? state.hasJa3 : state.hasJa3s)
      this.#addHash(state, isClient ? Kept.JA3 : Kept.JA3S, hashField, message);
    if (isClient && state.hasJa4) message.add(Field.JA4_HASH, state.memory, Kept.JA4, JA4_BYTES);
    const textField = isClient ? Field.JA3_STRING : Field.JA3S_STRING;
    const { keptHello } = isClient ? state.client : state.server;
    if (keptHello === 0 || !message.wants(textField)) return;
    this.#restore(state, isClient);
    this.#addText(this.#kept, textField, message);
  }

  /** Somebody describes the flow, and `message` with it: make up for what was only kept. Cold path. */
  describe(state: TlsState, message: MessageView): void {
    this.#complete(state);
    const isClient = message.direction === TO_SERVER;
    const textField = isClient ? Field.JA3_STRING : Field.JA3S_STRING;
    const { keptHello } = isClient ? state.client : state.server;
    if (keptHello === 0 || message.transaction < keptHello || message.first(textField) >= 0) return;
    this.#restore(state, isClient);
    this.#addText(this.#kept, textField, message);
  }

  /** Fingerprints of the hellos that were kept, into the state. */
  #complete(state: TlsState): void {
    this.#completeJa3(state, true);
    this.#completeJa4(state);
    this.#completeJa3(state, false);
  }

  #completeJa3(state: TlsState, isClient: boolean): void {
    const { keptHello } = isClient ? state.client : state.server;
    if (keptHello === 0 || (isClient ? state.hasJa3 : state.hasJa3s)) return;
    this.#restore(state, isClient);
    this.#text.clear();
    this.#ja3.write(this.#kept, this.#text);
    this.#ja3.hash(this.#text, state.memory, isClient ? Kept.JA3 : Kept.JA3S);
    if (isClient) state.hasJa3 = true;
    else state.hasJa3s = true;
  }

  #completeJa4(state: TlsState): void {
    if (state.client.keptHello === 0 || state.hasJa4) return;
    this.#restore(state, true);
    this.#writeJa4(state, this.#kept);
  }

  #addJa3(state: TlsState, hello: HelloView, message: MessageView): void {
    const { isClient } = hello;
    if (!this.#addText(hello, isClient ? Field.JA3_STRING : Field.JA3S_STRING, message) || !hello.isWhole)
      return;
    const at = isClient ? Kept.JA3 : Kept.JA3S;
    this.#ja3.hash(this.#text, state.memory, at);
    if (isClient) state.hasJa3 = true;
    else state.hasJa3s = true;
    this.#addHash(state, at, isClient ? Field.JA3_HASH : Field.JA3S_HASH, message);
  }

  /** Returns whether all of it has found room. */
  #addText(hello: HelloView, field: FieldId, message: MessageView): boolean {
    const text = this.#text;
    text.clear();
    this.#ja3.write(hello, text);
    if (text.isTruncated) return false;
    message.add(field, text.bytes, 0, text.length);
    return true;
  }

  #writeJa4(state: TlsState, hello: HelloView): void {
    this.#ja4.write(hello, false, state.memory, Kept.JA4);
    state.hasJa4 = true;
  }

  #addHash(state: TlsState, at: number, field: FieldId, message: MessageView): void {
    writeHex(state.memory, at, MD5_BYTES, this.#hashText, 0);
    message.add(field, this.#hashText, 0, 2 * MD5_BYTES);
  }

  #restore({ memory }: TlsState, isClient: boolean): void {
    const at = isClient ? Kept.CLIENT_HELLO : Kept.SERVER_HELLO;
    const hello = this.#kept;
    hello.bytes = memory;
    hello.isClient = isClient;
    hello.isWhole = true;
    hello.legacyVersion = readUint16(memory, at + LEGACY_VERSION);
    hello.version = readUint16(memory, at + VERSION);
    hello.hasSupportedVersions = readUint16(memory, at + HAS_SUPPORTED_VERSIONS) === 1;
    hello.ciphersOffset = at + HEAD_BYTES;
    hello.ciphersEnd = hello.ciphersOffset + readUint16(memory, at + CIPHERS_BYTES);
    hello.extensionsOffset = hello.ciphersEnd;
    hello.extensionsEnd = hello.extensionsOffset + readUint16(memory, at + EXTENSIONS_BYTES);
    const alpnAt = readUint16(memory, at + ALPN_AT);
    hello.alpnOffset = alpnAt === 0 ? -1 : hello.extensionsOffset + alpnAt;
    hello.alpnEnd = hello.alpnOffset + readUint16(memory, at + ALPN_BYTES);
  }
}

/** Put into the state's memory what fingerprints are made of; false where it does not fit. */
function keep({ memory }: TlsState, hello: HelloView): boolean {
  const { bytes, isClient, ciphersOffset, ciphersEnd, extensionsEnd } = hello;
  const start = isClient ? Kept.CLIENT_HELLO : Kept.SERVER_HELLO;
  const end = start + (isClient ? KEPT_CLIENT_BYTES : KEPT_SERVER_BYTES);
  let to = start + HEAD_BYTES;
  if (ciphersEnd - ciphersOffset > end - to) return false;
  copyOctets(bytes, ciphersOffset, ciphersEnd, memory, to);
  to += ciphersEnd - ciphersOffset;
  const extensions = to;
  let alpnAt = 0;
  for (let at = hello.extensionsOffset; at < extensionsEnd; ) {
    const type = readUint16(bytes, at);
    const length = readUint16(bytes, at + 2);
    const kept = isClient && isReadForFingerprints(type) ? length : 0;
    if (4 + kept > end - to) return false;
    writeUint16(memory, to, type);
    writeUint16(memory, to + 2, kept);
    if (kept > 0 && at + 6 === hello.alpnOffset) alpnAt = to + 6 - extensions;
    copyOctets(bytes, at + 4, at + 4 + kept, memory, to + 4);
    to += 4 + kept;
    at += 4 + length;
  }
  writeUint16(memory, start + LEGACY_VERSION, hello.legacyVersion);
  writeUint16(memory, start + VERSION, hello.version);
  writeUint16(memory, start + HAS_SUPPORTED_VERSIONS, hello.hasSupportedVersions ? 1 : 0);
  writeUint16(memory, start + CIPHERS_BYTES, ciphersEnd - ciphersOffset);
  writeUint16(memory, start + EXTENSIONS_BYTES, to - extensions);
  writeUint16(memory, start + ALPN_AT, alpnAt);
  writeUint16(memory, start + ALPN_BYTES, alpnAt === 0 ? 0 : hello.alpnEnd - hello.alpnOffset);
  return true;
}

/** Whether a fingerprint asks for more of an extension than that it is there. */
function isReadForFingerprints(type: number): boolean {
  return (
    type === Extension.SUPPORTED_GROUPS ||
    type === Extension.EC_POINT_FORMATS ||
    type === Extension.SIGNATURE_ALGORITHMS ||
    type === Extension.ALPN
  );
}
