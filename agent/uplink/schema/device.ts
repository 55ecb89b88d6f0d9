/**
 * Owns the shape of the message `up/device`: a device of the office that was not known before, or of which something has changed.
 * Which servers it asks for stays in the box.
 */
import type { XStatic } from "typebox/schema";
import { DEVICE_KINDS } from "../../base/device-kind.js";
import { numberedMessage } from "./envelope.js";

const text = { type: "string", maxLength: 1024 } as const;
const seen = {
  type: "array",
  maxItems: 64,
  items: {
    type: "object",
    required: ["value", "firstSeen", "lastSeen"],
    properties: { value: text, firstSeen: text, lastSeen: text },
  },
} as const;

export const DEVICE_SCHEMA = numberedMessage("device", "A device inside that is new, or has changed", {
  type: "object",
  required: ["event", "card"],
  properties: {
    event: { enum: ["new", "changed"] },
    card: {
      type: "object",
      required: [
        "id",
        "kind",
        "isPrivateMac",
        "names",
        "macAddresses",
        "addresses",
        "userAgents",
        "services",
        "firstSeen",
        "lastSeen",
      ],
      properties: {
        id: {
          ...text,
          description: "The same as long as the box knows the device; the last message about it counts.",
        },
        name: { ...text, description: "What a person called it, else what it calls itself." },
        names: {
          type: "object",
          additionalProperties: text,
          description: "What it calls itself, by protocol.",
        },
        kind: { enum: DEVICE_KINDS, description: "A guess from what it says of itself." },
        vendor: { ...text, description: "Maker of the network interface, by its MAC." },
        macAddress: text,
        macAddresses: { ...seen, description: "The latest first." },
        isPrivateMac: { type: "boolean", description: "The MAC was made up by the device." },
        addresses: { ...seen, description: "The latest first." },
        dhcp: { type: "object", properties: { vendorClass: text, parameters: text, clientId: text } },
        model: text,
        userAgents: { type: "array", maxItems: 16, items: text },
        services: { type: "array", maxItems: 64, items: text },
        label: { type: "object", properties: { name: text, owner: text, room: text, port: text } },
        firstSeen: { ...text, description: "Packet time, ISO 8601 in UTC." },
        lastSeen: { ...text, description: "Packet time, ISO 8601 in UTC." },
      },
    },
  },
} as const);

export type DeviceMessage = XStatic<typeof DEVICE_SCHEMA>;
