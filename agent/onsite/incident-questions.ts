/** How the control socket is asked for incidents, and what it answers. */

/** `GET` with `after` (a number) and `limit`: incidents changed since, the last touched first. */
export const INCIDENTS_PATH = "/v1/incidents";
/** An incident has 16 KiB at the most. */
export const MAX_INCIDENTS_ANSWERED = 200;

export interface AnsweredIncident {
  /** Rises with every change of an incident. */
  readonly number: number;
  /** As the store keeps it. */
  readonly incident: unknown;
}

export function isAnsweredIncident(value: unknown): value is AnsweredIncident {
  return (
    typeof value === "object" && value !== null && typeof (value as AnsweredIncident).number === "number"
  );
}
