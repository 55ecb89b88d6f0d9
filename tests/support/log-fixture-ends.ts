/** What the fixtures of log formats share: their type, and the ends that many lines name. */
import type { LogEvent } from "../../agent/syslog/log-event.js";

export type Fixture = readonly [line: string, event: LogEvent];

export const FROM_INSIDE = { sourceAddress: "192.168.100.2", sourcePort: 50123 } as const;
export const TO_WEB = { destinationAddress: "203.0.113.80", destinationPort: 443 } as const;
export const OUT = { protocol: "TCP", ...FROM_INSIDE, ...TO_WEB } as const;
export const KNOCK = {
  protocol: "TCP",
  sourceAddress: "198.51.100.7",
  sourcePort: 4000,
  destinationAddress: "203.0.113.1",
  destinationPort: 23,
} as const;
