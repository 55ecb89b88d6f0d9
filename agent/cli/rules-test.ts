import { dirname, resolve } from "node:path";
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { displayWidth } from "../base/text-layout.js";
import { hasRuleFiles, shippedRulesFolder } from "../config/rule-files.js";
import { type RuleTest, readRuleTests } from "../config/rule-test-files.js";
import { readVariablesFile } from "../config/variables-file.js";
import type { CompiledRules } from "../sensor/rule-compiler.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import type { ReplayEngine } from "./replay-engine.js";

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

/** Engines by their setting: rules that many tests share are compiled once. */
class EngineShelf {
  readonly #engines = new Map<string, ReplayEngine>();

  async engineFor({ vars, homeNet, readsMore }: RuleTest): Promise<ReplayEngine> {
    const key = JSON.stringify([vars, homeNet, readsMore]);
    let engine = this.#engines.get(key);
    if (!engine) {
      const groups = vars === undefined ? undefined : readVariablesFile(vars);
      const { ReplayEngine } = await import("./replay-engine.js");
      engine = new ReplayEngine({ homeNet, groups, policy: {}, readsMore });
      this.#engines.set(key, engine);
    }
    return engine;
  }
}

async function runTest(
  context: CliContext,
  test: RuleTest,
  paths: readonly string[],
  engines: EngineShelf,
): Promise<RuleTestResult> {
  const counts = new Map<number, number>();
  const problems: string[] = [];
  try {
    const engine = await engines.engineFor(test);
    const rules = await engine.load(paths);
    const [result] = engine.run(rules, [test.capture], ({ signatureId }) =>
      counts.set(signatureId, (counts.get(signatureId) ?? 0) + 1),
    );
    if (result?.problem) problems.push(say(context, result.problem.code, result.problem.params));
    problems.push(...differences(context, test, counts, rules));
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    problems.push(error.describe(context.language));
  }
  const alerts = Object.fromEntries([...counts].sort(([a], [b]) => a - b));
  return { test: test.name, passed: problems.length === 0, alerts, problems };
}

function differences(
  context: CliContext,
  { alerts, rules: own }: RuleTest,
  counts: ReadonlyMap<number, number>,
  { loadedSids, refused }: CompiledRules,
): string[] {
  const problems: string[] = [];
  const loaded = new Set(loadedSids);
  for (const [sid, expected] of alerts) {
    const got = counts.get(sid) ?? 0;
    const refusal = refused.find((rule) => rule.sid === sid);
    if (!loaded.has(sid)) {
      const reason = refusal?.reason;
      problems.push(
        reason === undefined
          ? say(context, "cli.rules_test.not_loaded", { sid })
          : say(context, "cli.rules_test.refused", { sid, reason }),
      );
    } else if (expected === "any" ? got === 0 : got !== expected) {
      problems.push(say(context, "cli.rules_test.missing", { sid, expected, got }));
    }
  }
  for (const [sid, got] of counts) {
    if (!alerts.has(sid)) problems.push(say(context, "cli.rules_test.unexpected", { sid, got }));
  }
  // A rule that a test brings and that does not load can keep silent for the wrong reason.
  for (const { sid, reason } of own.length > 0 ? refused : []) {
    if (sid === undefined || !alerts.has(sid)) {
      problems.push(say(context, "cli.rules_test.refused", { sid: sid ?? "?", reason }));
    }
  }
  return problems;
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
