/** Owns the reading of stored devices by another process than the agent, whether it runs or not; see `stored-rows.ts`. */
import { isWholeRead } from "./stored-rows.js";

/** Far more than the agent keeps. */
const MAX_DEVICES = 4_096;

export interface StoredDevices {
  /** JSON texts. */
  readonly payloads: readonly string[];
  readonly isComplete: boolean;
}

/**
 * All stored devices.
 *
 * @param deadlineMs by `nowMs`
 * @throws the system's error where the file cannot be opened
 */
export async function readStoredDevices(
  path: string,
  nowMs: () => number,
  deadlineMs: number,
): Promise<StoredDevices> {
  const found = new Map<string, { updatedMs: number; payload: string }>();
  const isInTime = (): boolean => nowMs() <= deadlineMs && found.size < MAX_DEVICES;
  const isComplete = await isWholeRead(path, isInTime, (row) => {
    if (row.table !== "devices") return;
    const [id, updatedMs, payload] = row.columns;
    // Pages that were given up may still hold an earlier state.
    if ((found.get(id)?.updatedMs ?? -1) < updatedMs) found.set(id, { updatedMs, payload });
  });
  return { payloads: [...found.values()].map(({ payload }) => payload), isComplete };
}
