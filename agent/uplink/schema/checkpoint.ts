/** Owns the message `up/checkpoint`: a seal of the device's chain of evidence, for the monitor to keep. */
import type { XStatic } from "typebox/schema";
import { numberedMessage } from "./envelope.js";

export const CHECKPOINT_SCHEMA = numberedMessage(
  "checkpoint",
  "A seal of the chain of evidence: what the device held then, it can never deny to whoever has kept this",
  {
    type: "object",
    required: ["key", "seal"],
    properties: {
      key: {
        type: "string",
        pattern: "^[0-9a-f]{64}$",
        description: "Public key (Ed25519) of the chain, by which all its seals are verified.",
      },
      seal: {
        type: "string",
        maxLength: 4096,
        description:
          "Signature in hexadecimal, a space, and canonical JSON: chain, epoch, first and last record, the last one's link, the digest of the seal before, the key that signed, the key that will sign the next.",
      },
    },
  } as const,
);

export type CheckpointMessage = XStatic<typeof CHECKPOINT_SCHEMA>;
