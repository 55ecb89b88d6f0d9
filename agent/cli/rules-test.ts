import { dirname, resolve } from "node:path";
import type { Argv } from "yargs";
import { displayWidth } from "../base/text-layout.js";
import { hasRuleFiles, shippedRulesFolder } from "../config/rule-files.js";
import { type RuleTest, readRuleTests } from "../config/rule-test-files.js";
import type { EngineShelf } from "../rule-test-run.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";

export interface RulesTestArguments {
  readonly dir: string;
  readonly rules: readonly string[];
  readonly match: string | undefined;
  readonly json: boolean;
}

/** What one test found. */
export interface RuleTestResult {
  readonly test: string;
  readonly passed: boolean;
  /** How often each sid alerted. */
  readonly alerts: Readonly<Record<number, number>>;
  /** In the context's language; empty where the test passed. */
  readonly problems: readonly string[];
}

/** Options of `sekisho rules test`. */
export function rulesTestOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: say(context, "cli.rules_test.dir") })
      .option("rules", {
        type: "string",
        array: true,
        default: [],
        describe: say(context, "cli.rules_test.rules"),
      })
      .option("match", { type: "string", describe: say(context, "cli.rules_test.match") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("$0 rules test rules/tests", say(context, "cli.rules_test.example.plain"))
      .example("$0 rules test mine/ --rules mine.rules --json", say(context, "cli.rules_test.example.json"))
      .epilogue(say(context, "cli.rules_test.form"));
}

/** `sekisho rules test`: every capture through its rules, compared with what must come. Exit 1 where one fails. */
export async function runRulesTest(context: CliContext, args: RulesTestArguments): Promise<number> {
  const tests = readRuleTests(args.dir).filter(({ name }) => name.includes(args.match ?? ""));
  if (tests.length === 0) {
    context.err(say(context, "cli.rules_test.none", { path: args.dir }));
    return EXIT_FAILED;
  }
  const { EngineShelf } = await import("../rule-test-run.js");
  const engines = new EngineShelf();
  const width = Math.max(...tests.map(({ name }) => displayWidth(name)));
  const results: RuleTestResult[] = [];
  for (const test of tests) {
    const result = await runTest(context, test, rulesOf(test, args), engines);
    if (!args.json) printResult(context, result, width);
    results.push(result);
  }
  const failed = results.filter(({ passed }) => !passed).length;
  if (args.json)
    context.out(JSON.stringify({ passed: results.length - failed, failed, tests: results }, undefined, 2));
  else context.out(say(context, "cli.rules_test.total", { passed: results.length - failed, failed }));
  return failed === 0 ? EXIT_DONE : EXIT_FAILED;
}

/** Rules of the test itself, else those named, else those beside the folder of tests, else the shipped ones. */
function rulesOf(test: RuleTest, args: RulesTestArguments): readonly string[] {
  if (test.rules.length > 0) return test.rules;
  if (args.rules.length > 0) return args.rules;
  const beside = [dirname(resolve(test.folder)), dirname(dirname(resolve(test.folder)))].find(hasRuleFiles);
  return [beside ?? shippedRulesFolder()];
}

async function runTest(
  context: CliContext,
  test: RuleTest,
  paths: readonly string[],
  engines: EngineShelf,
): Promise<RuleTestResult> {
  const { runRuleTest } = await import("../rule-test-run.js");
  const { alerts, problems } = await runRuleTest(test, paths, engines);
  const sentences = problems.map(({ key, params }) => say(context, key, params));
  return { test: test.name, passed: sentences.length === 0, alerts, problems: sentences };
}

function printResult(
  context: CliContext,
  { test, passed, alerts, problems }: RuleTestResult,
  width: number,
): void {
  const mark = say(context, passed ? "cli.rules_test.passed" : "cli.rules_test.failed");
  const found = Object.entries(alerts)
    .map(([sid, count]) => (count === 1 ? sid : `${sid}×${count}`))
    .join(" ");
  context.out(`${mark}  ${test}${" ".repeat(width - displayWidth(test))}  ${found === "" ? "-" : found}`);
  for (const problem of problems) context.out(`      ${problem}`);
}
