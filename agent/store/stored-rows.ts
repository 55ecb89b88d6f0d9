/**
 * Owns the reading of a store by another process than the agent, whether it runs or not: page by page, without SQLite's locks,
 * because a second process must neither wait for the agent nor make it wait. What the agent writes meanwhile may be missed.
 */
import { SalvageFile } from "./salvage-pages.js";
import { recognise, type SalvagedRow } from "./salvage-rows.js";

/**
 * Show every whole row of a store to `visit`.
 *
 * @param isInTime asked before each page; false ends it
 * @returns whether the file was read to its end
 * @throws the system's error where the file cannot be opened
 */
export async function isWholeRead(
  path: string,
  isInTime: () => boolean,
  visit: (row: SalvagedRow) => void,
): Promise<boolean> {
  const file = await SalvageFile.open(path);
  try {
    for (let page = 1; page <= file.pageCount; page++) {
      if (!isInTime()) return false;
      for await (const record of file.records(page)) {
        const row = recognise(record);
        if (row !== undefined) visit(row);
      }
    }
  } finally {
    await file.close();
  }
  return true;
}
