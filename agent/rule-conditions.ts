/**
 * What a rule looks for, in plain words, found by its number alone: only the rule's own text is parsed, so this takes moments where
 * parsing a whole set takes seconds.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "./base/errors.js";
import { type Language, translate } from "./base/language.js";
import { readRuleFiles } from "./config/rule-files.js";
import { NO_LAYERS, rulePaths } from "./config/rule-layers.js";
import type { Config } from "./config/schema.js";
import { stepwise } from "./diagnosis/rule-steps.js";
import { readRules } from "./rule-compiling.js";
import { parseRuleFiles } from "./sensor/rule-compiler.js";
import { ruleSetFolder } from "./update/rule-set-folder.js";

/** Conditions told at the most. */
const MAX_CONDITIONS = 12;

/**
 * The conditions of the rule `gid:sid` in the reader's language; undefined where its text is not found (a list of indicators, a rule
 * that has been removed) or cannot be read by this user.
 */
export function ruleConditions(
  config: Config,
  gid: number,
  sid: number,
  language: Language,
): string[] | undefined {
  const text = findRuleText(config, sid);
  if (text === undefined) return undefined;
  const policy = {
    thresholdFile: undefined,
    disableConf: undefined,
    enableConf: undefined,
    dropConf: undefined,
    modifyConf: undefined,
  };
  const request = { paths: [], homeNet: config.home_net, groups: undefined, policy };
  const { signatures } = parseRuleFiles({ ...readRules(request), files: [{ path: "", text }] });
  const signature = signatures.find((one) => one.sid === sid && one.gid === gid);
  if (signature === undefined) return undefined;
  const steps = stepwise(signature).steps.map(({ phrases }) =>
    phrases
      .map(({ key, params }) => translate(language, key, params))
      .join(translate(language, "rule.joiner")),
  );
  return steps.length > MAX_CONDITIONS ? [...steps.slice(0, MAX_CONDITIONS), "…"] : steps;
}

/** The line of a rule, with those it goes on in. */
function findRuleText(config: Config, sid: number): string | undefined {
  const paths = [...installedSets(config.store.path), ...rulePaths(config.rules, NO_LAYERS)];
  const own = new RegExp(`[;(\\s]sid\\s*:\\s*${sid}\\s*;`);
  for (const path of paths) {
    try {
      for (const { text } of readRuleFiles([path])) {
        const found = own.exec(text);
        if (found !== null) return lineAt(text, found.index);
      }
    } catch (error) {
      // What this user may not read, or is no folder of rules, says nothing about the rule.
      if (!(error instanceof AgentError)) throw error;
    }
  }
  return undefined;
}

function lineAt(text: string, index: number): string {
  const isContinued = (end: number): boolean => /\\\r?$/.test(text.slice(Math.max(0, end - 2), end));
  let begin = text.lastIndexOf("\n", index) + 1;
  while (begin > 0 && isContinued(begin - 1)) begin = text.lastIndexOf("\n", begin - 2) + 1;
  let end = text.indexOf("\n", index);
  while (end >= 0 && isContinued(end)) end = text.indexOf("\n", end + 1);
  return text.slice(begin, end < 0 ? undefined : end);
}

/** Folders of rule sets that were installed. */
function installedSets(storePath: string): string[] {
  try {
    const folder = ruleSetFolder(storePath);
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}
