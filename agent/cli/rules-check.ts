import type { Argv } from "yargs";
import type { CompiledRules } from "../sensor/rule-compiler.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { type RuleArguments, ruleSetting, withRuleOptions } from "./rule-options.js";

export interface RulesCheckArguments extends RuleArguments {
  readonly path: readonly string[];
  readonly json: boolean;
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
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("$0 rules check rules", say(context, "cli.rules_check.example.plain"))
      .example("$0 rules check --json et/ local.rules", say(context, "cli.rules_check.example.json"));
}

/** `sekisho rules check`: which rules load and which do not, and why. Exit 1 where none loads. */
export async function runRulesCheck(context: CliContext, args: RulesCheckArguments): Promise<number> {
  const { loadRulesHere } = await import("../rule-loading.js");
  const rules = loadRulesHere({ ...ruleSetting(args), paths: args.path });
  if (args.json) context.out(JSON.stringify(asJson(rules), undefined, 2));
  else printReport(context, rules);
  return rules.loadedSids.length > 0 || rules.indicatorCount > 0 ? EXIT_DONE : EXIT_FAILED;
}

function asJson({ loadedSids, indicatorLists, refused, notes }: CompiledRules): Record<string, unknown> {
  return { loaded: loadedSids.length, refused, notes, lists: indicatorLists, loaded_sids: loadedSids };
}

function printReport(
  context: CliContext,
  { loadedSids, indicatorLists, refused, notes }: CompiledRules,
): void {
  for (const { file, line, sid, reason } of refused) {
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.refused", { sid: sid ?? "?", reason })}`);
  }
  for (const { file, line, sid, note } of notes) {
    context.out(`${file}:${line}: ${say(context, "cli.rules_check.note", { sid, note })}`);
  }
  for (const list of indicatorLists) context.out(say(context, "cli.rules_check.list", { ...list }));
  const counts = { loaded: loadedSids.length, refused: refused.length };
  context.out(say(context, "cli.rules_check.total", counts));
  if (loadedSids.length === 0 && indicatorLists.length === 0)
    context.out(say(context, "error.rules.none_loaded", counts));
}
