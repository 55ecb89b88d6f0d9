import { Md5 } from "../../../base/hash/md5.js";
import { readUint16 } from "../../wire/big-endian.js";
import type { TextBuffer } from "../text-buffer.js";
import type { HelloView } from "./hello.js";
import { Extension, isGrease } from "./tls-constants.js";

/**
 * JA3 and JA3S: the fingerprint of a hello as a text of decimal numbers, and its MD5.
 *
 * JA3 (client): `version,ciphers,extensions,groups,point formats`, numbers joined by `-`; for example
 * `771,4865-4866,0-10-11,29-23,0`. JA3S (server): `version,cipher,extensions`. GREASE is left out. Suricata 7.0.10
 * leaves it in for QUIC, which makes another hash of every connection of such a client; here QUIC is no exception.
 */
export class Ja3 {
  readonly #md5 = new Md5();

  /**
   * Append the text of `hello` to `text`. Of a hello that broke off before its extensions, the text ends behind the
   * ciphers, as Suricata's does.
   */
  write(hello: HelloView, text: TextBuffer): void {
    const { bytes } = hello;
    text.pushDecimal(hello.legacyVersion);
    if (hello.ciphersOffset < 0) return;
    text.pushByte(COMMA);
    pushList(bytes, hello.ciphersOffset, hello.ciphersEnd, text, true);
    if (!hello.isWhole) return;

    text.pushByte(COMMA);
    let isFirst = true;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      const type = readUint16(bytes, at);
      if (isGrease(type)) continue;
      if (!isFirst) text.pushByte(DASH);
      text.pushDecimal(type);
      isFirst = false;
    }
    if (!hello.isClient) return;

    text.pushByte(COMMA);
    isFirst = true;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      if (readUint16(bytes, at) !== Extension.SUPPORTED_GROUPS || readUint16(bytes, at + 2) === 0) continue;
      const listEnd = at + 6 + readUint16(bytes, at + 4);
      isFirst = pushList(bytes, at + 6, listEnd, text, isFirst);
    }

    text.pushByte(COMMA);
    isFirst = true;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      if (readUint16(bytes, at) !== Extension.EC_POINT_FORMATS || readUint16(bytes, at + 2) === 0) continue;
      const listEnd = at + 5 + bytes[at + 4]!;
      for (let format = at + 5; format < listEnd; format++) {
        if (!isFirst) text.pushByte(DASH);
        text.pushDecimal(bytes[format]!);
        isFirst = false;
      }
    }
  }

  /** The MD5 of the text, 16 bytes to `out[outOffset)`. */
  hash(text: TextBuffer, out: Uint8Array, outOffset: number): void {
    this.#md5.digest(text.bytes, 0, text.length, out, outOffset);
  }
}

const COMMA = 0x2c;
const DASH = 0x2d;

/** Append 16-bit numbers joined by dashes; returns whether the list (of which this may be a part) is still empty. */
function pushList(
  bytes: Uint8Array,
  offset: number,
  end: number,
  text: TextBuffer,
  isFirst: boolean,
): boolean {
  for (let at = offset; at + 2 <= end; at += 2) {
    const value = readUint16(bytes, at);
    if (isGrease(value)) continue;
    if (!isFirst) text.pushByte(DASH);
    text.pushDecimal(value);
    isFirst = false;
  }
  return isFirst;
}
