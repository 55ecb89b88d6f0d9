import { writeHex, writeHexUint16 } from "../../../base/hash/hex.js";
import { SHA256_BYTES, Sha256 } from "../../../base/hash/sha256.js";
import { readUint16 } from "../../wire/big-endian.js";
import type { HelloView } from "./hello.js";
import { sortUint16 } from "./sort.js";
import { Extension, isGrease, SSL_3, TLS_1_3 } from "./tls-constants.js";

/** Length of a JA4 fingerprint: `t13d1516h2_8daaf6152771_e5627efa2ab1`. */
export const JA4_BYTES = 36;
/** Values of one list that are sorted; a hello has at most 65,535 / 2 of a kind. */
const MAX_VALUES = 32768;
/** Hex values hashed at once: four digits and a separator each. */
const CHUNK_BYTES = 5 * 64;
const TRUNCATED_HASH_BYTES = 6;

const COMMA = 0x2c;
const UNDERSCORE = 0x5f;
const ZERO = 0x30;

/**
 * JA4, the TLS client fingerprint (FoxIO, BSD licence), as Suricata 7.0.10 computes it. Three parts:
 *
 * - `t` or `q` (QUIC), version, `d` with a server name or `i`, two digits each for the number of ciphers and of
 *   extensions, first and last character of the first ALPN protocol; GREASE is never counted;
 * - SHA-256, cut to 12 hex digits, of the ciphers in hex, sorted, joined by commas;
 * - the same of the sorted extensions without server name and ALPN, an underscore, and the signature algorithms in
 *   the order of the hello.
 *
 * Suricata writes the underscore also where there are no signature algorithms, and hashes empty lists like others.
 * Nothing else of the JA4 family is here: it has another licence.
 */
export class Ja4 {
  readonly #sha256 = new Sha256();
  readonly #digest = new Uint8Array(SHA256_BYTES);
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #values = new Uint16Array(MAX_VALUES);
  readonly #sortBuffer = new Uint16Array(MAX_VALUES);

  /** Write the 36 bytes of the fingerprint of a ClientHello to `out[outOffset)`. */
  write(hello: HelloView, isQuic: boolean, out: Uint8Array, outOffset: number): void {
    const { bytes } = hello;
    let extensionCount = 0;
    let hasServerName = false;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      const type = readUint16(bytes, at);
      if (isGrease(type)) continue;
      extensionCount++;
      if (type === Extension.SERVER_NAME) hasServerName = true;
    }
    const cipherCount = this.#collectCiphers(hello);

    let at = outOffset;
    out[at++] = isQuic ? 0x71 : 0x74;
    at = writeVersion(isQuic ? hello.greatestVersion : tlsVersion(hello), out, at);
    out[at++] = hasServerName ? 0x64 : 0x69;
    at = writeTwoDigits(cipherCount, out, at);
    at = writeTwoDigits(extensionCount, out, at);
    at = writeAlpn(hello, out, at);
    out[at++] = UNDERSCORE;

    const sha256 = this.#sha256;
    sha256.begin();
    sortUint16(this.#values, cipherCount, this.#sortBuffer);
    this.#hashValues(cipherCount);
    at = this.#writeHash(out, at);
    out[at++] = UNDERSCORE;

    sha256.begin();
    const sortedCount = this.#collectExtensions(hello);
    sortUint16(this.#values, sortedCount, this.#sortBuffer);
    this.#hashValues(sortedCount);
    this.#chunk[0] = UNDERSCORE;
    sha256.update(this.#chunk, 0, 1);
    this.#hashValues(this.#collectSignatureAlgorithms(hello));
    this.#writeHash(out, at);
  }

  #collectCiphers(hello: HelloView): number {
    let count = 0;
    if (hello.ciphersOffset < 0) return 0;
    for (let at = hello.ciphersOffset; at < hello.ciphersEnd; at += 2)
      count = this.#collect(hello.bytes, at, count);
    return count;
  }

  #collectExtensions(hello: HelloView): number {
    const { bytes } = hello;
    let count = 0;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      const type = readUint16(bytes, at);
      if (type !== Extension.SERVER_NAME && type !== Extension.ALPN) count = this.#collect(bytes, at, count);
    }
    return count;
  }

  #collectSignatureAlgorithms(hello: HelloView): number {
    const { bytes } = hello;
    let count = 0;
    for (let at = hello.extensionsOffset; at < hello.extensionsEnd; at += 4 + readUint16(bytes, at + 2)) {
      if (readUint16(bytes, at) !== Extension.SIGNATURE_ALGORITHMS || readUint16(bytes, at + 2) === 0)
        continue;
      const listEnd = at + 6 + readUint16(bytes, at + 4);
      for (let value = at + 6; value < listEnd; value += 2) count = this.#collect(bytes, value, count);
    }
    return count;
  }

  #collect(bytes: Uint8Array, at: number, count: number): number {
    const value = readUint16(bytes, at);
    if (isGrease(value) || count === MAX_VALUES) return count;
    this.#values[count] = value;
    return count + 1;
  }

  /** Hash the first `count` collected values as `c013,c014`. */
  #hashValues(count: number): void {
    const chunk = this.#chunk;
    let used = 0;
    for (let i = 0; i < count; i++) {
      if (i > 0) chunk[used++] = COMMA;
      used = writeHexUint16(this.#values[i]!, chunk, used);
      if (used > CHUNK_BYTES - 5) {
        this.#sha256.update(chunk, 0, used);
        used = 0;
      }
    }
    this.#sha256.update(chunk, 0, used);
  }

  #writeHash(out: Uint8Array, at: number): number {
    this.#sha256.finish(this.#digest, 0);
    return writeHex(this.#digest, 0, TRUNCATED_HASH_BYTES, out, at);
  }
}

/** The greater of the hello's own version and the one taken from supported_versions. */
function tlsVersion(hello: HelloView): number {
  const chosen = hello.hasSupportedVersions ? hello.version : 0;
  return isGrease(hello.legacyVersion) ? chosen : Math.max(hello.legacyVersion, chosen);
}

function writeVersion(version: number, out: Uint8Array, at: number): number {
  if (version === SSL_3) {
    out[at] = 0x73;
    out[at + 1] = 0x33;
  } else if (version > SSL_3 && version <= TLS_1_3) {
    out[at] = 0x31;
    out[at + 1] = ZERO + (version & 0xff) - 1;
  } else {
    out[at] = ZERO;
    out[at + 1] = ZERO;
  }
  return at + 2;
}

function writeTwoDigits(count: number, out: Uint8Array, at: number): number {
  const shown = Math.min(count, 99);
  out[at] = ZERO + Math.floor(shown / 10);
  out[at + 1] = ZERO + (shown % 10);
  return at + 2;
}

/**
 * First and last character of the first protocol; where one of them is no letter or digit, the first and last hex
 * digit of its bytes; `00` without a protocol or for GREASE.
 */
function writeAlpn(hello: HelloView, out: Uint8Array, at: number): number {
  const { bytes, alpnOffset, alpnEnd } = hello;
  out[at] = ZERO;
  out[at + 1] = ZERO;
  if (alpnOffset < 0 || alpnOffset >= alpnEnd) return at + 2;
  const length = bytes[alpnOffset]!;
  if (length === 0 || alpnOffset + 1 + length > alpnEnd) return at + 2;
  const first = bytes[alpnOffset + 1]!;
  const last = bytes[alpnOffset + length]!;
  if (length === 2 && isGrease((first << 8) | last)) return at + 2;
  if (isAlphanumeric(first) && isAlphanumeric(last)) {
    out[at] = first;
    out[at + 1] = last;
  } else {
    out[at] = hexDigit(first >>> 4);
    out[at + 1] = hexDigit(last & 15);
  }
  return at + 2;
}

function isAlphanumeric(octet: number): boolean {
  return (
    (octet >= 0x30 && octet <= 0x39) || (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a)
  );
}

function hexDigit(value: number): number {
  return value < 10 ? ZERO + value : 0x61 + value - 10;
}
