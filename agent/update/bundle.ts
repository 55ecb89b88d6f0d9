/**
 * Owns the bundle file and its verification:
 *
 *     "sekisho rules 1\n"
 *     u8 roots, each: u32 version, big-endian, then an envelope (signed-document.ts)
 *     envelope of the manifest
 *     the parts, in the manifest's order, nothing between them and nothing behind
 *
 * The order of the checks is the order of the bytes: a length is judged before its bytes are read, a signature before its
 * document is parsed, a part's hash before anything is done with the part. Roots that the box has passed already are
 * skipped unread; that they are unchanged follows from the manifest, which carries the hash of all that stands before it.
 *
 * Why not @tufjs/models: it parses JSON before it verifies, needs four files from a server that answers, and two packages on the
 * box. What a box needs of TUF are the rules of its section 5, and these fit into this folder.
 *
 * Bound in memory: one envelope (1 MiB) and one buffer of COPY_BYTES.
 */
import { createHash, type Hash } from "node:crypto";
import { AgentError } from "../base/errors.js";
import type { Layer } from "./layer.js";
import {
  type BundleReader,
  checkReader,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestPart,
  parseManifest,
} from "./manifest.js";
import { MAX_ROOT_BYTES, nextRoot, roleOf, type TrustedRoot, versionsAfter } from "./root-document.js";
import {
  badForm,
  checkSignatures,
  encodeSigned,
  readSigned,
  type SignedDocument,
  type TakeBytes,
} from "./signed-document.js";

export const BUNDLE_MAGIC = "sekisho rules 1\n";
export const MAX_ROOTS = 32;
const COPY_BYTES = 64 * 1024;

/** Bytes in order; `read` fills the front of the buffer and says how many bytes came, 0 at the end. */
export interface ByteSource {
  read(into: Uint8Array): number;
}

/** What the box trusts before it opens a bundle. */
export interface Trust {
  readonly root: TrustedRoot;
  /** Highest version of each layer that was ever accepted; 0 for none. */
  readonly highest: Readonly<Record<Layer, number>>;
  /** The latest moment that is certain: no clock that stands behind it is believed. Milliseconds since the epoch. */
  readonly certainMs: number;
}

export interface VerifyOptions {
  readonly trust: Trust;
  /** Undefined: whoever it is for. */
  readonly reader: BundleReader | undefined;
  /** Wall time, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Also a version that was accepted before, as when an installation is resumed; default false. */
  readonly allowsSame?: boolean;
  /** Called for every root that follows the trusted one, before anything it has signed is looked at. */
  readonly onRoot?: (trust: Trust) => void;
  /** Called once the manifest is verified, before any part is read. */
  readonly onManifest?: (manifest: Manifest, signed: SignedDocument) => void;
  /** Takes a part's bytes as they come; the part counts only once `onPart` has returned for the next or `verifyBundle` has. */
  readonly onPart?: (part: ManifestPart) => PartSink;
}

export interface PartSink {
  write(bytes: Uint8Array): void;
  /** The part is whole and its hash is right. */
  end(): void;
}

export interface VerifiedBundle {
  readonly manifest: Manifest;
  /** What is trusted from now on. */
  readonly trust: Trust;
}

/**
 * Read a bundle to its end.
 *
 * @throws AgentError where anything about it is not as it must be
 */
export function verifyBundle(source: ByteSource, options: VerifyOptions): VerifiedBundle {
  const { nowMs, reader, onPart } = options;
  const head = createHash("sha256");
  const take = taker(source, head);
  const trust = readRoots(take, options);
  const chain = head.copy().digest("hex");
  const signed = readSigned(take, MAX_MANIFEST_BYTES);
  checkSignatures("rules", signed, [roleOf(trust.root.root, "rules")]);
  const manifest = parseManifest(signed.bytes);
  if (manifest.chain !== chain) throw badForm("roots of another bundle");
  const certainMs = Math.max(trust.certainMs, nowMs);
  checkExpiry("root", trust.root.root.expires, certainMs);
  checkExpiry("rules", manifest.expires, certainMs);
  checkVersion(manifest, trust, options.allowsSame === true);
  if (reader !== undefined) checkReader(manifest, reader);
  options.onManifest?.(manifest, signed);
  for (const part of manifest.parts) copyPart(source, part, onPart?.(part));
  if (source.read(new Uint8Array(1)) !== 0) throw badForm("bytes behind the last part");
  return {
    manifest,
    trust: {
      ...trust,
      highest: { ...trust.highest, [manifest.layer]: manifest.version },
      certainMs: Math.max(trust.certainMs, Date.parse(manifest.created)),
    },
  };
}

/** The bytes of a bundle up to its manifest. */
export function encodeRoots(roots: readonly TrustedRoot[]): Buffer {
  return Buffer.concat([
    Buffer.from(BUNDLE_MAGIC, "latin1"),
    Buffer.from([roots.length]),
    ...roots.flatMap(({ root, signed }) => {
      const version = Buffer.alloc(4);
      version.writeUInt32BE(root.version);
      return [version, encodeSigned(signed)];
    }),
  ]);
}

/** Reads bytes that are there already. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read(into) {
      const count = Math.min(into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
  };
}

/** Takes exactly so many bytes from a source, and feeds them into a hash. */
export function taker(source: ByteSource, hash?: Hash): TakeBytes {
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = source.read(bytes.subarray(at));
      if (count === 0) throw badForm("an end too soon");
      at += count;
    }
    hash?.update(bytes);
    return bytes;
  };
}

function readRoots(take: TakeBytes, { trust, onRoot }: VerifyOptions): Trust {
  if (Buffer.from(take(BUNDLE_MAGIC.length)).toString("latin1") !== BUNDLE_MAGIC) {
    throw badForm("another kind of file");
  }
  const count = take(1)[0]!;
  if (count > MAX_ROOTS) throw badForm(`${count} roots`);
  let now = trust;
  for (let i = 0; i < count; i++) {
    const version = Buffer.from(take(4)).readUInt32BE();
    const signed = readSigned(take, MAX_ROOT_BYTES);
    if (version <= now.root.root.version) continue;
    const root = nextRoot(now.root, signed);
    if (root.root.version !== version) throw badForm("a root of another version");
    now = { ...now, root, highest: versionsAfter(now.highest, now.root.root, root.root) };
    onRoot?.(now);
  }
  return now;
}

function checkExpiry(kind: "root" | "rules", expires: string, nowMs: number): void {
  if (nowMs >= Date.parse(expires)) throw new AgentError("error.bundle.expired", { kind, expires });
}

function checkVersion({ layer, version }: Manifest, { highest }: Trust, allowsSame: boolean): void {
  const lowest = allowsSame ? highest[layer] : highest[layer] + 1;
  if (version < lowest) {
    throw new AgentError("error.bundle.rollback", { layer, version, highest: highest[layer] });
  }
}

function copyPart(source: ByteSource, part: ManifestPart, sink: PartSink | undefined): void {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(Math.min(COPY_BYTES, part.length));
  for (let left = part.length; left > 0; ) {
    const count = source.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (count === 0) throw badForm("an end too soon");
    const bytes = buffer.subarray(0, count);
    hash.update(bytes);
    sink?.write(bytes);
    left -= count;
  }
  if (hash.digest("hex") !== part.sha256) throw new AgentError("error.bundle.part", { part: part.path });
  sink?.end();
}
