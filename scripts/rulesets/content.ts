/**
 * What goes into a bundle: files and folders as they are, rule files through disable, enable, drop and modify, tests with their
 * captures. Names lose their folders, so two files of one name are an error and not a guess.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { RuleEditor } from "#agent/signature/policy/rule-edits.js";
import { NO_POLICY, type PolicyProblem, type RulePolicy } from "#agent/signature/policy/rule-policy.js";
import { type RuleLine, splitRuleLines } from "#agent/signature/rule-lines.js";
import { PART_NAME } from "#agent/update/manifest.js";
import type { Content } from "./bundle-file.js";
import { OperatorError } from "./operator-error.js";

export interface Filters {
  readonly disableConf: string | undefined;
  readonly enableConf: string | undefined;
  readonly dropConf: string | undefined;
  readonly modifyConf: string | undefined;
}

export interface GatheredContent {
  readonly content: readonly Content[];
  /** Files that are no part of a rule set. */
  readonly passedOver: readonly string[];
  /** Rules that the filters changed, by what was done. */
  readonly changes: Readonly<Record<string, number>>;
  /** Lines of the filters without effect. */
  readonly problems: readonly PolicyProblem[];
}

/**
 * @param paths rule files, lists, configuration, or folders of them
 * @param tests folders of tests (one folder each)
 * @throws OperatorError where a path cannot be read or two files have one name
 */
export function gatherContent(
  paths: readonly string[],
  tests: readonly string[],
  filters: Filters,
): GatheredContent {
  const content = new Map<string, Content>();
  const passedOver: string[] = [];
  const add = (name: string, path: string): void => {
    if (!PART_NAME.test(name)) {
      passedOver.push(path);
      return;
    }
    if (content.has(name)) throw new OperatorError(`Two files are called ${name}. Rename one: ${path}`);
    content.set(name, { path: name, bytes: readFileSync(path) });
  };
  try {
    for (const path of paths) {
      if (!statSync(path).isDirectory()) add(basename(path), path);
      else for (const file of filesIn(path)) add(file, join(path, file));
    }
    for (const folder of tests) {
      for (const test of foldersIn(folder)) {
        for (const file of filesIn(join(folder, test)))
          add(`tests/${test}/${file}`, join(folder, test, file));
      }
    }
  } catch (error) {
    throw unreadable(error);
  }
  const { changes, problems } = applyFilters(content, filters);
  return { content: [...content.values()], passedOver, changes, problems };
}

function unreadable(error: unknown): Error {
  if (error instanceof OperatorError) return error;
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  return new OperatorError(
    code === "ENOENT" ? `${path} is missing. Check the name.` : `${path} cannot be read: ${message}`,
  );
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function applyFilters(
  content: Map<string, Content>,
  filters: Filters,
): { changes: Record<string, number>; problems: readonly PolicyProblem[] } {
  const policy = readFilters(filters);
  const names = [...content.keys()].filter((name) => /^[^/]*\.rules$/.test(name));
  const changes: Record<string, number> = {};
  if (policy === NO_POLICY) return { changes, problems: [] };
  const editor = new RuleEditor(policy);
  const kept = new Map<string, RuleLine[]>();
  for (const name of names) {
    const disabled: RuleLine[] = [];
    const text = Buffer.from(content.get(name)!.bytes).toString("utf8");
    const enabled = splitRuleLines(name, text, (line) => disabled.push(line));
    kept.set(name, [
      ...enabled.flatMap((line) => editor.edit(line, true) ?? []),
      ...disabled.flatMap((line) => editor.edit(line, false) ?? []),
    ]);
  }
  // A box gets no disabled rule, so it could not find by itself what rules in force need.
  for (const setter of editor.neededSetters()) kept.get(setter.file)!.push(setter);
  for (const [name, lines] of kept) {
    const text = lines
      .sort((a, b) => a.line - b.line)
      .map((line) => `${line.text}\n`)
      .join("");
    content.set(name, { path: name, bytes: Buffer.from(text) });
  }
  const report = editor.report();
  for (const { kind } of report.changes) changes[kind] = (changes[kind] ?? 0) + 1;
  return { changes, problems: report.problems };
}

function readFilters(filters: Filters): RulePolicy {
  const read = (path: string | undefined) => (path === undefined ? [] : [{ path, text: textOf(path) }]);
  const { disableConf, enableConf, dropConf, modifyConf } = filters;
  if ([disableConf, enableConf, dropConf, modifyConf].every((path) => path === undefined)) return NO_POLICY;
  return {
    thresholds: [],
    disable: read(disableConf),
    enable: read(enableConf),
    drop: read(dropConf),
    modify: read(modifyConf),
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(error);
  }
}
