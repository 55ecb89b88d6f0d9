/**
 * Owns what every message under `up` has around its data.
 *
 * Two sorts: *numbered* messages come from the outbox, carry a sequence number and are sent until the monitor has
 * acknowledged them; *live* ones (state, health) say how things stand now, carry no number, and are not repeated.
 *
 * Identity of a numbered message: device, ledger and seq. A monitor that holds it already ignores it.
 * Order of a device's messages: seq, never time: the device's clock may be wrong.
 */

import type { XStatic } from "typebox/schema";
import { CLOCK_QUALITIES } from "../../base/clock-quality.js";
import { PRIORITY_CLASSES } from "../../base/outbox.js";

export const ENVELOPE_VERSION = 1;

const instant = {
  type: "string",
  description: "RFC 3339, UTC, milliseconds; by the device's clock.",
  pattern: "^[+-]?\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
} as const;

const common = {
  v: { const: ENVELOPE_VERSION, description: "Version of topics and envelope." },
  device: { type: "string", minLength: 1, maxLength: 64 },
  ledger: {
    type: "string",
    maxLength: 64,
    description:
      "Identity of the line of sequence numbers; another one counts from 1 again. Empty while the store cannot be opened.",
  },
  boot: { type: "integer", minimum: 0, description: "Rises by one with every start of the agent." },
  sentAt: instant,
} as const;

const numbered = {
  ...common,
  ledger: { ...common.ledger, minLength: 1 },
  seq: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  class: { enum: PRIORITY_CLASSES, description: "critical is sent before high, normal and low." },
  committedAt: { ...instant, description: "When it was written to the device's disk." },
  clock: {
    enum: CLOCK_QUALITIES,
    description:
      "How far the device's clock could be believed when it was written; absent where that is not known.",
  },
  historical: {
    const: true,
    description:
      "Present where it waited for more than a minute by the device's clock, or the clock was moved meanwhile.",
  },
} as const;

/** Schema of a numbered message whose `data` is `Data`. */
export function numberedMessage<const Data>(id: string, title: string, data: Data) {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:sekisho:v1:up:${id}`,
    title,
    type: "object",
    required: ["v", "device", "ledger", "boot", "seq", "class", "sentAt", "committedAt", "data"],
    properties: { ...numbered, data },
  } as const;
}

/** Schema of a live message whose `data` is `Data`. */
export function liveMessage<const Data>(id: string, title: string, data: Data) {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:sekisho:v1:up:${id}`,
    title,
    type: "object",
    required: ["v", "device", "ledger", "boot", "seq", "class", "sentAt", "committedAt", "data"],
    properties: {
      ...common,
      seq: { type: "null" },
      class: { type: "null" },
      committedAt: { type: "null" },
      data,
    },
  } as const;
}

/** Any numbered message, its data not looked into: what a monitor needs in order to keep it. */
export const NUMBERED_SCHEMA = numberedMessage("numbered", "Any numbered message", {
  type: "object",
} as const);

export type NumberedMessage = XStatic<typeof NUMBERED_SCHEMA>;
