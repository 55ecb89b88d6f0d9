/**
 * Owns the shape of the message `up/info`: what the agent has to say of itself that must not be lost: gaps of a
 * sensor, and everything that left the store unsent. A monitor that counts sequence numbers reads here which of them
 * will never come.
 */
import type { XStatic } from "typebox/schema";
import { numberedMessage } from "./envelope.js";

const count = { type: "integer", minimum: 0 } as const;
const sequence = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;

export const INFO_SCHEMA = numberedMessage("info", "What the agent has to say of itself", {
  type: "object",
  required: ["event"],
  properties: {
    event: {
      type: "string",
      maxLength: 64,
      description:
        "sensor_gap: a sensor ended and is started again. agent_gap: the run before did not end in order (code failed: it said why; killed: it could not), and nobody listened for durationMs. sensor_overflow: records of a sensor were too many in a second. detections_counted: so many detections were counted in incidents and summaries but not written out one by one, since the budget of the disk was used up. store.tombstone: messages left the outbox unsent for want of room. store.departed: rows of the box's own tables had to go for want of room. store.ballast: the disk is full, or has room again. store.overflow: records were never stored. store.damaged: messages were found damaged. store.salvaged: the database was made anew from what was intact. store.recovered: it writes again.",
    },
    interface: { type: "string", maxLength: 256 },
    at: { type: "string", maxLength: 64 },
    reason: { type: "string", maxLength: 4096 },
    code: { type: "string", maxLength: 128 },
    priority: { enum: ["critical", "high", "normal", "low"] },
    firstSequence: { ...sequence, description: "store.tombstone: within this range messages are gone." },
    lastSequence: sequence,
    replaced: { ...count, description: "Earlier tombstones that this one stands for." },
    skippedFirst: { ...sequence, description: "store.salvaged: numbers from here on are not used." },
    skippedLast: { ...sequence, description: "The last number that is not used." },
    messages: {
      type: ["integer", "array"],
      description: "How many; in store.damaged which.",
      maxItems: 1000,
    },
    detections: { ...count, description: "detections_counted: how many since sinceMs." },
    bytes: count,
    isReleased: { type: "boolean", description: "store.ballast: whether the disk was found full." },
    departed: {
      type: "array",
      maxItems: 16,
      items: {
        type: "object",
        required: ["part", "priority", "firstNumber", "lastNumber", "records", "bytes"],
        properties: {
          part: { enum: ["detections", "incidents", "logs"] },
          priority: { enum: ["critical", "high", "normal", "low"] },
          firstNumber: sequence,
          lastNumber: sequence,
          records: count,
          bytes: count,
        },
      },
    },
    shed: { type: "object", additionalProperties: { type: "number" } },
    firstMs: { type: "number" },
    lastMs: { type: "number" },
    sinceMs: { type: "number" },
    durationMs: { type: "number" },
  },
} as const);

export type InfoMessage = XStatic<typeof INFO_SCHEMA>;
