/** The `syslog` section of the configuration: who may send logs here, and on which ports they are taken in. */
import type { JsonSchema } from "../base/json-schema.js";

const port = { type: ["integer", "null"], minimum: 1, maximum: 65535, default: null } as const;
const file = { type: ["string", "null"], minLength: 1, maxLength: 4096, default: null } as const;

/** Formats that can be named for a source; `auto` finds out by itself. */
export const SYSLOG_FORMATS = [
  "auto",
  "yamaha",
  "nec-ix",
  "fortigate",
  "sonicwall",
  "watchguard",
  "sophos",
  "pfsense",
  "netfilter",
  "dnsmasq",
  "cisco-asa",
  "meraki",
  "cef",
  "leef",
  "palo-alto",
] as const;

export const SYSLOG_SCHEMA = {
  description: "Logs of other devices, taken in by syslog. Off where no port is given.",
  type: "object",
  additionalProperties: false,
  default: {},
  properties: {
    address: {
      description: "Address to listen on; :: takes IPv4 and IPv6.",
      type: "string",
      minLength: 2,
      maxLength: 45,
      default: "::",
    },
    udp_port: { ...port, description: "Port for syslog over UDP (RFC 5426); below 1024 needs a capability." },
    tcp_port: { ...port, description: "Port for syslog over TCP (RFC 6587), both framings." },
    tls_port: { ...port, description: "Port for syslog over TLS (RFC 5425)." },
    cert_file: { ...file, description: "Certificate (PEM) shown to devices that send over TLS." },
    key_file: { ...file, description: "Key of that certificate (PEM)." },
    client_ca_file: {
      ...file,
      description: "Authority (PEM) that must have signed a device's certificate; null asks for none.",
    },
    sources: {
      description: "Devices whose logs are taken; what others send is counted and thrown away.",
      type: "array",
      maxItems: 64,
      default: [],
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "address"],
        properties: {
          name: {
            description: "How the device is called in records and reports.",
            type: "string",
            pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
          },
          address: { description: "Its address, or a network (CIDR).", type: "string", maxLength: 64 },
          format: { description: "How its lines are written (default: auto).", enum: SYSLOG_FORMATS },
          utc_offset_min: {
            description: "Its clock's distance from UTC in minutes (default: that of this box).",
            type: "integer",
            minimum: -840,
            maximum: 840,
          },
          silence_min: {
            description: "Minutes without a line after which it counts as silent; 0: never (default: 60).",
            type: "integer",
            minimum: 0,
            maximum: 10080,
          },
          max_per_s: {
            description: "Lines a second taken in from it at most (default: 5000).",
            type: "integer",
            minimum: 1,
            maximum: 200000,
          },
        },
      },
    },
  },
} as const satisfies JsonSchema;
