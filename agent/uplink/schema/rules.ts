/** Owns the retained message `up/rules`: which rules are in force, and how the rule sets do that they come from. */
import type { XStatic } from "typebox/schema";
import { numberedMessage } from "./envelope.js";

const count = { type: "integer", minimum: 0 } as const;
const text = { type: "string", maxLength: 1024 } as const;
const set = {
  type: "object",
  required: ["name", "version", "expires"],
  properties: { name: text, version: count, expires: text },
} as const;
const sets = {
  type: "object",
  description: "By layer; vendor absent: the rules that came with the agent.",
  properties: { vendor: set, site: set },
} as const;

export const RULES_SCHEMA = numberedMessage(
  "rules",
  "Which rules are in force (retained), told on request and when they change",
  {
    type: "object",
    required: ["version", "generation", "loaded", "refused"],
    properties: {
      version: {
        type: "string",
        maxLength: 64,
        description: "The same for the same rules in the same revisions.",
      },
      generation: {
        type: "integer",
        minimum: 1,
        description: "Rises with every set since the start of the agent.",
      },
      loaded: count,
      refused: { ...count, description: "Rules of these that do not load." },
      newest: {
        type: ["string", "null"],
        maxLength: 64,
        description: "When the newest rule file was written, ISO 8601 in UTC, by the device's clock.",
      },
      sets: {
        type: "object",
        required: ["root", "phase", "activity", "active", "expired", "bad"],
        properties: {
          root: {
            type: ["integer", "null"],
            description: "Version of the trusted root; null: no set is taken.",
          },
          phase: {
            enum: ["steady", "confirming"],
            description: "confirming: the newest set has to prove itself, or is taken back.",
          },
          activity: { ...text, description: "idle, verifying, compiling, testing, shadowing or activating." },
          active: sets,
          previous: sets,
          candidate: {
            type: "object",
            required: ["layer", "name", "version"],
            properties: { layer: text, name: text, version: count },
          },
          expired: {
            type: "array",
            maxItems: 2,
            items: text,
            description: "Layers whose set is past its date.",
          },
          bad: {
            type: "array",
            maxItems: 8,
            description: "Versions that failed and are not tried again, the newest last.",
            items: {
              type: "object",
              required: ["layer", "version", "reason", "at"],
              properties: { layer: text, version: count, reason: text, at: text },
            },
          },
          refusal: {
            type: "object",
            description: "The last thing that was refused or failed to come.",
            required: ["reason", "at"],
            properties: { reason: text, at: text, layer: text, version: count },
          },
          download: {
            type: "object",
            required: ["layer", "version", "bytes", "done"],
            properties: { layer: text, version: count, bytes: count, done: count, trouble: text },
          },
        },
      },
    },
  } as const,
);

export type RulesMessage = XStatic<typeof RULES_SCHEMA>;
export type RulesData = RulesMessage["data"];
