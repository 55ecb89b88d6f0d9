/**
 * Owns the manifest of a bundle: the one document that says what a set of rules is, for whom, until when, and of which bytes it
 * consists. It is TUF's targets, snapshot and timestamp in one: a set travels as one file, so parts of two sets cannot be mixed.
 *
 * A part is named by a file name, or as `tests/NAME/FILE`; nothing else is a name, so none leads out of its folder.
 */
import type { XStatic } from "typebox/schema";
import { parseCanonical } from "../base/canonical-json.js";
import { AgentError } from "../base/errors.js";
import { isValid, type JsonSchema } from "../base/json-schema.js";
import { LAYERS } from "./layer.js";
import { INSTANT_PATTERN, version } from "./root-document.js";
import { badForm } from "./signed-document.js";

export const MAX_MANIFEST_BYTES = 1024 * 1024;
export const MAX_PARTS = 4096;
/** All parts together. */
export const MAX_CONTENT_BYTES = 256 * 1024 * 1024;

/** Files that may be a part; what else a folder holds stays at home. */
export const PART_NAME =
  /^(?:tests\/[a-z0-9][A-Za-z0-9._-]{0,63}\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.(?:rules|config|conf|txt|csv|ioc|list|lst|yaml|json|pcap|pcapng)$/;

const group = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" } as const;
const names = { type: "array", maxItems: 1000, items: group } as const;

const MANIFEST_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: [
    "type",
    "layer",
    "name",
    "version",
    "created",
    "expires",
    "chain",
    "minimumAgent",
    "targets",
    "parts",
  ],
  properties: {
    type: { const: "rules" },
    layer: { enum: LAYERS },
    name: group,
    version,
    created: { type: "string", pattern: INSTANT_PATTERN },
    expires: { type: "string", pattern: INSTANT_PATTERN },
    /** SHA-256 of everything that stands before the manifest's envelope. */
    chain: { type: "string", pattern: "^[0-9a-f]{64}$" },
    minimumAgent: { type: "string", pattern: "^\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}$" },
    /** Devices by id, or by a group their configuration names. Both empty: every device. */
    targets: {
      type: "object",
      additionalProperties: false,
      required: ["devices", "groups"],
      properties: { devices: names, groups: names },
    },
    parts: {
      type: "array",
      minItems: 1,
      maxItems: MAX_PARTS,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["path", "length", "sha256"],
        properties: {
          path: { type: "string", maxLength: 256 },
          length: { type: "integer", minimum: 0, maximum: MAX_CONTENT_BYTES },
          sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
        },
      },
    },
  },
} as const satisfies JsonSchema;

export type Manifest = XStatic<typeof MANIFEST_SCHEMA>;
export type ManifestPart = Manifest["parts"][number];

/** Whom a bundle is to serve: what of a box the manifest is held against. */
export interface BundleReader {
  readonly device: string;
  readonly groups: readonly string[];
  /** Version of the agent, `MAJOR.MINOR.PATCH`. */
  readonly agent: string;
}

/** @throws AgentError where the bytes are no manifest */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = parseCanonical(bytes);
  if (!isValid(MANIFEST_SCHEMA, value)) throw badForm("a manifest that is none");
  const manifest = value as Manifest;
  let before = "";
  for (const { path } of manifest.parts) {
    if (!PART_NAME.test(path) || path <= before) throw badForm("a part of a name that is not allowed");
    before = path;
  }
  if (contentBytes(manifest) > MAX_CONTENT_BYTES) throw badForm("more content than a bundle may have");
  if (!(Date.parse(manifest.expires) > Date.parse(manifest.created))) {
    throw badForm("a manifest that never was valid");
  }
  return manifest;
}

/** Bytes of all parts together. */
export function contentBytes({ parts }: Pick<Manifest, "parts">): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** @throws AgentError where the bundle is for other devices or a newer agent */
export function checkReader({ targets, minimumAgent }: Manifest, reader: BundleReader): void {
  const { devices, groups } = targets;
  const isForAll = devices.length === 0 && groups.length === 0;
  const isMeant = devices.includes(reader.device) || groups.some((name) => reader.groups.includes(name));
  if (!isForAll && !isMeant) throw new AgentError("error.bundle.target", { device: reader.device });
  if (isOlder(reader.agent, minimumAgent)) {
    throw new AgentError("error.bundle.agent", { minimum: minimumAgent, version: reader.agent });
  }
}

function isOlder(version: string, minimum: string): boolean {
  const [has, needs] = [version, minimum].map((text) =>
    text.split(".").map((part) => Number.parseInt(part, 10)),
  );
  for (let i = 0; i < 3; i++) {
    const difference = (has![i] ?? 0) - (needs![i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
