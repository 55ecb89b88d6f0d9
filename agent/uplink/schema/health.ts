/** Owns the message `up/health`: how the agent does, every minute while connected. */
import type { XStatic } from "typebox/schema";
import { liveMessage } from "./envelope.js";

const count = { type: "integer", minimum: 0 } as const;

/** What the parts of the agent report; the uplink knows none of them. */
const HEALTH_DATA = {
  type: "object",
  required: ["uptimeS", "rssBytes", "clock", "sensors", "rules", "store", "counters"],
  properties: {
    uptimeS: count,
    rssBytes: count,
    clock: {
      enum: ["unset", "free", "synchronized"],
      description: "unset: the wall clock cannot be right. free: nobody corrects it.",
    },
    verdict: { enum: ["ok", "degraded", "failing"] },
    conditions: {
      type: "array",
      description: "Named states of an agent that is not well; empty where all is well.",
      maxItems: 64,
      items: {
        type: "object",
        required: ["name", "level"],
        properties: {
          name: { type: "string", maxLength: 64 },
          level: { enum: ["degraded", "failing"] },
          subject: { type: "string", maxLength: 256 },
        },
      },
    },
    sensors: {
      type: "array",
      maxItems: 16,
      items: {
        type: "object",
        required: ["interface", "alive"],
        properties: {
          interface: { type: "string", maxLength: 256 },
          alive: { type: "boolean" },
          packets: count,
          drops: count,
        },
      },
    },
    rules: {
      type: "object",
      required: ["generation", "loaded", "refused"],
      properties: { generation: count, loaded: count, refused: count },
    },
    store: {
      type: "object",
      required: ["bytes", "budgetBytes"],
      properties: { bytes: count, budgetBytes: count },
    },
    counters: {
      type: "object",
      description: "Everything counted, by its dotted name; rising since the start of the agent.",
      additionalProperties: { type: "number" },
    },
  },
} as const;

export const HEALTH_SCHEMA = liveMessage("health", "Health of a device, every minute", {
  ...HEALTH_DATA,
  required: [...HEALTH_DATA.required, "outbox", "uplink"],
  properties: {
    ...HEALTH_DATA.properties,
    outbox: {
      type: "object",
      required: ["messages", "bytes", "oldestAgeS", "lowestSeq"],
      properties: {
        messages: count,
        bytes: count,
        oldestAgeS: { type: ["integer", "null"], minimum: 0 },
        lowestSeq: {
          type: ["integer", "null"],
          minimum: 1,
          description: "No number below it will be sent any more; null where it is not known.",
        },
      },
    },
    uplink: {
      type: "object",
      required: ["session", "protocol", "published", "acknowledged", "unacknowledged"],
      properties: {
        session: { type: "integer", minimum: 1 },
        protocol: { enum: [4, 5] },
        published: { ...count, description: "Since the start of the agent, repeats included." },
        acknowledged: count,
        unacknowledged: { ...count, description: "Published and not yet acknowledged." },
      },
    },
  },
} as const);

/** What the rest of the agent puts into a health message. */
export type HealthData = XStatic<typeof HEALTH_DATA>;
export type HealthMessage = XStatic<typeof HEALTH_SCHEMA>;
