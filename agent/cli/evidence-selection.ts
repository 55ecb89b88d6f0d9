/** Which records belong to an incident. Of the others an archive shows digests only: what else an office does is nobody's business. */
import type { EvidenceRecord } from "../evidence/record.js";
import type { Incident } from "../incident/incident.js";

/** Its own records: those that say how it went. */
export function isOfIncident(incident: Incident): (record: EvidenceRecord) => boolean {
  const ids = new Set([incident.id, ...(incident.foldedFrom ?? [])]);
  return ({ kind, data }) => kind === "incident" && ids.has((data as { id?: string }).id ?? "");
}

export function isAboutIncident(incident: Incident): (record: EvidenceRecord) => boolean {
  const isItself = isOfIncident(incident);
  const hosts = [...incident.insideHosts.named, ...incident.remotes.named];
  const addresses = hosts.flatMap(({ address }) => (address ? [address] : []));
  const names = incident.remotes.named.flatMap(({ name }) => (name ? [name] : []));
  const mentions = [...addresses, ...names].map(wordExpression);
  return (record) => {
    const { kind, data } = record;
    if (kind === "incident") return isItself(record);
    if (kind === "detection") {
      const { sourceAddress = "", destinationAddress = "" } = data as Record<string, string>;
      return addresses.includes(sourceAddress) || addresses.includes(destinationAddress);
    }
    if (kind === "log") {
      const text = JSON.stringify(data);
      return mentions.some((one) => one.test(text));
    }
    return true;
  };
}

/** The word by itself: 10.0.0.1 is not in 10.0.0.12. */
function wordExpression(word: string): RegExp {
  return new RegExp(`(?<![\\w.:-])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-]|[.:]\\w)`, "i");
}
