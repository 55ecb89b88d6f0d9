/**
 * Owns the shape of the message `up/incident` as a monitor may rely on it. The agent's own type is the stricter one;
 * a test holds the two together.
 */
import type { XStatic } from "typebox/schema";
import { DEVICE_KINDS } from "../../base/device-kind.js";
import { numberedMessage } from "./envelope.js";

const text = { type: "string", maxLength: 1024 } as const;
const count = { type: "integer", minimum: 0 } as const;

const device = {
  type: "object",
  required: ["address"],
  properties: {
    address: text,
    hostname: { ...text, description: "What a person called it, else what it calls itself." },
    macAddress: text,
    id: { ...text, description: "Of its card; see the message up/device." },
    kind: { enum: DEVICE_KINDS, description: "A guess from what it says of itself." },
    vendor: { ...text, description: "Maker of the network interface, by its MAC." },
    owner: text,
    room: text,
    port: text,
  },
} as const;

const remote = { type: "object", properties: { name: text, address: text } } as const;

/** A set of which the first few are named and all are counted. */
function peers<const Item>(item: Item) {
  return {
    type: "object",
    required: ["named", "count", "isEstimate"],
    properties: {
      named: { type: "array", maxItems: 64, items: item },
      count,
      isEstimate: { type: "boolean", description: "Whether count is within about 5 % rather than exact." },
    },
  } as const;
}

export const INCIDENT_SCHEMA = numberedMessage("incident", "An incident that opened, grew or closed", {
  type: "object",
  required: [
    "id",
    "state",
    "rule",
    "theme",
    "direction",
    "scope",
    "verdict",
    "insideHost",
    "insideHosts",
    "remotes",
    "protocol",
    "ports",
    "isAnswered",
    "firstSeen",
    "lastSeen",
    "count",
    "evidence",
  ],
  properties: {
    id: {
      ...text,
      description: "The same through the life of an incident; the last message about it counts.",
    },
    state: { enum: ["opened", "updated", "closed"] },
    rule: {
      type: "object",
      required: ["sid", "gid", "rev", "signature", "category", "severity", "metadata"],
      properties: {
        sid: count,
        gid: count,
        rev: count,
        signature: text,
        category: text,
        severity: { type: "integer", minimum: 1, maximum: 255, description: "1 is the most severe." },
        metadata: { type: "object", additionalProperties: { type: "array", items: text } },
      },
    },
    theme: {
      enum: [
        "command-and-control",
        "malware",
        "phishing",
        "coin-mining",
        "unwanted-program",
        "intrusion",
        "attack",
        "scan",
        "denial-of-service",
        "policy",
        "suspicious",
        "information",
        "unclassified",
      ],
    },
    direction: { enum: ["outbound", "inbound", "lateral", "transit"] },
    scope: { enum: ["pair", "many-remotes", "many-inside-hosts"] },
    verdict: { enum: ["act", "watch", "information"] },
    insideHost: device,
    insideHosts: peers(device),
    remotes: peers(remote),
    protocol: text,
    ports: { type: "array", maxItems: 64, items: { type: "integer", minimum: 0, maximum: 65535 } },
    applicationProtocol: text,
    isAnswered: { type: "boolean" },
    firstSeen: { ...text, description: "Packet time, ISO 8601 in UTC." },
    lastSeen: { ...text, description: "Packet time, ISO 8601 in UTC." },
    count: { ...count, description: "Detections so far." },
    largestFlow: {
      type: "object",
      description: "Bytes of the largest connection when it was detected, by either side.",
      required: ["bytesToServer", "bytesToClient"],
      properties: { bytesToServer: count, bytesToClient: count },
    },
    evidence: {
      type: "array",
      maxItems: 64,
      items: {
        type: "object",
        required: ["kind", "value", "count"],
        properties: { kind: text, value: text, count },
      },
    },
    clock: {
      enum: ["unset", "free"],
      description: "Present where the device's clock was not kept right by NTP: free, or never set.",
    },
    closeReason: text,
    foldedInto: text,
    foldedFrom: { type: "array", items: text },
  },
} as const);

export type IncidentMessage = XStatic<typeof INCIDENT_SCHEMA>;
