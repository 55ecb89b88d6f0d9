/**
 * Owns the shape of the message `up/summary`: what an hour or a day held, and whether "nothing happened" may be
 * believed. The agent's own type is the stricter one; a test holds the two together.
 */
import type { XStatic } from "typebox/schema";
import { numberedMessage } from "./envelope.js";

const text = { type: "string", maxLength: 1024 } as const;
const count = { type: "integer", minimum: 0 } as const;
const time = { ...text, description: "ISO 8601 in UTC, by the device's clock." } as const;
const direction = { enum: ["outbound", "inbound", "lateral", "transit"] } as const;

export const SUMMARY_SCHEMA = numberedMessage("summary", "Summary of an hour or a day", {
  type: "object",
  required: [
    "period",
    "index",
    "from",
    "to",
    "durationS",
    "uptimeS",
    "clock",
    "clockJumps",
    "statement",
    "signedOff",
    "gaps",
    "packets",
    "drops",
    "rules",
    "detections",
    "hidden",
    "incidents",
    "folded",
    "byDirection",
    "rows",
    "otherDetections",
    "suppressions",
  ],
  properties: {
    period: { enum: ["hour", "day"] },
    index: {
      type: "integer",
      minimum: 1,
      description: "Rises by one with every period of its kind in this ledger: a missing one was lost.",
    },
    from: time,
    to: time,
    durationS: { ...count, description: "By the monotonic clock, with what the agent was off if known." },
    uptimeS: { ...count, description: "Of the period." },
    clock: {
      enum: ["unset", "free", "synchronized"],
      description: "The worst of the period; from and to mean nothing where it is unset.",
    },
    clockJumps: { ...count, description: "How often the wall clock was moved by more than two seconds." },
    statement: {
      enum: ["nothing_happened", "activity", "unproven"],
      description:
        "nothing_happened: no detection, and everything worked the whole time. unproven: no detection, but one may have been missed.",
    },
    signedOff: { type: "boolean", description: "Whether everything worked the whole time: no gaps." },
    gaps: {
      type: "array",
      maxItems: 64,
      items: {
        type: "object",
        required: ["name", "from", "durationS"],
        properties: {
          name: {
            ...text,
            description: "What was wrong: a condition of the health message, or agent.stopped.",
          },
          subject: { ...text, description: "The interface it is about." },
          from: time,
          durationS: { type: ["integer", "null"], minimum: 0 },
        },
      },
    },
    moreGaps: { type: "object", required: ["count", "durationS"], properties: { count, durationS: count } },
    packets: count,
    drops: count,
    rules: {
      type: "object",
      required: ["version", "loaded", "refused"],
      properties: {
        version: { ...text, description: "The same for the same rules in the same revisions." },
        loaded: count,
        refused: count,
      },
    },
    detections: count,
    hidden: { ...count, description: "Further detections, hidden by suppressions." },
    incidents: {
      type: "object",
      description: "Opened in the period.",
      required: ["act", "watch", "information"],
      properties: { act: count, watch: count, information: count },
    },
    folded: {
      ...count,
      description: "Messages about incidents kept back to stay within the uplink's budget.",
    },
    byDirection: {
      type: "object",
      required: ["outbound", "inbound", "lateral", "transit"],
      properties: { outbound: count, inbound: count, lateral: count, transit: count },
    },
    rows: {
      type: "array",
      maxItems: 64,
      items: {
        type: "object",
        required: ["gid", "sid", "signature", "direction", "device", "count", "hidden"],
        properties: {
          gid: count,
          sid: count,
          signature: text,
          direction,
          device: { ...text, description: "Address of the device inside." },
          count,
          hidden: count,
        },
      },
    },
    otherDetections: { ...count, description: "Detections that are in none of the rows." },
    suppressions: {
      type: "array",
      maxItems: 64,
      items: { type: "object", required: ["id", "count"], properties: { id: text, count } },
    },
  },
} as const);

export type SummaryMessage = XStatic<typeof SUMMARY_SCHEMA>;
