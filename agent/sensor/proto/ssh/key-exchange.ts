/**
 * Owns the SSH_MSG_KEXINIT message (RFC 4253 7.1) and the HASSH fingerprint over it: MD5 of
 * `kex;encryption;mac;compression`, the lists of the sender's own direction.
 *
 * Memory: the string of one message, MAX_STRING_BYTES, in the parser.
 */

import { writeHex } from "../../../base/hash/hex.js";
import { MD5_BYTES, Md5 } from "../../../base/hash/md5.js";
import { readUint32 } from "../../wire/big-endian.js";
import { TextBuffer } from "../text-buffer.js";
import { HASSH_BYTES } from "./state.js";

const COOKIE_BYTES = 16;
const NAME_LISTS = 10;
/** first_kex_packet_follows and a reserved word. */
const TAIL_BYTES = 5;
/** Records up to 64 KiB are read, so no string is longer. */
const MAX_STRING_BYTES = 65_536;
const SEMICOLON = 0x3b;

export class KeyExchangeReader {
  /** The HASSH string and its hash, in hexadecimal, of the last message. */
  readonly text = new TextBuffer(MAX_STRING_BYTES);
  readonly hash = new Uint8Array(HASSH_BYTES);
  readonly #md5 = new Md5();
  readonly #digest = new Uint8Array(MD5_BYTES);
  readonly #listOffset = new Int32Array(NAME_LISTS);
  readonly #listLength = new Int32Array(NAME_LISTS);

  /**
   * Read the payload `[start, end)` behind the message code. `isServer`: who sent it. False where it is
   * malformed.
   */
  read(bytes: Uint8Array, start: number, end: number, isServer: boolean): boolean {
    let at = start + COOKIE_BYTES;
    for (let i = 0; i < NAME_LISTS; i++) {
      if (at + 4 > end) return false;
      const length = readUint32(bytes, at);
      at += 4;
      if (length > end - at) return false;
      this.#listOffset[i] = at;
      this.#listLength[i] = length;
      at += length;
    }
    if (at + TAIL_BYTES > end) return false;
    // The lists: kex, host key, then pairs (client to server, server to client) of cipher, mac, compression.
    const own = isServer ? 1 : 0;
    this.text.clear();
    this.#append(bytes, 0);
    for (let pair = 2; pair <= 6; pair += 2) {
      this.text.pushByte(SEMICOLON);
      this.#append(bytes, pair + own);
    }
    this.#md5.begin();
    this.#md5.update(this.text.bytes, 0, this.text.length);
    this.#md5.finish(this.#digest, 0);
    writeHex(this.#digest, 0, MD5_BYTES, this.hash, 0);
    return true;
  }

  #append(bytes: Uint8Array, list: number): void {
    this.text.push(bytes, this.#listOffset[list]!, this.#listLength[list]!);
  }
}
