/**
 * Owns the one secret: the private key of the epoch that runs, together with the seal that named it. Both are replaced in one step,
 * which is the step that seals: before it the old key is there and no seal, behind it the seal and the next key. The old file's
 * octets are overwritten once its name is gone, as far as the medium lets that happen.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { publicBytesOf } from "../base/signing-key.js";
import { readOwned, replaceFile, type Step } from "../base/state-folder.js";
import { digestOf } from "./record.js";
import { parseSeal, type Seal } from "./seal.js";

const NAME = "key.json";
const MAX_BYTES = 16 * 1024;

export interface EpochKey {
  /** Signs the next seal. */
  readonly privateKey: KeyObject;
  /** The last seal. */
  readonly seal: Seal;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** In hexadecimal. */
  readonly publicKey: string;
}

export function makeKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: Buffer.from(publicBytesOf(privateKey)!).toString("hex") };
}

/** @returns undefined where there is none that can be used */
export function readEpochKey(folder: string): EpochKey | undefined {
  try {
    const [digest, body = ""] = readOwned(join(folder, NAME), MAX_BYTES).toString("utf8").split("\n");
    if (digestOf(body).toString("hex") !== digest) return undefined;
    const { key, seal: line } = JSON.parse(body) as { key: string; seal: string };
    const seal = parseSeal(line);
    const privateKey = createPrivateKey({ key: Buffer.from(key, "base64"), format: "der", type: "pkcs8" });
    const publicKey = Buffer.from(publicBytesOf(privateKey) ?? []).toString("hex");
    return seal?.next === publicKey ? { privateKey, seal } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws the system's error where the disk does not take it; then the old key may still be in place */
export function replaceEpochKey(folder: string, { privateKey, seal }: EpochKey, step: Step): void {
  const key = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  const body = JSON.stringify({ key, seal: seal.line });
  const digest = digestOf(body).toString("hex");
  const old = openIfThere(join(folder, NAME));
  try {
    replaceFile(join(folder, NAME), `${digest}\n${body}\n`, step, "key");
    if (old !== undefined) erase(old, body.length + digest.length + 2);
  } finally {
    if (old !== undefined) closeSync(old);
  }
}

/** The new key is in place: whether the old one's octets can be overwritten changes nothing any more. */
function erase(fd: number, byteCount: number): void {
  try {
    writeSync(fd, Buffer.alloc(byteCount), 0, byteCount, 0);
    fsyncSync(fd);
  } catch {
    // Its name is gone; the medium keeps what it keeps.
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r+");
  } catch {
    return undefined;
  }
}
