/** The chain of roots as an operator makes it: the first, its successors, signatures on the newest. */
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalBytes } from "#agent/base/canonical-json.js";
import type { Layer } from "#agent/update/layer.js";
import {
  nextRoot,
  parseRoot,
  pinnedRoot,
  type RootDocument,
  type TrustedRoot,
} from "#agent/update/root-document.js";
import { readRoots } from "#agent/update/root-file.js";
import { withSignature } from "#agent/update/signed-document.js";
import type { PublicKeyFile } from "./key-file.js";
import { OperatorError } from "./operator-error.js";

export interface RootDraft {
  readonly created: string;
  readonly expires: string;
  readonly root: { readonly keys: readonly PublicKeyFile[]; readonly threshold: number };
  readonly rules: { readonly keys: readonly PublicKeyFile[]; readonly threshold: number };
  readonly floors: Readonly<Record<Layer, number>>;
}

/** The first root of a chain, signed by `keys`. @throws AgentError where these do not reach the threshold */
export function firstRoot(draft: RootDraft, keys: readonly KeyObject[]): TrustedRoot {
  return pinnedRoot(signedRoot(documentOf(draft, 1), keys));
}

/** The root that follows; `keys` must reach the thresholds of both. */
export function followingRoot(
  before: TrustedRoot,
  draft: RootDraft,
  keys: readonly KeyObject[],
): TrustedRoot {
  return nextRoot(before, signedRoot(documentOf(draft, before.root.version + 1), keys));
}

/** The draft that a root was made from, to be changed. */
export function draftOf({ root }: TrustedRoot): RootDraft {
  const role = (name: "root" | "rules") => ({
    threshold: root.roles[name].threshold,
    keys: root.roles[name].keys.map((keyId) => ({ keyId, publicKey: Buffer.from(root.keys[keyId]!, "hex") })),
  });
  const { created, expires, floors } = root;
  return { created, expires, floors, root: role("root"), rules: role("rules") };
}

/** @throws OperatorError, AgentError where it is no file of roots */
export function readRootChain(path: string): TrustedRoot[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${(error as Error).message}`);
  }
  return readRoots(bytes);
}

function documentOf({ created, expires, root, rules, floors }: RootDraft, version: number): Uint8Array {
  const keys = [...root.keys, ...rules.keys].map(
    ({ keyId, publicKey }) => [keyId, Buffer.from(publicKey).toString("hex")] as const,
  );
  const document: RootDocument = {
    type: "root",
    version,
    created,
    expires,
    keys: Object.fromEntries(keys),
    roles: {
      root: { keys: root.keys.map(({ keyId }) => keyId), threshold: root.threshold },
      rules: { keys: rules.keys.map(({ keyId }) => keyId), threshold: rules.threshold },
    },
    floors: { vendor: floors.vendor, site: floors.site },
  };
  const bytes = canonicalBytes(document);
  parseRoot(bytes);
  return bytes;
}

function signedRoot(bytes: Uint8Array, keys: readonly KeyObject[]) {
  return keys.reduce((signed, key) => withSignature("root", signed, key), {
    bytes,
    signatures: [],
  } as Parameters<typeof withSignature>[1]);
}
