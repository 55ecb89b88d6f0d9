/**
 * One rule of those in force, found by its number: only its own text, and that of the rules that leave marks for it, is parsed, so this
 * takes moments where parsing a whole set takes seconds. For whoever explains a rule.
 *
 * Bounds: MAX_SETTERS rules that leave marks, MAX_MARK_DEPTH deep.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "./base/errors.js";
import { readRuleFiles } from "./config/rule-files.js";
import { NO_LAYERS, rulePaths } from "./config/rule-layers.js";
import type { Config } from "./config/schema.js";
import { configuredGroups } from "./config/variables-file.js";
import { neededMarks } from "./diagnosis/mark-index.js";
import { type Phrase, stepwise } from "./diagnosis/rule-steps.js";
import { readRules } from "./rule-compiling.js";
import { type ParsedRules, parseRuleFiles } from "./sensor/rule-compiler.js";
import { compileRules } from "./signature/compile.js";
import type { RuleImage } from "./signature/image.js";
import { ruleSetFolder } from "./update/rule-set-folder.js";

const MAX_SETTERS = 200;
const MAX_MARK_DEPTH = 4;

type Rule = ParsedRules["signatures"][number];

/**
 * What the rule `gid:sid` asks for, step by step; undefined where its text is not found (a list of indicators, a rule that has been
 * removed) or cannot be read by this user.
 */
export function ruleConditions(config: Config, gid: number, sid: number): Phrase[][] | undefined {
  const rule = findRule(config, gid, sid)?.rule;
  return rule && stepwise(rule).steps.map(({ phrases }) => [...phrases]);
}

/** The steps of a rule as rules of their own, numbered from 1 under `stepGid`, with the rules that leave the marks it needs. */
export function stepImage(
  config: Config,
  gid: number,
  sid: number,
  stepGid: number,
): { readonly image: RuleImage; readonly steps: readonly (readonly Phrase[])[] } | undefined {
  const found = findRule(config, gid, sid);
  if (found === undefined) return undefined;
  const { steps, variants } = stepwise(found.rule);
  const marked = variants.map((variant, index) => ({ ...variant, gid: stepGid, sid: index + 1 }));
  const image = compileRules([...settersOf(config, found.rule), ...marked], found.classifications);
  return { image, steps: steps.map(({ phrases }) => phrases) };
}

function findRule(
  config: Config,
  gid: number,
  sid: number,
): { readonly rule: Rule; readonly classifications: ParsedRules["classifications"] } | undefined {
  for (const line of ruleLines(config, new RegExp(`[;(\\s]sid\\s*:\\s*${sid}\\s*;`, "g"))) {
    const { signatures, classifications } = parse(config, [line]);
    const rule = signatures.find((one) => one.sid === sid && one.gid === gid);
    if (rule !== undefined) return { rule, classifications };
  }
  return undefined;
}

/** Rules that leave the marks which `rule` needs, and the marks which those need. */
function settersOf(config: Config, rule: Rule): Rule[] {
  const setters = new Map<number, Rule>();
  let wanted = marksOf([rule]);
  const known = new Set<string>();
  for (let depth = 0; depth < MAX_MARK_DEPTH && wanted.length > 0; depth++) {
    for (const name of wanted) known.add(name);
    const names = wanted.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    const setting = new RegExp(
      `(?:flowbits|xbits|hostbits|flowint)\\s*:[^;]*[,|\\s](?:${names})[\\s,|;]`,
      "g",
    );
    const lines: string[] = [];
    for (const line of ruleLines(config, setting)) {
      if (lines.length + setters.size >= MAX_SETTERS) break;
      lines.push(line);
    }
    const fresh = parse(config, lines).signatures.filter(({ sid }) => sid !== rule.sid && !setters.has(sid));
    for (const one of fresh) setters.set(one.sid, one);
    wanted = marksOf(fresh).filter((name) => !known.has(name));
  }
  // A pass or drop rule would end the judging of the steps.
  return [...setters.values()].map((one) => ({ ...one, action: "alert" }));
}

function marksOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap((one) => neededMarks(one).flat()))].map((name) =>
    name.slice(name.indexOf(" ") + 1),
  );
}

function parse(config: Config, lines: readonly string[]): ParsedRules {
  const groups = configuredGroups(config.variables);
  const request = { paths: [], homeNet: config.home_net, groups, policy: {} };
  return parseRuleFiles({ ...readRules(request), files: [{ path: "", text: lines.join("\n") }] });
}

/** Rules that are not commented out and in which `pattern` (global) is found, each with the lines it goes on in. */
function* ruleLines(config: Config, pattern: RegExp): Generator<string> {
  for (const path of [...installedSets(config.store.path), ...rulePaths(config.rules, NO_LAYERS)]) {
    try {
      for (const { text } of readRuleFiles([path])) {
        for (const { index } of text.matchAll(pattern)) {
          const line = lineAt(text, index);
          if (!/^\s*#/.test(line)) yield line;
        }
      }
    } catch (error) {
      // What this user may not read, or is no folder of rules, says nothing about the rule.
      if (!(error instanceof AgentError)) throw error;
    }
  }
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
