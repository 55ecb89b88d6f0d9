import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * When the newest of the rule files was written, milliseconds since the epoch; undefined where none can be seen.
 *
 * @param paths rule files, or folders of `*.rules`
 */
export function newestRuleFileMs(paths: readonly string[]): number | undefined {
  const times = paths
    .flatMap((path) => (isFolder(path) ? rulesIn(path) : [path]))
    .flatMap((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length === 0 ? undefined : times.reduce((newest, time) => Math.max(newest, time));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function rulesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".rules"))
    .map((name) => join(folder, name));
}
