/** Owns the words for an incident on the monitor's screen. */
import type { Language } from "#agent/base/language.js";
import type { IncidentMessage } from "#agent/uplink/schema/incident.js";

export interface Explained {
  readonly title: string;
  readonly meaning: string;
  readonly action: string;
}

export function explainIncident(data: IncidentMessage["data"], _language: Language): Explained {
  return { title: data.rule.signature, meaning: data.rule.category, action: "" };
}
