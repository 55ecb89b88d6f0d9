/** Keys, roots and bundles for tests of the rule sets, and what a box with them trusts. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { keyIdOf, publicBytesOf } from "../../agent/base/signing-key.js";
import {
  bytesSource,
  encodeRoots,
  type Trust,
  type VerifyOptions,
  verifyBundle,
} from "../../agent/update/bundle.js";
import type { Manifest } from "../../agent/update/manifest.js";
import type { TrustedRoot } from "../../agent/update/root-document.js";
import {
  assembleBundle,
  type BundleFile,
  type Content,
  encodeBundle,
  type ManifestDraft,
  signBundle,
} from "../../scripts/rulesets/bundle-file.js";
import type { PublicKeyFile } from "../../scripts/rulesets/key-file.js";
import { draftOf, firstRoot, followingRoot, type RootDraft } from "../../scripts/rulesets/roots.js";

export const DAY_MS = 86_400_000;
/** When everything here happens. */
export const NOW_MS = Date.parse("2026-11-28T12:00:00.000Z");

export interface Signer extends PublicKeyFile {
  readonly privateKey: KeyObject;
}

export function signer(): Signer {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = publicBytesOf(privateKey)!;
  return { privateKey, publicKey, keyId: keyIdOf(publicKey) };
}

export function rule(sid: number, message = `Rule ${sid}`): string {
  return `alert dns any any -> any any (msg:"${message}"; dns.query; content:"bad-${sid}.example"; sid:${sid}; rev:1;)\n`;
}

export function part(path: string, text: string | Uint8Array): Content {
  return { path, bytes: typeof text === "string" ? Buffer.from(text) : text };
}

/** An operator: root keys, rules keys, and the chain of roots. */
export class Operator {
  readonly rootKeys: readonly Signer[];
  readonly rulesKeys: readonly Signer[];
  readonly chain: TrustedRoot[];

  constructor(
    options: { root?: number; rootThreshold?: number; rules?: number; rulesThreshold?: number } = {},
  ) {
    const { root = 1, rules = 1, rootThreshold = root, rulesThreshold = rules } = options;
    this.rootKeys = Array.from({ length: root }, signer);
    this.rulesKeys = Array.from({ length: rules }, signer);
    const draft = {
      created: at(-DAY_MS),
      expires: at(3650 * DAY_MS),
      root: { keys: this.rootKeys, threshold: rootThreshold },
      rules: { keys: this.rulesKeys, threshold: rulesThreshold },
      floors: { vendor: 0, site: 0 },
    };
    this.chain = [
      firstRoot(
        draft,
        this.rootKeys.map(({ privateKey }) => privateKey),
      ),
    ];
  }

  get root(): TrustedRoot {
    return this.chain.at(-1)!;
  }

  /** The next root, signed by `keys`; it joins the chain. */
  rotate(change: Partial<RootDraft>, keys: readonly Signer[] = this.rootKeys): TrustedRoot {
    const next = followingRoot(
      this.root,
      { ...draftOf(this.root), ...change },
      keys.map((key) => key.privateKey),
    );
    this.chain.push(next);
    return next;
  }

  /** A bundle signed by `keys`. */
  bundle(
    draft: Partial<ManifestDraft> = {},
    content: readonly Content[] = [part("office.rules", rule(7001))],
    keys: readonly Signer[] = this.rulesKeys,
  ): BundleFile {
    const complete: ManifestDraft = {
      layer: "vendor",
      name: "office",
      version: 1,
      created: at(0),
      expires: at(30 * DAY_MS),
      minimumAgent: "0.1.0",
      targets: { devices: [], groups: [] },
      ...draft,
    };
    const unsigned = assembleBundle(this.chain, complete, content);
    return keys.reduce((bundle, { privateKey }) => signBundle(bundle, privateKey), unsigned);
  }

  bytes(...args: Parameters<Operator["bundle"]>): Buffer {
    return encodeBundle(this.bundle(...args));
  }

  /** The file of roots that a box is given. */
  rootFile(): Buffer {
    return encodeRoots(this.chain);
  }

  /** What a box trusts that was installed with the first root. */
  trust(change: Partial<Trust> = {}): Trust {
    return { root: this.chain[0]!, highest: { vendor: 0, site: 0 }, certainMs: 0, ...change };
  }
}

export const READER = { device: "box-1", groups: ["offices"], agent: "0.1.0" } as const;

/** Verify as a box does, at NOW_MS. */
export function verify(bytes: Uint8Array, trust: Trust, options: Partial<VerifyOptions> = {}) {
  return verifyBundle(bytesSource(bytes), { trust, reader: READER, nowMs: NOW_MS, ...options });
}

/** The code of the refusal, or the manifest's version where there is none. */
export function outcome(work: () => { manifest: Manifest }): string | number {
  try {
    return work().manifest.version;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
}

/** An instant so far from NOW_MS. */
export function at(offsetMs: number): string {
  return new Date(NOW_MS + offsetMs).toISOString();
}
