/**
 * Owns the reading of stored detections while the agent runs. The agent holds its database exclusively, so the file and
 * its log are read page by page without SQLite, as salvage does; a row counts where its checksum holds. What the agent
 * writes meanwhile may be missed, what it has just evicted may still be found.
 *
 * Memory: the log, one page, and a number for each detection found (bounded).
 */
import type { Detection } from "../sensor/detection.js";
import { SalvageFile } from "./salvage-pages.js";
import { recognise } from "./salvage-rows.js";

/** More detections than that are not looked at; the largest budget holds about as many. */
const MAX_DETECTIONS = 4_000_000;

export interface StoredDetections {
  /** Whether the file was read to its end within the time. */
  isComplete: boolean;
}

/**
 * Hand every stored detection to `each`, in no order.
 *
 * @param deadlineMs by `nowMs`
 * @throws the system's error where the file cannot be opened
 */
export async function readStoredDetections(
  path: string,
  each: (detection: Detection) => void,
  nowMs: () => number,
  deadlineMs: number,
): Promise<StoredDetections> {
  const file = await SalvageFile.open(path);
  const seen = new Set<number>();
  try {
    for (let page = 1; page <= file.pageCount; page++) {
      if (nowMs() > deadlineMs || seen.size >= MAX_DETECTIONS) return { isComplete: false };
      for await (const record of file.records(page)) {
        const row = recognise(record);
        if (row?.table !== "detections" || seen.has(row.columns[0])) continue;
        seen.add(row.columns[0]);
        each(JSON.parse(row.columns[5]) as Detection);
      }
    }
    return { isComplete: true };
  } finally {
    await file.close();
  }
}
