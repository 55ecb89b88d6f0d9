import { SHA256_BYTES, Sha256 } from "./sha256.js";

const BLOCK_BYTES = 64;
/** Length, "tls13 " with a label of up to 32 bytes, an empty context, and the counter of HKDF-Expand. */
const INFO_BYTES = 64;
/** "tls13 " */
const LABEL_PREFIX = new Uint8Array([0x74, 0x6c, 0x73, 0x31, 0x33, 0x20]);

/**
 * HMAC-SHA-256 (RFC 2104) and the two steps of HKDF (RFC 5869) with TLS 1.3 labels (RFC 8446, 7.1), for keys of
 * at most 32 bytes. One object is used again and again and allocates nothing after construction.
 */
export class HkdfSha256 {
  readonly #hash = new Sha256();
  readonly #pad = new Uint8Array(BLOCK_BYTES);
  readonly #inner = new Uint8Array(SHA256_BYTES);
  readonly #info = new Uint8Array(INFO_BYTES);
  readonly #output = new Uint8Array(SHA256_BYTES);

  /** HMAC of one range; `key` has at most 64 bytes. Writes 32 bytes to `out[outOffset)`. */
  mac(
    key: Uint8Array,
    keyOffset: number,
    keyLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    const hash = this.#hash;
    const pad = this.#pad;
    for (let i = 0; i < BLOCK_BYTES; i++) pad[i] = (i < keyLength ? key[keyOffset + i]! : 0) ^ 0x36;
    hash.begin();
    hash.update(pad, 0, BLOCK_BYTES);
    hash.update(bytes, offset, length);
    hash.finish(this.#inner, 0);
    for (let i = 0; i < BLOCK_BYTES; i++) pad[i] = pad[i]! ^ (0x36 ^ 0x5c);
    hash.begin();
    hash.update(pad, 0, BLOCK_BYTES);
    hash.update(this.#inner, 0, SHA256_BYTES);
    hash.finish(out, outOffset);
  }

  /**
   * HKDF-Expand-Label with an empty context: `length` (at most 32) bytes to `out[outOffset)`. `label` (at most 32
   * bytes) stands without "tls13 ".
   */
  expandLabel(
    secret: Uint8Array,
    secretOffset: number,
    label: Uint8Array,
    out: Uint8Array,
    outOffset: number,
    length: number,
  ): void {
    const info = this.#info;
    info[0] = 0;
    info[1] = length;
    info[2] = LABEL_PREFIX.length + label.length;
    info.set(LABEL_PREFIX, 3);
    info.set(label, 3 + LABEL_PREFIX.length);
    const end = 3 + LABEL_PREFIX.length + label.length;
    info[end] = 0;
    info[end + 1] = 1;
    this.mac(secret, secretOffset, SHA256_BYTES, info, 0, end + 2, this.#output, 0);
    for (let i = 0; i < length; i++) out[outOffset + i] = this.#output[i]!;
  }
}
