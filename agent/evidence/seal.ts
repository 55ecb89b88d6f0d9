/**
 * Owns seals: what the device signs at intervals over everything the chain holds by then.
 *
 * Each seal is signed with the key of its epoch (Ed25519), names the key of the next, and carries the digest of the seal before.
 * The key is erased as soon as it has signed: who takes the device has the key of the epoch that runs, and with it nothing can be
 * sealed that lies before. Seal 0 holds nothing; its key is the chain's own public key, by which everything is verified.
 *
 * A seal is one line: signature in hexadecimal, a space, the body as canonical JSON. Signed are the text "sekisho seal", a zero
 * octet and the body.
 */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { canonicalBytes, parseCanonical } from "../base/canonical-json.js";
import { isValid } from "../base/json-schema.js";
import { publicKeyFrom, SIGNATURE_BYTES } from "../base/signing-key.js";

const hash = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;
const number = { type: "integer", minimum: 0 } as const;
const BODY_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["v", "chain", "device", "epoch", "at", "first", "last", "hash", "previous", "key", "next"],
  properties: {
    v: { const: 1 },
    chain: { type: "string", pattern: "^[0-9a-f]{32}$" },
    device: { type: "string", minLength: 1, maxLength: 64 },
    epoch: number,
    at: { type: "integer" },
    first: number,
    last: number,
    hash,
    previous: { type: "string", pattern: "^(?:[0-9a-f]{64})?$" },
    key: hash,
    next: hash,
  },
} as const;

export interface SealBody {
  readonly v: 1;
  /** Random name of the chain. */
  readonly chain: string;
  readonly device: string;
  /** 0, 1, 2 … */
  readonly epoch: number;
  /** Wall time of the box, milliseconds since the Unix epoch. */
  readonly at: number;
  /** First record that no earlier seal covers; `last` + 1 where there is none. */
  readonly first: number;
  readonly last: number;
  /** Link of record `last`. */
  readonly hash: string;
  /** SHA-256 of the seal before; empty for seal 0. */
  readonly previous: string;
  /** Public key that signed this. */
  readonly key: string;
  /** Public key that will sign the next. */
  readonly next: string;
}

export interface Seal extends SealBody {
  readonly line: string;
  /** SHA-256 of the line. */
  readonly digest: string;
}

/** Why a seal does not hold. */
export type SealProblem = "form" | "signature" | "order" | "link" | "key" | "chain";

const CONTEXT = Buffer.from("sekisho seal\0");
const SIGNATURE_LENGTH = SIGNATURE_BYTES * 2;

export function signSeal(body: SealBody, privateKey: KeyObject): Seal {
  const bytes = canonicalBytes(body);
  const signature = sign(null, Buffer.concat([CONTEXT, bytes]), privateKey);
  const line = `${signature.toString("hex")} ${Buffer.from(bytes).toString()}`;
  return { ...body, line, digest: digestOfSeal(line) };
}

/** The seal in a line; undefined where it is none. Its signature is not looked at. */
export function parseSeal(line: string): Seal | undefined {
  if (!/^[0-9a-f]{128} /.test(line)) return undefined;
  const body = parseCanonical(Buffer.from(line.slice(SIGNATURE_LENGTH + 1)));
  if (!isValid(BODY_SCHEMA, body)) return undefined;
  return { ...(body as SealBody), line, digest: digestOfSeal(line) };
}

/** Whether the key that a seal names has signed it. */
export function isSigned({ line, key }: Seal): boolean {
  const signature = Buffer.from(line.slice(0, SIGNATURE_LENGTH), "hex");
  const body = Buffer.from(line.slice(SIGNATURE_LENGTH + 1));
  return verify(null, Buffer.concat([CONTEXT, body]), publicKeyFrom(Buffer.from(key, "hex")), signature);
}

/** What is wrong with a seal behind the one before it; undefined where it follows. */
export function problemBehind(before: Seal, seal: Seal): SealProblem | undefined {
  if (seal.chain !== before.chain || seal.device !== before.device) return "chain";
  if (seal.epoch !== before.epoch + 1) return "order";
  if (seal.previous !== before.digest) return "link";
  if (seal.key !== before.next) return "key";
  if (seal.first !== before.last + 1 || seal.last < before.last) return "order";
  return isSigned(seal) ? undefined : "signature";
}

/** What is wrong with a first seal; undefined where it is one of this key. */
export function problemOfFirst(seal: Seal, publicKey: string): SealProblem | undefined {
  if (seal.key !== publicKey) return "key";
  if (seal.epoch !== 0 || seal.previous !== "" || seal.last !== 0 || seal.first !== 1) return "order";
  return isSigned(seal) ? undefined : "signature";
}

function digestOfSeal(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}
