/**
 * AES for Initial packets of QUIC, by OpenSSL: the outside of the port that `proto/quic` asks for. Keeps nothing
 * between calls.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { type InitialCipher, IV_BYTES, KEY_BYTES, TAG_BYTES } from "./proto/quic/initial-keys.js";

const TAG_OPTIONS = { authTagLength: TAG_BYTES } as const;

export class OpensslInitialCipher implements InitialCipher {
  encryptBlock(
    keys: Uint8Array,
    keyOffset: number,
    block: Uint8Array,
    offset: number,
    out: Uint8Array,
  ): void {
    const cipher = createCipheriv("aes-128-ecb", keys.subarray(keyOffset, keyOffset + KEY_BYTES), null);
    out.set(cipher.update(block.subarray(offset, offset + KEY_BYTES)));
  }

  open(
    keys: Uint8Array,
    keyOffset: number,
    nonce: Uint8Array,
    header: Uint8Array,
    headerLength: number,
    sealed: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
  ): number {
    const tagOffset = offset + length - TAG_BYTES;
    if (tagOffset < offset || nonce.length !== IV_BYTES) return -1;
    const key = keys.subarray(keyOffset, keyOffset + KEY_BYTES);
    const decipher = createDecipheriv("aes-128-gcm", key, nonce, TAG_OPTIONS);
    decipher.setAAD(header.subarray(0, headerLength));
    decipher.setAuthTag(sealed.subarray(tagOffset, tagOffset + TAG_BYTES));
    const clear = decipher.update(sealed.subarray(offset, tagOffset));
    try {
      decipher.final();
    } catch {
      return -1;
    }
    out.set(clear);
    return clear.length;
  }
}
