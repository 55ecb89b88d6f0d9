/** The `forward` section of the configuration: to which collectors what is kept is also sent. */
import type { JsonSchema } from "../base/json-schema.js";

/** Absolute: the list stands for itself, wherever the configuration lies. */
const file = { type: "string", pattern: "^/", maxLength: 4096 } as const;

export const FORWARD_SCHEMA = {
  description:
    "Collectors (SIEM, log server, a program on this box) that are also sent what is found. None of them can hold detection up.",
  type: "array",
  maxItems: 8,
  default: [],
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name", "to"],
    properties: {
      name: {
        description: "How it is called in status and counters.",
        type: "string",
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$",
      },
      to: {
        description:
          "udp://host:514, tcp://host:601, tls://host:6514 (syslog, RFC 5424), file:///path or unix:///path (lines of JSON).",
        type: "string",
        minLength: 1,
        maxLength: 4096,
      },
      format: {
        description:
          "text (the default of syslog), eve (Suricata's EVE JSON, the default of files and unix sockets) or ecs (Elastic Common Schema).",
        enum: ["text", "eve", "ecs"],
      },
      records: {
        description:
          "What it is sent (default: detections, incidents, agent): each detection; each incident as it opens, grows and closes; what the agent says of itself; lines of other devices.",
        type: "array",
        minItems: 1,
        maxItems: 4,
        items: { enum: ["detections", "incidents", "agent", "logs"] },
      },
      queue_kib: {
        description:
          "What may wait for it; beyond that the least important, of those the oldest, is dropped and counted (default: 1024).",
        type: "integer",
        minimum: 64,
        maximum: 65536,
      },
      ca_file: { ...file, description: "tls: authority (PEM) to trust instead of the system's." },
      cert_file: { ...file, description: "tls: certificate (PEM) shown to the collector." },
      key_file: { ...file, description: "tls: key of that certificate (PEM)." },
      max_mib: {
        description: "file: size at which it is changed (default: 16).",
        type: "integer",
        minimum: 1,
        maximum: 4096,
      },
      files: {
        description: "file: how many full ones are kept beside it (default: 3).",
        type: "integer",
        minimum: 0,
        maximum: 99,
      },
    },
  },
} as const satisfies JsonSchema;
