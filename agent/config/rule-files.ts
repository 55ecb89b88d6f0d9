/**
 * Reads rule files from disk. A path may name a file or a folder (its `*.rules`, in alphabetical order, not deeper).
 * Bounded: MAX_FILE_BYTES a file, MAX_FILES in all, MAX_DATA_BYTES a data file that rules name. `classification.config` is taken from the first folder that has one,
 * else from the rules shipped with the agent.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentError, reasonOf } from "../base/errors.js";

/** Lists of indicators lie beside the rules and are read as bytes (indicator-files.ts). */
const INDICATOR_NAME = /^[^.].*\.(?:ioc|(?:domains|ips|urls|ja3|ja4|certificates)\.(?:txt|csv))$/i;

export interface RuleFileText {
  readonly path: string;
  readonly text: string;
}

const MAX_FILE_BYTES = 128 * 1024 * 1024;
const MAX_FILES = 4096;
const MAX_DATA_BYTES = 64 * 1024 * 1024;

/** Rules and classifications that come with the agent, beside the compiled code. */
export function shippedRulesFolder(): string {
  return fileURLToPath(new URL("../../rules", import.meta.url));
}

/**
 * All rule files that `paths` name, in that order, each read when it is come to.
 *
 * @throws AgentError where a path is missing or a folder holds no rule file; when it is come to, where it is unreadable or too large
 */
export function readRuleFiles(paths: readonly string[]): Iterable<RuleFileText> {
  const files = paths.flatMap(expand);
  if (files.length > MAX_FILES) throw new AgentError("error.rules.too_many", { limit: MAX_FILES });
  return {
    *[Symbol.iterator]() {
      for (const path of files) yield { path, text: readText(path) };
    },
  };
}

/** Text of the `classification.config` that goes with `paths`. */
export function readClassifications(paths: readonly string[]): string {
  const folders = paths.map((path) => (isFolder(path) ? path : dirname(path)));
  for (const folder of [...folders, shippedRulesFolder()]) {
    try {
      return readFileSync(join(folder, "classification.config"), "utf8");
    } catch {
      // Not every folder of rules brings its own.
    }
  }
  return "";
}

/**
 * Text of the data file `name` (of `dataset` and `datarep`) that a rule of `ruleFile` asks for: beside that file. A name
 * that leads out of its folder is not read, since rules come from elsewhere.
 *
 * @returns undefined where there is no such file, it is too large or may not be read
 */
export function readRuleData(name: string, ruleFile: string): string | undefined {
  const folder = dirname(ruleFile);
  const path = resolve(folder, name);
  if (!path.startsWith(resolve(folder) + sep)) return undefined;
  try {
    const { size } = statSync(path);
    return size > MAX_DATA_BYTES ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Whether a file is called as a list of indicators. */
export function isIndicatorFile(path: string): boolean {
  return INDICATOR_NAME.test(basename(path));
}

function expand(path: string): string[] {
  if (!isFolder(path)) return isIndicatorFile(path) ? [] : [path];
  const all = readdirSync(path);
  const names = all.filter((name) => name.endsWith(".rules"));
  if (names.length === 0 && !all.some(isIndicatorFile))
    throw new AgentError("error.rules.empty_folder", { path });
  return names.sort().map((name) => join(path, name));
}

/** Whether `path` is a folder. @throws AgentError where it is missing or may not be read */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) {
      throw new AgentError("error.rules.too_large", { path, limit: MAX_FILE_BYTES / 1024 / 1024 });
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    throw error instanceof AgentError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): AgentError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return isMissing
    ? new AgentError("error.rules.missing", { path }, { cause: error })
    : new AgentError("error.rules.unreadable", { path, reason: reasonOf(error) }, { cause: error });
}

/** Whether `path` is a folder that holds rule files. */
export function hasRuleFiles(path: string): boolean {
  try {
    return readdirSync(path).some((name) => name.endsWith(".rules"));
  } catch {
    return false;
  }
}
