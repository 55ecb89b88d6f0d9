/**
 * Owns the root of trust: which keys may sign rules, how many of them must, and which keys may say so the next time. It is
 * pinned when the box is installed and follows only a chain: each root is signed by the threshold of the one before and by its
 * own (TUF specification 1.0, section 5.3), and its version is the next one.
 *
 * `floors` is the lowest version each layer may have from then on. Where a rules key leaves, the highest version seen counts no
 * more and the floor takes its place: a thief who signed the highest possible version would else lock the owner out for ever.
 */
import type { XStatic } from "typebox/schema";
import { parseCanonical } from "../base/canonical-json.js";
import { AgentError } from "../base/errors.js";
import { isValid, type JsonSchema } from "../base/json-schema.js";
import { keyIdOf } from "../base/signing-key.js";
import { LAYERS, type Layer } from "./layer.js";
import { badForm, checkSignatures, type SignedDocument, type SigningRole } from "./signed-document.js";

export const MAX_ROOT_BYTES = 64 * 1024;
const HEX_32 = "^[0-9a-f]{64}$";
export const INSTANT_PATTERN = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$";
export const version = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
const floor = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

const role = {
  type: "object",
  additionalProperties: false,
  required: ["keys", "threshold"],
  properties: {
    keys: { type: "array", minItems: 1, maxItems: 16, items: { type: "string", pattern: HEX_32 } },
    threshold: { type: "integer", minimum: 1, maximum: 16 },
  },
} as const;

const ROOT_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["type", "version", "created", "expires", "keys", "roles", "floors"],
  properties: {
    type: { const: "root" },
    version,
    created: { type: "string", pattern: INSTANT_PATTERN },
    expires: { type: "string", pattern: INSTANT_PATTERN },
    keys: {
      type: "object",
      maxProperties: 32,
      propertyNames: { type: "string", pattern: HEX_32 },
      additionalProperties: { type: "string", pattern: HEX_32 },
    },
    roles: {
      type: "object",
      additionalProperties: false,
      required: ["root", "rules"],
      properties: { root: role, rules: role },
    },
    floors: {
      type: "object",
      additionalProperties: false,
      required: ["vendor", "site"],
      properties: { vendor: floor, site: floor },
    },
  },
} as const satisfies JsonSchema;

export type RootDocument = XStatic<typeof ROOT_SCHEMA>;

/** A root that is trusted, with the envelope it came in. */
export interface TrustedRoot {
  readonly root: RootDocument;
  readonly signed: SignedDocument;
}

/**
 * The root in an envelope that is pinned: it must be what its own keys have signed, which proves that it is whole, and no more.
 *
 * @throws AgentError where it is not
 */
export function pinnedRoot(signed: SignedDocument): TrustedRoot {
  const root = parseRoot(signed.bytes);
  checkSignatures("root", signed, [roleOf(root, "root")]);
  return { root, signed };
}

/**
 * The root that follows a trusted one.
 *
 * @throws AgentError where it does not
 */
export function nextRoot(trusted: TrustedRoot, signed: SignedDocument): TrustedRoot {
  // Signatures of keys that are only in the new root can be checked only once it is read: the old ones' come first.
  const old = roleOf(trusted.root, "root");
  const byOld = signed.signatures.filter(({ keyId }) => old.keys.has(keyId));
  checkSignatures("root", { bytes: signed.bytes, signatures: byOld }, [old]);
  const root = parseRoot(signed.bytes);
  checkSignatures("root", signed, [old, roleOf(root, "root")]);
  if (root.version !== trusted.root.version + 1) {
    throw new AgentError("error.bundle.root_order", {
      version: root.version,
      expected: trusted.root.version + 1,
    });
  }
  return { root, signed };
}

/** Keys and threshold of a role. */
export function roleOf(root: RootDocument, name: "root" | "rules"): SigningRole {
  const { keys, threshold } = root.roles[name];
  return { threshold, keys: new Map(keys.map((id) => [id, Buffer.from(root.keys[id]!, "hex")])) };
}

/** Highest versions after `next` has taken the place of `before`. */
export function versionsAfter(
  highest: Readonly<Record<Layer, number>>,
  before: RootDocument,
  next: RootDocument,
): Record<Layer, number> {
  const left = before.roles.rules.keys.some((id) => !next.roles.rules.keys.includes(id));
  const after = { ...highest };
  for (const layer of LAYERS) {
    const floorVersion = next.floors[layer];
    after[layer] = left ? floorVersion : Math.max(highest[layer], floorVersion);
  }
  return after;
}

/** @throws AgentError where the bytes are no root */
export function parseRoot(bytes: Uint8Array): RootDocument {
  const value = parseCanonical(bytes);
  if (!isValid(ROOT_SCHEMA, value)) throw badForm("a root that is none");
  const root = value as RootDocument;
  for (const [id, key] of Object.entries(root.keys)) {
    if (keyIdOf(Buffer.from(key, "hex")) !== id) throw badForm("a key under another's name");
  }
  for (const { keys, threshold } of Object.values(root.roles)) {
    const isKnown = keys.every((id) => Object.hasOwn(root.keys, id));
    if (!isKnown || new Set(keys).size !== keys.length || threshold > keys.length) {
      throw badForm("a role that cannot be filled");
    }
  }
  if (!(Date.parse(root.expires) > Date.parse(root.created))) throw badForm("a root that never was valid");
  return root;
}
