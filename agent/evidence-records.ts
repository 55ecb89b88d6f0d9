/** What of the agent's doings goes into the chain of evidence, and under which kind. */
import type { EvidenceChain } from "./evidence/evidence-chain.js";
import type { StoreEntry } from "./store/record.js";
import { plainLogBlock } from "./syslog/log-block.js";

/** Messages that only sum up what stands in the chain already, or tell of it. */
const LEFT_OUT = new Set(["incident", "summary", "checkpoint"]);
/** Source of the agent's own lines among the logs. */
const OWN_SOURCE = "sekisho";
/** What the agent says of times in which it did not see or keep everything. */
const GAPS = /(?:_gap|_overflow|_counted|^store\.(?:tombstone|departed|overflow|damaged|salvaged))$/;

export function appendEntry(chain: Pick<EvidenceChain, "append">, entry: StoreEntry): void {
  const { detection, incident, log, message } = entry;
  if (detection) chain.append("detection", detection);
  if (incident) chain.append("incident", JSON.parse(incident.payload));
  if (log?.source === OWN_SOURCE) chain.append("action", JSON.parse(log.payload));
  // Inflated: segments are compressed as a whole, which deflated parts would spoil.
  else if (log) {
    const block = plainLogBlock(log.payload) ?? (JSON.parse(log.payload) as object);
    chain.append("log", { source: log.source, ...block });
  }
  if (message && !LEFT_OUT.has(message.topic)) {
    const { topic, payload } = message;
    const data = { topic, ...JSON.parse(payload) } as { topic: string; event?: string };
    const isGap = topic === "info" && GAPS.test(data.event ?? "");
    chain.append(isGap ? "gap" : topic === "rules" ? "rules" : "message", data);
  }
}
