/**
 * Owns a syslog message (RFC 5424) and its bound: MAX_MESSAGE_BYTES, which receivers of TLS should take (RFC 5425, 4.3.1). A record that
 * is larger is told shorter, and that is counted.
 *
 * Structured data are the registered `timeQuality` and `origin` (RFC 5424, 7). JSON is written in ASCII, so that no byte order mark has
 * to stand before it, which parsers of JSON do not like; text that is not ASCII has one (6.4).
 */
import type { PriorityClass } from "../base/outbox.js";
import { ecsEvent } from "./ecs-event.js";
import { eveEvent } from "./eve-event.js";
import type { ForwardMessage, ForwardOrigin } from "./forward-record.js";
import { textLine } from "./text-line.js";

export type ForwardFormat = "text" | "eve" | "ecs";

export const MAX_MESSAGE_BYTES = 8192;
/** local4; devices of security use the local ones. */
const FACILITY = 20;
/** critical, warning, notice, informational (RFC 5424, 6.2.1). */
const SEVERITIES: Readonly<Record<PriorityClass, number>> = { critical: 2, high: 4, normal: 5, low: 6 };
const MESSAGE_IDS = { detections: "alert", incidents: "incident", agent: "agent", logs: "log" } as const;
const BYTE_ORDER_MARK = "\u{feff}";

export interface Formed {
  readonly text: string;
  /** Less is told than there is. */
  readonly isShortened: boolean;
}

/** A record as one line of JSON, without its end. @param maxBytes beyond it what matched is left out */
export function jsonLine(
  message: ForwardMessage,
  format: Exclude<ForwardFormat, "text">,
  origin: ForwardOrigin,
  maxBytes: number,
): Formed {
  const write = (one: ForwardMessage): string =>
    ascii(JSON.stringify(format === "eve" ? eveEvent(one, origin) : ecsEvent(one, origin)));
  const text = write(message);
  return text.length <= maxBytes
    ? { text, isShortened: false }
    : { text: write(shortened(message)), isShortened: true };
}

/** @param processId of the agent */
export function syslogMessage(
  message: ForwardMessage,
  format: ForwardFormat,
  origin: ForwardOrigin,
  processId: number,
): { readonly bytes: Buffer; readonly isShortened: boolean } {
  const { device, version } = origin;
  const time = new Date(message.timeMs).toISOString();
  const [host, tag] = message.kind === "logs" ? [message.source, "-"] : [device, "sekisho"];
  const synced = origin.isSynchronized() ? 1 : 0;
  const quality = `[timeQuality tzKnown="1" isSynced="${synced}"][origin software="sekisho" swVersion="${version}"]`;
  const data = message.kind === "logs" ? "-" : quality;
  const pri = FACILITY * 8 + SEVERITIES[message.priority];
  const processText = message.kind === "logs" ? "-" : processId;
  const head = `<${pri}>1 ${time} ${field(host)} ${tag} ${processText} ${MESSAGE_IDS[message.kind]} ${data} `;
  const room = MAX_MESSAGE_BYTES - Buffer.byteLength(head);
  if (format !== "text") {
    const { text, isShortened } = jsonLine(message, format, origin, room);
    return { bytes: Buffer.from(head + text), isShortened };
  }
  const line = textLine(message);
  // Each character of ASCII is one octet, any other is more.
  const body = Buffer.from(Buffer.byteLength(line) === line.length ? line : BYTE_ORDER_MARK + line);
  const isShortened = body.length > room;
  return { bytes: Buffer.concat([Buffer.from(head), isShortened ? cut(body, room) : body]), isShortened };
}

/** HOSTNAME: printable ASCII without blanks, 255 at most (RFC 5424, 6). */
function field(text: string): string {
  return text.replace(/[^!-~]/g, "_").slice(0, 255) || "-";
}

/** Text cut at a whole character. */
function cut(bytes: Buffer, length: number): Buffer {
  let end = length;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** JSON with every letter beyond ASCII escaped. */
function ascii(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Of a line: ECS has it twice, and each letter may take six octets. */
const MAX_LINE = 512;

/** The same without what has no small bound. */
function shortened(message: ForwardMessage): ForwardMessage {
  switch (message.kind) {
    case "detections":
      return { ...message, detection: { ...message.detection, metadata: {}, ruleMetadata: {} } };
    case "incidents": {
      const { id, state, verdict, rule, insideHost, firstSeen, lastSeen, count } = message.incident;
      const { metadata: _metadata, ...brief } = (rule ?? {}) as Record<string, unknown>;
      const kept = { id, state, verdict, rule: brief, insideHost, firstSeen, lastSeen, count };
      return { ...message, incident: kept };
    }
    case "agent":
      return { ...message, data: { event: message.data.event, isShortened: true } };
    case "logs":
      return { ...message, line: message.line.slice(0, MAX_LINE) };
  }
}
