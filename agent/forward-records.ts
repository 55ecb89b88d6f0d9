/** What of the agent's doings is sent on to collectors, and under which kind. */
import type { ForwardLogLine, ForwardRecord } from "./forward/forward-record.js";
import { type StoreEntry, wholeNumber } from "./store/record.js";
import { decodeText } from "./syslog/body-text.js";
import { readLogBlock } from "./syslog/log-block.js";

/** Messages for the monitor alone: what they say is sent on as what it is about, or is an inventory. */
const LEFT_OUT = new Set(["incident", "summary", "device", "result", "state", "health"]);
const OWN_SOURCE = "sekisho";
/** What a record costs in memory beside its text, about. */
const OVERHEAD_BYTES = 512;
/** A detection as an object, by what such records measured. */
const DETECTION_BYTES = 2048;

export function forwardRecords(entry: StoreEntry, wallMs: number): ForwardRecord[] {
  const { priority, detection, incident, message, log } = entry;
  const records: ForwardRecord[] = [];
  if (detection) {
    // A hostile capture may say any time.
    const timeMs = wholeNumber(detection.timeUs / 1000);
    records.push({ kind: "detections", priority, timeMs, bytes: DETECTION_BYTES, detection });
  }
  if (incident) {
    const bytes = incident.payload.length * 2 + OVERHEAD_BYTES;
    const { updatedMs: timeMs, payload } = incident;
    records.push({ kind: "incidents", priority, timeMs, bytes, incident: JSON.parse(payload) });
  }
  if (message && !LEFT_OUT.has(message.topic)) {
    const { topic, payload } = message;
    const bytes = payload.length * 2 + OVERHEAD_BYTES;
    records.push({ kind: "agent", priority, timeMs: wallMs, bytes, topic, data: JSON.parse(payload) });
  }
  if (log?.source === OWN_SOURCE) {
    const { timeMs, payload } = log;
    const bytes = payload.length * 2 + OVERHEAD_BYTES;
    records.push({ kind: "agent", priority, timeMs, bytes, topic: "log", data: JSON.parse(payload) });
  } else if (log) records.push(logBlock(log, priority));
  return records;
}

function logBlock(
  { timeMs, source, payload }: NonNullable<StoreEntry["log"]>,
  priority: StoreEntry["priority"],
): ForwardRecord {
  const lines = (): ForwardLogLine[] =>
    (readLogBlock(payload) ?? []).map(({ receivedMs, encoding, bytes }) => ({
      kind: "logs",
      priority,
      timeMs: receivedMs,
      bytes: 0,
      source,
      line: decodeText(bytes, encoding),
    }));
  // The head of a block says how many lines it holds; to take it apart before its turn would cost who does not want it.
  const count = Number(/"n":(\d{1,6})/.exec(payload.slice(0, 64))?.[1] ?? 1);
  return { kind: "logs", priority, timeMs, bytes: payload.length + OVERHEAD_BYTES, source, count, lines };
}
