/**
 * Owns the reading of stored incidents by another process than the agent, whether it runs or not: page by page, as
 * `stored-detections.ts` does and for the same reason. An incident's last state counts; what the agent writes meanwhile
 * may be missed.
 *
 * Memory: the log, one page, and the incidents, which the store's budget bounds.
 */
import { SalvageFile } from "./salvage-pages.js";
import { recognise } from "./salvage-rows.js";

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
  const file = await SalvageFile.open(path);
  const found = new Map<string, FoundIncident>();
  let isComplete = true;
  try {
    for (let page = 1; page <= file.pageCount && isComplete; page++) {
      isComplete = nowMs() <= deadlineMs && found.size < MAX_INCIDENTS;
      for await (const record of file.records(page)) {
        const row = recognise(record);
        if (row?.table !== "incidents") continue;
        const [number, , id, isOpen, , , payload] = row.columns;
        // Pages that were given up may still hold an earlier state.
        if ((found.get(id)?.number ?? -1) >= number) continue;
        found.set(id, { number, id, isOpen: isOpen === 1, payload });
      }
    }
  } finally {
    await file.close();
  }
  return { incidents: [...found.values()].sort((one, other) => other.number - one.number), isComplete };
}
