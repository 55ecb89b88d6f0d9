/** What of the agent's doings goes into the chain of evidence, and under which kind. */
import type { EvidenceChain } from "./evidence/evidence-chain.js";
import type { StoreEntry } from "./store/record.js";
import { readLogBlock } from "./syslog/log-block.js";

/** Messages that only sum up what stands in the chain already, or tell of it. */
const LEFT_OUT = new Set(["incident", "summary", "checkpoint"]);
/** Source of the agent's own lines among the logs. */
const OWN_SOURCE = "sekisho";

export function appendEntry(chain: Pick<EvidenceChain, "append">, entry: StoreEntry): void {
  const { detection, incident, log, message } = entry;
  if (detection) chain.append("detection", detection);
  if (incident) chain.append("incident", JSON.parse(incident.payload));
  if (log) {
    const data = JSON.parse(log.payload) as Record<string, unknown>;
    if (log.source === OWN_SOURCE) chain.append("action", data);
    else chain.append("log", { source: log.source, ...plainBlock(log.payload, data) });
  }
  if (message && !LEFT_OUT.has(message.topic)) {
    const { topic, payload } = message;
    chain.append(topic === "rules" ? "rules" : "message", { topic, ...JSON.parse(payload) });
  }
}

/** A block of log lines, inflated: segments are compressed as a whole, which deflated parts would spoil. */
function plainBlock(payload: string, data: Record<string, unknown>): object {
  const { deflate, ...head } = data;
  if (deflate === undefined) return head;
  const first = Number(data.first);
  const lines = readLogBlock(payload)?.map(({ receivedMs, quality, encoding, bytes }) => {
    const text = bytes.toString(encoding === "utf-8" ? "utf8" : "latin1");
    return [receivedMs - first, quality, text, ...(encoding === "utf-8" ? [] : [encoding])];
  });
  return lines === undefined ? data : { ...head, lines };
}
