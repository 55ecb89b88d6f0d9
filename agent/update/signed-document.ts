/**
 * Owns the envelope around everything that is signed. It is binary and of fixed layout, so that a signature can be checked
 * before a single character of what it covers is parsed:
 *
 *     u8  signatures (1 to MAX_SIGNATURES)
 *         each: 32 bytes key id, 64 bytes signature; key ids rise
 *     u32 length, big-endian, then that many bytes
 *
 * A signature covers the document's kind, a zero byte and the bytes: what was signed as one kind never passes as another.
 * Every signature in the envelope must be valid and of a key of the role. More than the threshold asks for is allowed, a wrong
 * one is not: so nothing in an envelope can be changed without being noticed.
 */
import { type KeyObject, sign, verify } from "node:crypto";
import { AgentError } from "../base/errors.js";
import { KEY_ID_BYTES, keyIdOf, publicBytesOf, publicKeyFrom, SIGNATURE_BYTES } from "../base/signing-key.js";

export const MAX_SIGNATURES = 16;
export type DocumentKind = "root" | "rules" | "withdrawal";

export interface Signature {
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedDocument {
  readonly signatures: readonly Signature[];
  readonly bytes: Uint8Array;
}

/** Who may sign, and how many of them must. */
export interface SigningRole {
  /** Public keys by their id, in hexadecimal. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly threshold: number;
}

/** The envelope's bytes. */
export function encodeSigned({ signatures, bytes }: SignedDocument): Buffer {
  const sorted = [...signatures].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([
    Buffer.from([sorted.length]),
    ...sorted.flatMap(({ keyId, signature }) => [Buffer.from(keyId, "hex"), signature]),
    length,
    bytes,
  ]);
}

/** Takes exactly so many bytes from somewhere. @throws AgentError where there are fewer */
export type TakeBytes = (length: number) => Uint8Array;

/**
 * Read an envelope; its document is not looked into.
 *
 * @param maxBytes of the document; a larger one is refused before it is read
 * @param fewest signatures: 0 for who is about to sign it
 * @throws AgentError where it is none
 */
export function readSigned(take: TakeBytes, maxBytes: number, fewest = 1): SignedDocument {
  const count = take(1)[0]!;
  if (count < fewest || count > MAX_SIGNATURES) throw badForm(`${count} signatures`);
  const signatures: Signature[] = [];
  for (let i = 0; i < count; i++) {
    const keyId = Buffer.from(take(KEY_ID_BYTES)).toString("hex");
    const before = signatures.at(-1)?.keyId;
    if (before !== undefined && before >= keyId) throw badForm("signatures out of order");
    signatures.push({ keyId, signature: take(SIGNATURE_BYTES) });
  }
  const length = Buffer.from(take(4)).readUInt32BE();
  if (length > maxBytes) throw badForm(`a document of ${length} bytes`);
  return { signatures, bytes: take(length) };
}

/**
 * @param roles each must reach its threshold, and every signature must be of one of them
 * @throws AgentError where that is not so
 */
export function checkSignatures(
  kind: DocumentKind,
  document: SignedDocument,
  roles: readonly SigningRole[],
): void {
  const message = messageOf(kind, document.bytes);
  for (const { keyId, signature } of document.signatures) {
    const key = roles.map(({ keys }) => keys.get(keyId)).find((found) => found !== undefined);
    if (key === undefined)
      throw new AgentError("error.bundle.unknown_key", { kind, key: keyId.slice(0, 16) });
    if (!verify(null, message, publicKeyFrom(key), signature)) {
      throw new AgentError("error.bundle.signature", { kind, key: keyId.slice(0, 16) });
    }
  }
  for (const { keys, threshold } of roles) {
    const valid = document.signatures.filter(({ keyId }) => keys.has(keyId)).length;
    if (valid < threshold) throw new AgentError("error.bundle.threshold", { kind, valid, threshold });
  }
}

/**
 * The document with one more signature; one of the same key is replaced.
 *
 * @throws AgentError where the key is not Ed25519
 */
export function withSignature(
  kind: DocumentKind,
  document: SignedDocument,
  privateKey: KeyObject,
): SignedDocument {
  const publicKey = publicBytesOf(privateKey);
  if (publicKey === undefined) throw badForm("a key that is not Ed25519");
  const keyId = keyIdOf(publicKey);
  const signature = sign(null, messageOf(kind, document.bytes), privateKey);
  const others = document.signatures.filter((one) => one.keyId !== keyId);
  return { bytes: document.bytes, signatures: [...others, { keyId, signature }] };
}

function messageOf(kind: DocumentKind, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`sekisho ${kind}\0`), bytes]);
}

/** What is no bundle, with what was found instead. */
export function badForm(reason: string): AgentError {
  return new AgentError("error.bundle.form", { reason });
}
