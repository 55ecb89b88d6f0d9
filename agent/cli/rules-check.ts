import type { Argv } from "yargs";
import { translate } from "../base/language.js";
import type { RuleWarning } from "../diagnosis/rule-warnings.js";
import type { CompiledRules, ParsedRules } from "../sensor/rule-compiler.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { type RuleArguments, ruleSetting, withRuleOptions } from "./rule-options.js";
import { sayPhrases } from "./rule-report.js";

/** Warnings printed unless all are asked for. */
const MAX_WARNINGS = 40;

export interface RulesCheckArguments extends RuleArguments {
  readonly path: readonly string[];
  /** Also what costs time. */
  readonly all: boolean;
  readonly json: boolean;
}

interface CheckedRules extends ParsedRules {
  readonly lists: CompiledRules["indicatorLists"];
}

/** Options of `sekisho rules check`. */
export function rulesCheckOptions(context: CliContext) {
  return (yargs: Argv) =>
    withRuleOptions(context, yargs)
      .positional("path", {
        type: "string",
        array: true,
        demandOption: true,
        describe: say(context, "cli.rules_check.path"),
      })
      .option("all", { type: "boolean", default: false, describe: say(context, "cli.rules_check.all") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("$0 rules check rules", say(context, "cli.rules_check.example.plain"))
      .example("$0 rules check --json et/ local.rules", say(context, "cli.rules_check.example.json"))
      .example(
        "$0 rules check et/ --threshold-file threshold.config --disable-conf disable.conf",
        say(context, "cli.rules_check.example.policy"),
      );
}

/** `sekisho rules check`: which rules load and which do not, and why. Exit 1 where none loads. */
export async function runRulesCheck(context: CliContext, args: RulesCheckArguments): Promise<number> {
  const { findWarnings } = await import("../diagnosis/rule-warnings.js");
  const { readRules } = await import("../rule-compiling.js");
  const { compileIndicatorFiles, parseRuleFiles } = await import("../sensor/rule-compiler.js");
  const options = readRules({ ...ruleSetting(args), paths: args.path });
  const parsed = parseRuleFiles(options);
  const { lists, count, refused } = compileIndicatorFiles(options, parsed.classifications);
  const rules: CheckedRules = { ...parsed, lists, refused: [...parsed.refused, ...refused] };
  const warnings = findWarnings(rules.signatures);
  if (args.json) context.out(JSON.stringify(asJson(rules, warnings), undefined, 2));
  else printReport(context, rules, warnings, args.all);
  return rules.signatures.length > 0 || count > 0 ? EXIT_DONE : EXIT_FAILED;
}

/** Reasons without what differs from rule to rule, with their counts, the most frequent first. */
function countReasons(refused: ParsedRules["refused"]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { reason } of refused) {
    const general = reason.startsWith("duplicate sid") ? "duplicate sid" : reason.replace(/"[^"]*"/g, '"…"');
    counts.set(general, (counts.get(general) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}

/** Keywords that refusals name (`pcre: …`, `keyword lua`), with their counts. */
function countKeywords(refused: ParsedRules["refused"]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of refused) {
    const keyword = /^keyword ([\w.-]+)|^([\w.]+):/.exec(reason);
    const name = keyword?.[1] ?? keyword?.[2];
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Rules that can never alert are those with such a warning, and those that ask for what is never told here. */
function countKinds(
  { signatures }: CheckedRules,
  warnings: readonly RuleWarning[],
): Record<RuleWarning["kind"], number> {
  const counts = { never: 0, useless: 0, slow: 0 };
  for (const { kind } of warnings) counts[kind]++;
  const warned = new Set(warnings.flatMap(({ kind, sid }) => (kind === "never" ? [sid] : [])));
  counts.never += signatures.filter(({ isSilent, sid }) => isSilent && !warned.has(sid)).length;
  return counts;
}

function asJson(rules: CheckedRules, warnings: readonly RuleWarning[]): Record<string, unknown> {
  const { signatures, refused, notes, changes, policyProblems, disabledCount } = rules;
  return {
    loaded: signatures.length,
    refused,
    refused_by_reason: countReasons(refused),
    refused_by_keyword: countKeywords(refused),
    disabled: disabledCount,
    warnings: warnings.map(({ phrase, ...place }) => ({
      ...place,
      text: translate("en", phrase.key, phrase.params),
    })),
    notes,
    changes,
    policy_problems: policyProblems,
    lists: rules.lists,
    loaded_sids: signatures.map(({ sid }) => sid).sort((a, b) => a - b),
  };
}

function printReport(
  context: CliContext,
  rules: CheckedRules,
  warnings: readonly RuleWarning[],
  isComplete: boolean,
): void {
  const { signatures, refused, notes, changes, policyProblems, disabledCount } = rules;
  for (const { file, line, sid, reason } of refused) {
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.refused", { sid: sid ?? "?", reason })}`);
  }
  for (const { file, line, sid, note } of notes) {
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.note", { sid, note })}`);
  }
  printWarnings(context, warnings, isComplete);
  for (const { file, line, reason } of policyProblems) {
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.policy", { reason })}`);
  }
  if (refused.length > 0) {
    context.out(`\n${say(context, "cli.rules_check.by_reason")}`);
    for (const { reason, count } of countReasons(refused))
      context.out(`${String(count).padStart(7)}  ${reason}`);
    context.out("");
  }
  if (changes.length > 0) {
    const count = (...kinds: string[]): number => changes.filter(({ kind }) => kinds.includes(kind)).length;
    const [disabled, enabled, dropped] = [count("disabled"), count("enabled"), count("dropped")];
    const [modified, suppressed] = [count("modified"), count("suppressed")];
    const thresholds = count("threshold", "rate_filter");
    const counts = { disabled, enabled, dropped, modified, suppressed, thresholds };
    context.out(say(context, "cli.rules_check.changes", counts));
  }
  context.out(
    say(context, "cli.rules_check.counts", { disabled: disabledCount, ...countKinds(rules, warnings) }),
  );
  const counts = { loaded: signatures.length, refused: refused.length };
  for (const list of rules.lists) context.out(say(context, "cli.rules_check.list", { ...list }));
  context.out(say(context, "cli.rules_check.total", counts));
  if (signatures.length === 0 && rules.lists.length === 0)
    context.out(say(context, "error.rules.none_loaded", counts));
}

/** All that can never alert; of the slow ones a few, unless all are asked for. */
function printWarnings(context: CliContext, warnings: readonly RuleWarning[], isComplete: boolean): void {
  const grave = warnings.filter(({ kind }) => kind !== "slow");
  const slow = warnings.filter(({ kind }) => kind === "slow");
  const shown = isComplete ? warnings : [...grave, ...slow].slice(0, MAX_WARNINGS);
  for (const { file, line, sid, phrase } of shown) {
    const text = sayPhrases(context, [phrase]);
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.warning", { sid, text })}`);
  }
  const left = warnings.length - shown.length;
  if (left > 0) context.out(say(context, "cli.rules_check.more", { count: left }));
}
