/** The `evidence` section of the configuration: the chain of records that is kept so that it stands as evidence. */
import type { JsonSchema } from "../base/json-schema.js";

export const EVIDENCE_SCHEMA = {
  description: "Log preservation: records that are hashed one with another, sealed, and kept.",
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    enabled: {
      description: "Whether a chain is kept; its folder lies beside the store.",
      type: "boolean",
      default: true,
    },
    budget_mib: {
      description: "Room for it on disk; of more the oldest leaves.",
      type: "integer",
      minimum: 8,
      maximum: 1048576,
      default: 100,
    },
    retention_days: {
      description: "How long it is kept, in days; sooner where room is short.",
      type: "integer",
      minimum: 1,
      maximum: 3650,
      default: 400,
    },
    hold_mib: {
      description: "Further room for what a hold keeps and the rest would give up.",
      type: "integer",
      minimum: 0,
      maximum: 1048576,
      default: 64,
    },
    seal_min: {
      description: "Minutes between two seals: what came since the last can still be changed by a thief.",
      type: "integer",
      minimum: 1,
      maximum: 1440,
      default: 60,
    },
  },
} as const satisfies JsonSchema;
