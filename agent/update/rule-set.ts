/**
 * Owns a rule set on the box's disk: a folder with the parts of one bundle and, as `.manifest`, the signed manifest they came
 * under. It is unpacked beside its place, every file synced, and renamed into it, so it is there whole or not at all. What was
 * unpacked is verified again whenever it is opened: a disk forgets.
 *
 * Bound: MAX_CONTENT_BYTES (manifest.ts) a set; SPARE_BYTES of the disk are left free.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statfsSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { NewFile, remove, type Step, syncFolder } from "../base/state-folder.js";
import {
  type ByteSource,
  bytesSource,
  taker,
  type VerifiedBundle,
  type VerifyOptions,
  verifyBundle,
} from "./bundle.js";
import type { Layer } from "./layer.js";
import { contentBytes, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from "./manifest.js";
import { roleOf, type TrustedRoot } from "./root-document.js";
import { checkSignatures, encodeSigned, readSigned, type SignedDocument } from "./signed-document.js";

const MANIFEST_NAME = ".manifest";
const INCOMING = ".incoming";
const SPARE_BYTES = 16 * 1024 * 1024;

/** Which set: enough to find its folder and to know it again. */
export interface RuleSetRef {
  readonly layer: Layer;
  readonly name: string;
  readonly version: number;
  readonly created: string;
  readonly expires: string;
  /** Of the manifest's bytes: two sets with it are the same. */
  readonly sha256: string;
}

/** Name of a set's folder. */
export function setFolderName({ layer, version, sha256 }: RuleSetRef): string {
  return `${layer}-${version}-${sha256.slice(0, 16)}`;
}

export function refOf(manifest: Manifest, bytes: Uint8Array): RuleSetRef {
  const { layer, name, version, created, expires } = manifest;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { layer, name, version, created, expires, sha256 };
}

/**
 * Verify a bundle and unpack it into `folder`/`setFolderName`.
 *
 * @throws AgentError where it is refused or the disk does not take it; then nothing is left of it
 */
export function unpackBundle(
  source: ByteSource,
  options: Omit<VerifyOptions, "onPart">,
  folder: string,
  step: Step,
): VerifiedBundle & { readonly ref: RuleSetRef } {
  const staging = join(folder, INCOMING);
  remove(staging);
  let open: NewFile | undefined;
  try {
    mkdirSync(staging, { recursive: true, mode: 0o700 });
    step("unpack-begun");
    const verified = verifyBundle(source, {
      ...options,
      onManifest: (manifest, signed) => {
        options.onManifest?.(manifest, signed);
        needRoom(folder, contentBytes(manifest));
        const file = new NewFile(staging, MANIFEST_NAME);
        file.write(encodeSigned(signed));
        file.end();
        step("manifest-unpacked");
      },
      onPart: ({ path }) => {
        open = new NewFile(staging, path);
        return {
          write: (bytes) => open?.write(bytes),
          end: () => {
            open?.end();
            open = undefined;
            step("part-unpacked");
          },
        };
      },
    });
    const { manifest } = verified;
    finish(staging, manifest);
    step("unpacked");
    const ref = refOf(manifest, readEnvelope(staging).bytes);
    const place = join(folder, setFolderName(ref));
    if (isWhole(folder, ref, verified.trust.root)) {
      // The same set once more: it may be in force, and stays where it is.
      remove(staging);
      return { ...verified, ref };
    }
    remove(place);
    renameSync(staging, place);
    step("set-renamed");
    syncFolder(folder);
    step("set-durable");
    return { ...verified, ref };
  } catch (error) {
    open?.abandon();
    remove(staging);
    if (error instanceof AgentError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new AgentError("error.rule_sets.disk", { path: folder, reason: reasonOf(error) }, { cause: error });
  }
}

/**
 * Whether the set in its folder is still what was signed: manifest, signature, every part.
 *
 * @throws AgentError where it is not
 */
export function checkSet(folder: string, ref: RuleSetRef, root: TrustedRoot): void {
  const path = join(folder, setFolderName(ref));
  try {
    const signed = readEnvelope(path);
    const manifest = parseManifest(signed.bytes);
    if (refOf(manifest, signed.bytes).sha256 !== ref.sha256) throw new Error("it is another set");
    // Rules keys may have changed since: what was accepted stays in force until something newer comes.
    if (signed.signatures.every(({ keyId }) => roleOf(root.root, "rules").keys.has(keyId))) {
      checkSignatures("rules", signed, [roleOf(root.root, "rules")]);
    }
    for (const part of manifest.parts) {
      if (hashOfFile(join(path, part.path)) !== part.sha256) throw new Error(`${part.path} is damaged`);
    }
  } catch (error) {
    throw new AgentError("error.rule_sets.damaged", { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Whether `checkSet` finds nothing. */
export function isWhole(folder: string, ref: RuleSetRef, root: TrustedRoot): boolean {
  try {
    checkSet(folder, ref, root);
    return true;
  } catch {
    return false;
  }
}

/** Take away all sets but these, and what an installation left. */
export function sweepSets(folder: string, keep: readonly RuleSetRef[]): void {
  const names = new Set(keep.map(setFolderName));
  for (const name of readdirSync(folder)) if (!names.has(name)) remove(join(folder, name));
}

/** Folder of a set's own tests; undefined where it brings none. */
export function testsFolder(folder: string, ref: RuleSetRef): string | undefined {
  const path = join(folder, setFolderName(ref));
  return readdirSync(path).includes("tests") ? join(path, "tests") : undefined;
}

function readEnvelope(path: string): SignedDocument {
  return readSigned(taker(bytesSource(readFileSync(join(path, MANIFEST_NAME)))), MAX_MANIFEST_BYTES);
}

/** Folders synced, files as old as the set. */
function finish(staging: string, { parts, created }: Manifest): void {
  const time = new Date(created);
  for (const { path } of parts) utimesSync(join(staging, path), time, time);
  for (const name of new Set(parts.map(({ path }) => dirname(path)))) {
    for (let at = name; at !== "."; at = dirname(at)) syncFolder(join(staging, at));
  }
  syncFolder(staging);
}

function needRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes + SPARE_BYTES) {
    throw new AgentError("error.rule_sets.disk", { path: folder, reason: "not enough room" });
  }
}

function hashOfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
