/** Bundles as an operator handles them: a file in memory, its manifest and signatures, and a further signature on it. */
import { createHash, type KeyObject } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { canonicalBytes } from "#agent/base/canonical-json.js";
import { bytesSource, encodeRoots, taker, verifyBundle } from "#agent/update/bundle.js";
import {
  MAX_CONTENT_BYTES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  parseManifest,
} from "#agent/update/manifest.js";
import type { TrustedRoot } from "#agent/update/root-document.js";
import {
  encodeSigned,
  readSigned,
  type SignedDocument,
  withSignature,
} from "#agent/update/signed-document.js";
import { OperatorError } from "./operator-error.js";

/** A bundle taken apart; nothing about it is verified but its form. */
export interface BundleFile {
  /** Everything before the manifest's envelope. */
  readonly head: Uint8Array;
  readonly signed: SignedDocument;
  readonly manifest: Manifest;
  readonly content: Uint8Array;
}

/** What a manifest says besides what follows from roots and content. */
export type ManifestDraft = Omit<Manifest, "type" | "chain" | "parts">;

export interface Content {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A bundle without a signature. */
export function assembleBundle(
  roots: readonly TrustedRoot[],
  draft: ManifestDraft,
  content: readonly Content[],
): BundleFile {
  const head = encodeRoots(roots);
  const sorted = [...content].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.map(({ path, bytes }) => ({ path, length: bytes.length, sha256: hashOf(bytes) }));
  const bytes = canonicalBytes({ ...draft, type: "rules", chain: hashOf(head), parts });
  // As a box will read it: what it would refuse is refused here.
  const manifest = parseManifest(bytes);
  return {
    head,
    signed: { signatures: [], bytes },
    manifest,
    content: Buffer.concat(sorted.map((part) => part.bytes)),
  };
}

/** The same bundle with one more signature. */
export function signBundle(bundle: BundleFile, key: KeyObject): BundleFile {
  return { ...bundle, signed: withSignature("rules", bundle.signed, key) };
}

export function encodeBundle({ head, signed, content }: BundleFile): Buffer {
  return Buffer.concat([head, encodeSigned(signed), content]);
}

/** @throws AgentError where the bytes are no bundle */
export function decodeBundle(bytes: Uint8Array): BundleFile {
  const source = bytesSource(bytes);
  const take = taker(source);
  take(16);
  const rootCount = take(1)[0]!;
  let headBytes = 17;
  for (let i = 0; i < rootCount; i++) {
    take(4);
    headBytes += 4 + encodeSigned(readSigned(take, MAX_MANIFEST_BYTES)).length;
  }
  const signed = readSigned(take, MAX_MANIFEST_BYTES, 0);
  const contentAt = headBytes + encodeSigned(signed).length;
  return {
    head: bytes.subarray(0, headBytes),
    signed,
    manifest: parseManifest(signed.bytes),
    content: bytes.subarray(contentAt),
  };
}

/** Each part with its bytes. */
export function partsOf({ manifest, content }: BundleFile): Content[] {
  let at = 0;
  return manifest.parts.map(({ path, length }) => {
    at += length;
    return { path, bytes: content.subarray(at - length, at) };
  });
}

/** Verify a bundle as a box with this root would that has no rules yet, whichever box it is. @throws AgentError */
export function verifyAsBox(bytes: Uint8Array, root: TrustedRoot, nowMs: number): Manifest {
  const trust = { root, highest: { vendor: 0, site: 0 }, certainMs: 0 };
  return verifyBundle(bytesSource(bytes), { trust, reader: undefined, nowMs }).manifest;
}

export function readBundleFile(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_CONTENT_BYTES * 2) throw new Error("it is too large for a bundle");
    return bytes;
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Write a file whole, in place of one that may be there. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new OperatorError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
