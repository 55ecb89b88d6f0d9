/**
 * Owns the work on a bundle that takes time and memory: reading, verifying, unpacking. All it needs and all it finds are plain
 * values, so that it can be done in a thread of its own. A root that the bundle brings counts from the moment it is verified,
 * also where what comes behind it is refused.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { AgentError, type ErrorCode, reasonOf } from "../base/errors.js";
import type { MessageParams } from "../base/language.js";
import type { Step } from "../base/state-folder.js";
import { type ByteSource, bytesSource, type Trust, taker } from "./bundle.js";
import type { Layer } from "./layer.js";
import type { BundleReader } from "./manifest.js";
import { MAX_ROOT_BYTES, parseRoot, type TrustedRoot } from "./root-document.js";
import { type RuleSetRef, unpackBundle } from "./rule-set.js";
import { encodeSigned, readSigned } from "./signed-document.js";
import type { BadSet } from "./update-state.js";

/** Trust as a plain value: the root in its envelope, hexadecimal. */
export interface PlainTrust {
  readonly root: string;
  readonly highest: Readonly<Record<Layer, number>>;
  readonly certainMs: number;
}

export interface UnpackJob {
  /** The bundle's file. */
  readonly path: string;
  readonly setsFolder: string;
  readonly trust: PlainTrust;
  /** Hash of the manifest with the highest version of a layer. */
  readonly accepted: Partial<Record<Layer, string>>;
  readonly bad: readonly BadSet[];
  readonly reader: BundleReader;
  readonly nowMs: number;
}

export interface UnpackResult {
  /** What is trusted now, whether or not the bundle was. */
  readonly trust: PlainTrust;
  readonly ref?: RuleSetRef;
  readonly error?: { readonly code: ErrorCode; readonly params: MessageParams };
}

/** Do the work. Throws only what is a mistake of ours. */
export function runUnpackJob(job: UnpackJob, step: Step): UnpackResult {
  let trust = trustFrom(job.trust);
  let fd: number | undefined;
  try {
    fd = openBundle(job.path);
    const { ref, trust: after } = unpackBundle(
      fileSource(fd),
      {
        trust,
        reader: job.reader,
        nowMs: job.nowMs,
        allowsSame: true,
        onRoot: (next) => {
          trust = next;
        },
        onManifest: ({ layer, version }, { bytes }) => checkKnown(job, trust, layer, version, hashOf(bytes)),
      },
      job.setsFolder,
      step,
    );
    return { ref, trust: plainTrust(after) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { trust: plainTrust(trust), error: { code: error.code, params: error.params } };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

export function plainTrust({ root, highest, certainMs }: Trust): PlainTrust {
  return { root: plainRoot(root), highest, certainMs };
}

/** A root in its envelope, hexadecimal. */
export function plainRoot({ signed }: TrustedRoot): string {
  return encodeSigned(signed).toString("hex");
}

/** A root that was trusted when it was written down; its signatures were checked then. */
export function rootFrom(hex: string): TrustedRoot {
  const signed = readSigned(taker(bytesSource(Buffer.from(hex, "hex"))), MAX_ROOT_BYTES);
  return { signed, root: parseRoot(signed.bytes) };
}

function trustFrom({ root, highest, certainMs }: PlainTrust): Trust {
  return { root: rootFrom(root), highest, certainMs };
}

/** The highest version may come again only as the same set, and not where it failed. */
function checkKnown(
  { accepted, bad }: UnpackJob,
  { highest }: Trust,
  layer: Layer,
  version: number,
  hash: string,
): void {
  const failed = bad.find(({ sha256 }) => sha256 === hash);
  if (failed) {
    throw new AgentError("error.rule_sets.bad_before", {
      layer,
      version,
      at: failed.at,
      reason: failed.reason,
    });
  }
  const known = accepted[layer];
  if (version === highest[layer] && known !== undefined && known !== hash) {
    throw new AgentError("error.bundle.rollback", { layer, version, highest: highest[layer] });
  }
}

function openBundle(path: string): number {
  try {
    const fd = openSync(path, "r");
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    throw new Error("it is no regular file");
  } catch (error) {
    throw new AgentError("error.bundle.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
}

function fileSource(fd: number): ByteSource {
  return { read: (into) => readSync(fd, into, 0, into.length, null) };
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
