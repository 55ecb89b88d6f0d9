/**
 * Owns the reading of stored incidents by another process than the agent, whether it runs or not: see
 * `stored-rows.ts`. An incident's last state counts; what the agent writes meanwhile
 * may be missed.
 *
 * Memory: the log, one page, and the incidents, which the store's budget bounds.
 */
import { isWholeRead } from "./stored-rows.js";

/** More incidents than that are not looked at. */
const MAX_INCIDENTS = 200_000;

export interface FoundIncident {
  /** Rises with every change of an incident. */
  readonly number: number;
  readonly id: string;
  readonly isOpen: boolean;
  /** JSON text. */
  readonly payload: string;
}

export interface StoredIncidents {
  /** The last touched first. */
  readonly incidents: readonly FoundIncident[];
  /** Whether the file was read to its end within the time. */
  readonly isComplete: boolean;
}

/**
 * All stored incidents.
 *
 * @param deadlineMs by `nowMs`
 * @throws the system's error where the file cannot be opened
 */
export async function readStoredIncidents(
  path: string,
  nowMs: () => number,
  deadlineMs: number,
): Promise<StoredIncidents> {
  const found = new Map<string, FoundIncident>();
  const isInTime = (): boolean => nowMs() <= deadlineMs && found.size < MAX_INCIDENTS;
  const isComplete = await isWholeRead(path, isInTime, (row) => {
    if (row.table !== "incidents") return;
    const [number, , id, isOpen, , , payload] = row.columns;
    // Pages that were given up may still hold an earlier state.
    if ((found.get(id)?.number ?? -1) < number) found.set(id, { number, id, isOpen: isOpen === 1, payload });
  });
  return { incidents: [...found.values()].sort((one, other) => other.number - one.number), isComplete };
}
