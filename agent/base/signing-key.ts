/**
 * Owns Ed25519 keys (RFC 8032) as signed files name them: a key is its 32 bytes, its name the SHA-256 of these in hexadecimal, so a
 * name cannot be given to another key. `node:crypto` signs and verifies; it refuses signatures in a second spelling
 * (S not below the group's order).
 */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";

export const PUBLIC_KEY_BYTES = 32;
export const KEY_ID_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410). */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** The name of a public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicKey).digest("hex");
}

/** The 32 bytes of a public key, or of the public half of a private one; undefined where it is not Ed25519. */
export function publicBytesOf(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== "ed25519") return undefined;
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" }).subarray(SPKI_HEAD.length);
}

/** A key to verify with. */
export function publicKeyFrom(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: "der", type: "spki" });
}
