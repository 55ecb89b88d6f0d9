/**
 * Owns the form of records in EVE JSON: an alert as Suricata writes it; what Suricata does not know (incidents, the agent's own events,
 * lines of other devices) under event types of its own with the same common fields.
 */
import { eveTimestamp } from "../base/eve-timestamp.js";
import { eveAlert } from "./eve-alert.js";
import type { ForwardMessage, ForwardOrigin } from "./forward-record.js";

export function eveEvent(message: ForwardMessage, { device }: ForwardOrigin): Record<string, unknown> {
  const common = { timestamp: eveTimestamp(message.timeMs * 1000), host: device };
  switch (message.kind) {
    case "detections":
      return { ...eveAlert(message.detection), host: device };
    case "incidents":
      return { ...common, event_type: "incident", incident: message.incident };
    case "agent":
      return { ...common, event_type: "agent", agent: { topic: message.topic, ...message.data } };
    case "logs":
      return { ...common, event_type: "log", log: { source: message.source, message: message.line } };
  }
}
