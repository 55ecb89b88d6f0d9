/** The `rule_sets` section of the configuration: whose signed rule sets are taken, and how a new one is judged. */
import type { JsonSchema } from "../base/json-schema.js";

export const RULE_SETS_SCHEMA = {
  description: "Signed rule sets, from afar or by `sekisho rules install`.",
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    root_file: {
      type: ["string", "null"],
      minLength: 1,
      maxLength: 4096,
      default: null,
      description: "The operator's file of roots: whose rule sets are taken. null takes none.",
    },
    groups: {
      description: "Groups this device belongs to; rule sets and rollouts may be meant for a group.",
      type: "array",
      items: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" },
      maxItems: 16,
      default: [],
    },
    shadow_min: {
      description: "Minutes a new set runs beside the one in force without being heard; 0: none.",
      type: "number",
      minimum: 0,
      maximum: 1440,
      default: 10,
    },
    confirm_min: {
      description: "Minutes in which a set in force has to prove itself, or is taken back.",
      type: "number",
      minimum: 0.1,
      maximum: 1440,
      default: 15,
    },
    alerts_factor: {
      description: "More alerts than so many times those of the set before are an alert storm.",
      type: "number",
      minimum: 1.1,
      maximum: 1000,
      default: 10,
    },
    cost_factor: {
      description: "More time a packet than so many times that of the set before is too much.",
      type: "number",
      minimum: 1.1,
      maximum: 100,
      default: 2,
    },
    download_kib_per_s: {
      description: "How fast a set is downloaded at most.",
      type: "integer",
      minimum: 1,
      maximum: 1048576,
      default: 256,
    },
  },
} as const satisfies JsonSchema;
