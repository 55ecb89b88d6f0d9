/**
 * Owns the retained message that says which rule set a device, or a group of them, is to have: `down/rules/<layer>`. It is a
 * pointer and no authority: what it points to counts by the signatures in it, and a version never falls.
 *
 * The content lies in retained chunks under `sekisho/v1/content/<bundle>/<n>`, n from 0, or at a URL, or both.
 */
import type { XStatic } from "typebox/schema";
import { ENVELOPE_VERSION } from "./envelope.js";

/** Chunks fit into what a device takes of a message (limits.ts). */
export const LARGEST_CHUNK_BYTES = 56 * 1024;
export const MAX_BUNDLE_BYTES = 512 * 1024 * 1024;

export const DESIRED_RULES_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:sekisho:v1:down:rules",
  title: "Which rule set a device or a group is to have (retained)",
  type: "object",
  required: ["v", "layer", "version", "bundle", "bytes", "chunkBytes"],
  properties: {
    v: { const: ENVELOPE_VERSION },
    layer: { enum: ["vendor", "site"] },
    version: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    bundle: { type: "string", pattern: "^[0-9a-f]{64}$", description: "SHA-256 of the bundle's file." },
    bytes: { type: "integer", minimum: 1, maximum: MAX_BUNDLE_BYTES },
    chunkBytes: {
      type: "integer",
      minimum: 0,
      maximum: LARGEST_CHUNK_BYTES,
      description: "Bytes of every chunk but the last; 0: there are none, only the URL.",
    },
    url: { type: "string", maxLength: 2048, pattern: "^https://[^\\s]+$" },
  },
} as const;

export type DesiredRules = XStatic<typeof DESIRED_RULES_SCHEMA>;
