import { HkdfSha256 } from "../../../base/hash/hkdf-sha256.js";
import { SHA256_BYTES } from "../../../base/hash/sha256.js";
import { asciiOctets } from "../octets.js";
import type { QuicHeader } from "./quic-header.js";
import { type InitialSecrets, initialSecrets } from "./quic-versions.js";

export const KEY_BYTES = 16;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;
const SAMPLE_OFFSET = 4;
const SAMPLE_BYTES = 16;
/** Key, initialisation vector and header protection key of one sender. */
export const SENDER_KEYS_BYTES = 2 * KEY_BYTES + IV_BYTES;
/** Longest header that is authenticated; with a token of this length it would not fit a datagram. */
const MAX_HEADER_BYTES = 4096;
const CLIENT_LABEL = asciiOctets("client in");
const SERVER_LABEL = asciiOctets("server in");

/** AES as the world outside has it: rooms without `node:` get it handed in. */
export interface InitialCipher {
  /** AES-128 of the block `block[offset, offset + 16)` with the key `keys[keyOffset, + 16)`, to `out[0, 16)`. */
  encryptBlock(keys: Uint8Array, keyOffset: number, block: Uint8Array, offset: number, out: Uint8Array): void;
  /**
   * Open AES-128-GCM: `sealed[offset, offset + length)` ends in the tag of 16 bytes, `nonce` has 12 bytes, and
   * `header[0, headerLength)` is authenticated with it. Writes the clear text to `out` and returns its length, or
   * −1 if it is not authentic. Must not throw.
   */
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
  ): number;
}

/**
 * Initial packets of QUIC (RFC 9001, 5): keys from the connection id of the client's first one, header protection,
 * and the sealed payload. Everybody on the way can compute this; it is no secret.
 *
 * Memory: buffers for one packet.
 */
export class InitialOpener {
  /** The clear text of the packet opened last. */
  readonly plain: Uint8Array;
  readonly #cipher: InitialCipher;
  readonly #hkdf = new HkdfSha256();
  readonly #senderSecret = new Uint8Array(SHA256_BYTES);
  readonly #mask = new Uint8Array(SAMPLE_BYTES);
  readonly #nonce = new Uint8Array(IV_BYTES);
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);

  constructor(cipher: InitialCipher, maxPacketBytes: number) {
    this.#cipher = cipher;
    this.plain = new Uint8Array(maxPacketBytes);
  }

  /**
   * Derive the keys of the client to the beginning of `keys` (2 × SENDER_KEYS_BYTES). In the place of the server's the secret waits
   * of which those are made: most servers answer without being read. False for a version whose Initials are not encrypted or unknown.
   */
  deriveKeys(
    version: number,
    bytes: Uint8Array,
    idOffset: number,
    idLength: number,
    keys: Uint8Array,
  ): boolean {
    const secrets = initialSecrets(version);
    if (secrets === undefined) return false;
    const { salt } = secrets;
    this.#hkdf.mac(salt, 0, salt.length, bytes, idOffset, idLength, keys, SENDER_KEYS_BYTES);
    this.#deriveFor(CLIENT_LABEL, secrets, keys, 0);
    return true;
  }

  /** Derive the keys of the server where `deriveKeys` has left the secret, for the same version. */
  deriveServerKeys(version: number, keys: Uint8Array): void {
    const secrets = initialSecrets(version);
    if (secrets !== undefined) this.#deriveFor(SERVER_LABEL, secrets, keys, SENDER_KEYS_BYTES);
  }

  #deriveFor(label: Uint8Array, secrets: InitialSecrets, keys: Uint8Array, at: number): void {
    const hkdf = this.#hkdf;
    const secret = this.#senderSecret;
    hkdf.expandLabel(keys, SENDER_KEYS_BYTES, label, secret, 0, SHA256_BYTES);
    hkdf.expandLabel(secret, 0, secrets.keyLabel, keys, at, KEY_BYTES);
    hkdf.expandLabel(secret, 0, secrets.ivLabel, keys, at + KEY_BYTES, IV_BYTES);
    hkdf.expandLabel(secret, 0, secrets.headerProtectionLabel, keys, at + KEY_BYTES + IV_BYTES, KEY_BYTES);
  }

  /** Open an Initial into `plain` with the keys at `keys[at)`; returns the length of the frames, or −1. */
  open(bytes: Uint8Array, header: QuicHeader, keys: Uint8Array, at: number): number {
    const { offset, payloadOffset, end } = header;
    const headerBytes = payloadOffset - offset;
    if (payloadOffset + SAMPLE_OFFSET + SAMPLE_BYTES > end) return -1;
    if (headerBytes + 4 > MAX_HEADER_BYTES || end - payloadOffset > this.plain.length) return -1;
    const mask = this.#mask;
    this.#cipher.encryptBlock(keys, at + KEY_BYTES + IV_BYTES, bytes, payloadOffset + SAMPLE_OFFSET, mask);

    const clear = this.#header;
    for (let i = 0; i < headerBytes; i++) clear[i] = bytes[offset + i]!;
    clear[0] = clear[0]! ^ (mask[0]! & 0x0f);
    const numberBytes = (clear[0]! & 3) + 1;
    const nonce = this.#nonce;
    for (let i = 0; i < IV_BYTES; i++) nonce[i] = keys[at + KEY_BYTES + i]!;
    for (let i = 0; i < numberBytes; i++) {
      const octet = bytes[payloadOffset + i]! ^ mask[1 + i]!;
      clear[headerBytes + i] = octet;
      const place = IV_BYTES - numberBytes + i;
      nonce[place] = nonce[place]! ^ octet;
    }
    const sealedOffset = payloadOffset + numberBytes;
    const sealedLength = end - sealedOffset;
    if (sealedLength < TAG_BYTES) return -1;
    const headerLength = headerBytes + numberBytes;
    return this.#cipher.open(
      keys,
      at,
      nonce,
      clear,
      headerLength,
      bytes,
      sealedOffset,
      sealedLength,
      this.plain,
    );
  }
}
