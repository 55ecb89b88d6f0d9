/**
 * Reads what operators say about rules besides the rules themselves: `threshold.config`, `disable.conf`, `enable.conf`,
 * `drop.conf`, `modify.conf` and `reference.config`. A file that is named must be there; one that is not named is taken from
 * beside the rules where there is one. Bounded: MAX_POLICY_BYTES a file.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { isFolder, type RuleFileText, shippedRulesFolder } from "./rule-files.js";

const MAX_POLICY_BYTES = 16 * 1024 * 1024;

/** Paths of policy files; undefined or null: from beside the rules. */
export interface RulePolicyPaths {
  readonly thresholdFile?: string | null | undefined;
  readonly disableConf?: string | null | undefined;
  readonly enableConf?: string | null | undefined;
  readonly dropConf?: string | null | undefined;
  readonly modifyConf?: string | null | undefined;
}

export interface RulePolicyTexts {
  readonly thresholds: readonly RuleFileText[];
  readonly disable: readonly RuleFileText[];
  readonly enable: readonly RuleFileText[];
  readonly drop: readonly RuleFileText[];
  readonly modify: readonly RuleFileText[];
}

/**
 * Policy files that go with the rules at `paths`.
 *
 * @throws AgentError where a file that is named is missing, unreadable or too large
 */
export function readRulePolicy(paths: readonly string[], given: RulePolicyPaths = {}): RulePolicyTexts {
  const folders = foldersOf(paths);
  const read = (path: string | null | undefined, name: string): RuleFileText[] =>
    typeof path === "string" ? [readPolicyFile(path)] : besideRules(folders, name);
  return {
    thresholds: read(given.thresholdFile, "threshold.config"),
    disable: read(given.disableConf, "disable.conf"),
    enable: read(given.enableConf, "enable.conf"),
    drop: read(given.dropConf, "drop.conf"),
    modify: read(given.modifyConf, "modify.conf"),
  };
}

/** Text of the `reference.config` that goes with `paths`, else of the shipped one. */
export function readReferences(paths: readonly string[]): string {
  return besideRules([...foldersOf(paths), shippedRulesFolder()], "reference.config")[0]?.text ?? "";
}

function foldersOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => (isFolder(path) ? path : dirname(path))))];
}

function besideRules(folders: readonly string[], name: string): RuleFileText[] {
  return folders.flatMap((folder) => {
    const path = join(folder, name);
    try {
      return [readPolicyFile(path)];
    } catch (error) {
      if (error instanceof AgentError && error.code === "error.rules.missing") return [];
      throw error;
    }
  });
}

function readPolicyFile(path: string): RuleFileText {
  try {
    if (statSync(path).size > MAX_POLICY_BYTES) {
      throw new AgentError("error.rules.too_large", { path, limit: MAX_POLICY_BYTES / 1024 / 1024 });
    }
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    if (error instanceof AgentError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new AgentError("error.rules.missing", { path }, { cause: error });
    }
    throw new AgentError("error.rules.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
}
