/**
 * Lists of indicators beside the rules: files of the rule folders that are called as one (see indicator-kind.ts), read as bytes.
 * Bounded: MAX_LIST_BYTES a list, MAX_LISTS in all.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { isFolder, isIndicatorFile } from "./rule-files.js";

const MAX_LIST_BYTES = 256 * 1024 * 1024;
const MAX_LISTS = 1024;
export interface IndicatorFileBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The lists in those of `paths` that are folders, and those that are named themselves.
 *
 * @throws AgentError where one is unreadable, too large, or there are too many
 */
export function readIndicatorFiles(paths: readonly string[]): IndicatorFileBytes[] {
  const files = paths.flatMap(indicatorPaths);
  if (files.length > MAX_LISTS) throw new AgentError("error.rules.too_many", { limit: MAX_LISTS });
  return files.map((path) => ({ path, bytes: readBytes(path) }));
}

/** Paths of the lists that a path names. */
function indicatorPaths(path: string): string[] {
  if (!isFolder(path)) return isIndicatorFile(path) ? [path] : [];
  return readdirSync(path)
    .filter(isIndicatorFile)
    .sort()
    .map((name) => join(path, name));
}

function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).size > MAX_LIST_BYTES) {
      throw new AgentError("error.rules.too_large", { path, limit: MAX_LIST_BYTES / 1024 / 1024 });
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("error.rules.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
}
