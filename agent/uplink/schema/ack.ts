/** Owns the message `down/ack`: which numbered messages a monitor has committed. See `acknowledgement.ts`. */
import type { XStatic } from "typebox/schema";
import { ENVELOPE_VERSION } from "./envelope.js";

/** Ranges in one acknowledgement: about 9 KB of JSON at most. */
export const MAX_ACK_RANGES = 256;

const sequence = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

export const ACK_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:sekisho:v1:down:ack",
  title: "Acknowledgement of a monitor, sent after its commit",
  type: "object",
  required: ["v", "ledger", "upTo"],
  properties: {
    v: { const: ENVELOPE_VERSION },
    ledger: { type: "string", minLength: 1, maxLength: 64 },
    upTo: {
      ...sequence,
      minimum: 0,
      description: "Every number from 1 to this one is committed here or was never to be sent.",
    },
    also: {
      type: "array",
      description:
        "Ranges [first, last] committed above upTo; those of the batch just committed are among them.",
      maxItems: MAX_ACK_RANGES,
      items: { type: "array", prefixItems: [sequence, sequence], minItems: 2, maxItems: 2 },
    },
    fresh: {
      const: true,
      description:
        "This monitor has only now begun to listen: what was published before and is not named here may have reached nobody.",
    },
  },
} as const;

export type AckMessage = XStatic<typeof ACK_SCHEMA>;
