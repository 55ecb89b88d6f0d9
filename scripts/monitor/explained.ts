/** Owns the words for an incident that came over the network. */
import type { Language } from "#agent/base/language.js";
import { type Explanation, explain } from "#agent/incident/explanation.js";
import type { Incident } from "#agent/incident/incident.js";
import type { IncidentMessage } from "#agent/uplink/schema/incident.js";

/**
 * What an incident says to a person.
 *
 * @param data valid against the published schema, which leaves open only what no words depend on: kinds of evidence,
 *   reasons of a close
 */
export function explainIncident(data: IncidentMessage["data"], language: Language): Explanation {
  return explain(data as Incident, language);
}
