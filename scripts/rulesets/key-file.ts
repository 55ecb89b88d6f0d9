/**
 * Owns files of signing keys. A private key lies sealed under a passphrase: scrypt (N = 2^16, 64 MiB) makes the key for AES-256-GCM,
 * and the tag covers the parameters as well. PKCS#8 files (PEM, encrypted or not) of other tools are read too. The public half is a
 * file of its own, PEM.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { isObject } from "#agent/base/json-schema.js";
import { keyIdOf, publicBytesOf } from "#agent/base/signing-key.js";
import { OperatorError } from "./operator-error.js";

const COST = 2 ** 16;
const MAX_COST = 2 ** 20;
const MAX_FILE_BYTES = 64 * 1024;

export interface PublicKeyFile {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

/**
 * Make a key and write `NAME.key` and `NAME.pub`; neither is ever overwritten.
 *
 * @param passphrase undefined: the key lies open, as PKCS#8
 * @returns the key's id
 */
export function makeKeyFiles(name: string, passphrase: string | undefined): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const keyId = keyIdOf(publicBytesOf(publicKey)!);
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  writeNew(`${name}.key`, passphrase === undefined ? secret : seal(privateKey, keyId, passphrase), 0o600);
  writeNew(`${name}.pub`, publicKey.export({ type: "spki", format: "pem" }).toString(), 0o644);
  return keyId;
}

/** @throws OperatorError where the file holds no Ed25519 key or the passphrase does not open it */
export function readPrivateKey(path: string, passphrase: () => string): KeyObject {
  const text = readText(path);
  const key = text.startsWith("{") ? unseal(path, text, passphrase()) : readPem(path, text, passphrase);
  if (key.asymmetricKeyType !== "ed25519") throw new OperatorError(`${path} is no Ed25519 key.`);
  return key;
}

/** The public half of a `.pub` file. */
export function readPublicKey(path: string): PublicKeyFile {
  let publicKey: Uint8Array | undefined;
  try {
    publicKey = publicBytesOf(createPublicKey(readText(path)));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
  }
  if (publicKey === undefined) throw new OperatorError(`${path} is no public Ed25519 key (PEM).`);
  return { publicKey, keyId: keyIdOf(publicKey) };
}

function seal(key: KeyObject, keyId: string, passphrase: string): string {
  const head = { v: 1, kind: "sekisho signing key", keyId, n: COST, r: 8, p: 1 };
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(passphrase, salt, COST), nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(head)));
  const secret = key.export({ type: "pkcs8", format: "der" });
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  const hex = { salt, nonce, tag: cipher.getAuthTag(), sealed };
  const parts = Object.fromEntries(Object.entries(hex).map(([name, bytes]) => [name, bytes.toString("hex")]));
  return `${JSON.stringify({ ...head, ...parts }, undefined, 2)}\n`;
}

function unseal(path: string, text: string, passphrase: string): KeyObject {
  const damaged = new OperatorError(`${path} is no sealed signing key, or is damaged.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged;
  }
  if (!isObject(value)) throw damaged;
  const { v, kind, keyId, n, r, p, ...hex } = value;
  if (v !== 1 || kind !== "sekisho signing key" || r !== 8 || p !== 1) throw damaged;
  if (typeof n !== "number" || n > MAX_COST || n < 2 ** 14 || !Number.isInteger(Math.log2(n))) throw damaged;
  const bytes = (name: string): Buffer => Buffer.from(String(hex[name] ?? ""), "hex");
  try {
    const key = sealingKey(passphrase, bytes("salt"), n);
    const decipher = createDecipheriv("aes-256-gcm", key, bytes("nonce"), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(JSON.stringify({ v, kind, keyId, n, r, p })));
    decipher.setAuthTag(bytes("tag"));
    const secret = Buffer.concat([decipher.update(bytes("sealed")), decipher.final()]);
    return createPrivateKey({ key: secret, format: "der", type: "pkcs8" });
  } catch {
    throw new OperatorError(`The passphrase does not open ${path}.`);
  }
}

function sealingKey(passphrase: string, salt: Buffer, cost: number): Buffer {
  const maxmem = 256 * cost * 8;
  return scryptSync(passphrase.normalize("NFC"), salt, 32, { N: cost, r: 8, p: 1, maxmem });
}

function readPem(path: string, text: string, passphrase: () => string): KeyObject {
  const isEncrypted = text.includes("ENCRYPTED");
  try {
    return createPrivateKey({ key: text, ...(isEncrypted && { passphrase: passphrase() }) });
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${path} is no private key, or the passphrase does not open it.`);
  }
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) throw new Error("it is too large for a key");
    return bytes.toString("utf8");
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new OperatorError(
      isThere
        ? `${path} is there already; a key is never overwritten.`
        : `${path} cannot be written: ${(error as Error).message}`,
    );
  }
}
