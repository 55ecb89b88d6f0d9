/**
 * Owns the shape of the configuration: every key, its type, its bounds and its default. Types, check, defaults and
 * the published JSON Schema are all read from this one literal.
 *
 * Keys are written here as in the YAML file. What a schema cannot say (a CIDR, a URL, a file that must exist) is
 * checked in `semantics.ts`.
 */
import type { XStatic } from "typebox/schema";
import type { Complete, JsonSchema } from "../base/json-schema.js";
import { LOG_LEVELS } from "../base/log-level.js";
import { EVIDENCE_SCHEMA } from "./evidence-schema.js";
import { FORWARD_SCHEMA } from "./forward-schema.js";
import { RULE_SETS_SCHEMA } from "./rule-sets-schema.js";
import { SYSLOG_SCHEMA } from "./syslog-schema.js";

const path = { type: ["string", "null"], minLength: 1, maxLength: 4096, default: null } as const;

export const CONFIG_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:sekisho:config:1",
  title: "sekisho configuration",
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    device: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        id: {
          description: "MQTT client id and topic level. Default: a name derived from /etc/machine-id.",
          type: ["string", "null"],
          default: null,
        },
      },
    },
    home_net: {
      description:
        "Inside networks (CIDR): $HOME_NET of the rules and the inside of an incident's direction.",
      type: "array",
      items: { type: "string" },
      minItems: 1,
      maxItems: 256,
      default: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    },
    capture: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        interfaces: {
          description: "Network interfaces to listen on.",
          type: "array",
          items: { type: "string", pattern: "^[^/\\s]{1,15}$" },
          maxItems: 16,
          default: [],
        },
        driver: {
          description:
            "auto takes node-pcap where it is installed, else tcpdump; helper asks sekisho-capture.service, and needs no right of its own.",
          enum: ["auto", "pcap", "tcpdump", "helper"],
          default: "auto",
        },
        file: { ...path, description: "Replay this capture at recorded speed instead of listening." },
        speed: {
          description: "How many times as fast as recorded a capture file is played.",
          type: "number",
          minimum: 0.01,
          maximum: 100000,
          default: 1,
        },
        snaplen: {
          description: "Bytes kept of each packet.",
          type: "integer",
          minimum: 128,
          maximum: 262144,
          default: 65535,
        },
        filter: {
          description: "BPF expression of packets to look at; empty takes all.",
          type: "string",
          maxLength: 4096,
          default: "",
        },
      },
    },
    rules: {
      description: "Rule files, or folders of *.rules. Empty takes the rules shipped with the agent.",
      type: "array",
      items: { type: "string", minLength: 1, maxLength: 4096 },
      maxItems: 256,
      default: [],
    },
    rules_cache: {
      ...path,
      description:
        "Folder for compiled rules where the folder of the rules cannot be written. Default: beside the store.",
    },
    rules_allow_empty: {
      description:
        "Run although no rule is loaded. Without it an agent with nothing to detect refuses to start.",
      type: "boolean",
      default: false,
    },
    rule_policy: {
      description:
        "What goes with the rules. null takes the file of that name from beside the rules, if any.",
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        threshold_file: { ...path, description: "Suricata's threshold.config: thresholds and suppressions." },
        disable_conf: { ...path, description: "Rules to switch off, as suricata-update reads them." },
        enable_conf: { ...path, description: "Rules to switch on although their file comments them out." },
        drop_conf: { ...path, description: "Rules that are to say drop; this agent only watches." },
        modify_conf: { ...path, description: "Rules to change: matcher, expression, replacement." },
      },
    },
    rule_sets: RULE_SETS_SCHEMA,
    variables: {
      description: "Suricata's vars: name without $ to value, in Suricata's syntax.",
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        address_groups: {
          type: "object",
          propertyNames: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" },
          additionalProperties: { type: "string", minLength: 1 },
          maxProperties: 256,
          default: {},
        },
        port_groups: {
          type: "object",
          propertyNames: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" },
          additionalProperties: { type: ["string", "integer"] },
          maxProperties: 256,
          default: {},
        },
      },
    },
    store: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        path: {
          description: "Database file.",
          type: "string",
          minLength: 1,
          maxLength: 4096,
          default: "/var/lib/sekisho/sekisho.db",
        },
        budget_mib: {
          description: "Room on disk for everything that is kept, database, log and ballast together.",
          type: "integer",
          minimum: 8,
          maximum: 65536,
          default: 256,
        },
        detail_mib_per_hour: {
          description:
            "Detections that are written out one by one, in an hour (each costs the flash about four times its size); beyond it those that repeat, then all, are only counted.",
          type: "integer",
          minimum: 1,
          maximum: 65536,
          default: 16,
        },
        shares_percent: {
          description: "How the room is divided, in percent; together 100 at most.",
          type: "object",
          additionalProperties: false,
          default: {},
          properties: {
            outbox: { type: "integer", minimum: 5, maximum: 85, default: 50 },
            incidents: { type: "integer", minimum: 5, maximum: 85, default: 15 },
            detections: { type: "integer", minimum: 5, maximum: 85, default: 25 },
            logs: { type: "integer", minimum: 5, maximum: 85, default: 10 },
          },
        },
        retention_days: {
          description:
            "How long things are kept, in days during which the agent ran; sooner where room is short.",
          type: "object",
          additionalProperties: false,
          default: {},
          properties: {
            detections: { type: "integer", minimum: 1, maximum: 3650, default: 90 },
            incidents: { type: "integer", minimum: 1, maximum: 3650, default: 400 },
            logs: { type: "integer", minimum: 1, maximum: 3650, default: 90 },
          },
        },
      },
    },
    uplink: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        url: {
          description:
            "mqtt://host:port or mqtts://host:port of the broker; null keeps everything on the device.",
          type: ["string", "null"],
          default: null,
        },
        username: { type: ["string", "null"], minLength: 1, maxLength: 256, default: null },
        password_file: { ...path, description: "File whose first line is the password." },
        ca_file: { ...path, description: "Certificates (PEM) to trust instead of the system's." },
        cert_file: { ...path, description: "Client certificate (PEM); its CN is the device id." },
        key_file: { ...path, description: "Key of the client certificate (PEM)." },
        acknowledgement: {
          description:
            "Who says that a message may leave the outbox: the monitor after its commit, or the broker (less safe).",
          enum: ["monitor", "broker"],
          default: "monitor",
        },
        receive_window: {
          description: "Messages on the way to the broker at once; the broker's Receive Maximum lowers it.",
          type: "integer",
          minimum: 1,
          maximum: 65535,
          default: 64,
        },
        budget_kib_per_hour: {
          description:
            "What messages about incidents may cost the line; beyond it those of low severity are only counted in the summaries.",
          type: "integer",
          minimum: 16,
          maximum: 1048576,
          default: 512,
        },
        protocol: {
          description: "MQTT version: 5, 4 (that is 3.1.1), or auto: 5 first and 3.1.1 where it is refused.",
          enum: ["auto", 5, 4],
          default: "auto",
        },
      },
    },
    incident: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        idle_min: {
          description: "Minutes without a further hit after which an incident is closed.",
          type: "integer",
          minimum: 1,
          maximum: 1440,
          default: 15,
        },
      },
    },
    health: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        silence_min: {
          description:
            "Minutes without a packet on a link that is up, after which the agent calls itself blind.",
          type: "integer",
          minimum: 1,
          maximum: 1440,
          default: 10,
        },
        rules_max_age_days: {
          description: "Days after which the newest rule file counts as stale.",
          type: "integer",
          minimum: 1,
          maximum: 3650,
          default: 90,
        },
        uplink_patience_min: {
          description: "Minutes without the broker after which that is a condition of its own.",
          type: "integer",
          minimum: 1,
          maximum: 1440,
          default: 15,
        },
      },
    },
    syslog: SYSLOG_SCHEMA,
    evidence: EVIDENCE_SCHEMA,
    forward: FORWARD_SCHEMA,
    control: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        socket: {
          description:
            "Unix socket on which `sekisho status` asks the running agent; null: control.sock beside the store.",
          type: ["string", "null"],
          minLength: 1,
          maxLength: 100,
          default: null,
        },
      },
    },
    metrics: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        port: {
          description: "Port on 127.0.0.1 for Prometheus; null serves none.",
          type: ["integer", "null"],
          minimum: 1,
          maximum: 65535,
          default: null,
        },
      },
    },
    page: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        port: {
          description: "Port of the box's own page; null serves none.",
          type: ["integer", "null"],
          minimum: 1,
          maximum: 65535,
          default: null,
        },
        interface: {
          description: "Interface on whose address the page is served: loopback, or one for management.",
          type: "string",
          pattern: "^[^/\\s]{1,15}$",
          default: "lo",
        },
      },
    },
    log: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: { level: { enum: LOG_LEVELS, default: "info" } },
    },
    language: {
      description: "Language of texts for people; null follows the environment.",
      enum: ["en", "ja", null],
      default: null,
    },
  },
} as const satisfies JsonSchema;

type CompleteConfig = Complete<XStatic<typeof CONFIG_SCHEMA>>;

/** The configuration as the agent reads it: complete, checked, frozen, every path absolute. */
export type Config = Omit<CompleteConfig, "device" | "control"> & {
  readonly device: { readonly id: string };
  readonly control: { readonly socket: string };
};
