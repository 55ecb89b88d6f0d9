/** Incidents of the running agent, as `sekisho tail` and `sekisho top` ask for them. */
import { type Incident, isIncident } from "../incident/incident.js";
import { askAgent } from "../onsite/control-client.js";
import { INCIDENTS_PATH, isAnsweredIncident } from "../onsite/incident-questions.js";

export interface LiveIncident {
  readonly number: number;
  readonly incident: Incident;
}

/**
 * Incidents changed since number `after`, the earliest change first.
 *
 * @throws AgentError where no agent answers
 */
export async function changedIncidents(
  socket: string,
  after: number,
  limit: number,
): Promise<LiveIncident[]> {
  const answer = await askAgent(socket, `${INCIDENTS_PATH}?after=${after}&limit=${limit}`);
  if (!Array.isArray(answer)) return [];
  return answer
    .filter(isAnsweredIncident)
    .flatMap(({ number, incident }) => (isIncident(incident) ? [{ number, incident }] : []))
    .reverse();
}
