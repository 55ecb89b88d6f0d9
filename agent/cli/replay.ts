import { readFileSync } from "node:fs";
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { eveAlert } from "../forward/eve-alert.js";
import type { ReplayEngine } from "../replay-engine.js";
import { DEFAULT_ALERTS_PER_PACKET } from "../sensor/alert-queue.js";
import type { CaptureFileResult } from "../sensor/capture/capture-file.js";
import type { CompiledRules } from "../sensor/rule-compiler.js";
import { userCacheFolder } from "./cache-folder.js";
import { separateCaptures } from "./capture-arguments.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, EXIT_USAGE, say } from "./context.js";
import { eveRules, eveTraffic } from "./eve.js";
import { LineWriter } from "./line-writer.js";
import { type RuleArguments, ruleSetting, withRuleOptions } from "./rule-options.js";

export interface ReplayArguments extends RuleArguments {
  readonly pcap: readonly string[];
  readonly rules: readonly string[];
  readonly eve: string;
  readonly batch: string | undefined;
  readonly stats: boolean;
  /** Also what Suricata 7 does not read. */
  readonly more: boolean;
  /** Also events besides alerts; without rules too. */
  readonly records: boolean;
  readonly allowEmpty: boolean;
  /** Use compiled rules that were kept. */
  readonly cache: boolean;
  /** The rule to explain instead of writing alerts. */
  readonly why: string | undefined;
  readonly packetAlertMax: number;
  readonly whyLimit: number;
  readonly json: boolean;
}

/** Options of `sekisho replay`. */
export function replayOptions(context: CliContext) {
  return (yargs: Argv) =>
    withRuleOptions(context, yargs)
      .positional("pcap", {
        type: "string",
        array: true,
        default: [],
        describe: say(context, "cli.replay.pcap"),
      })
      .option("rules", {
        type: "string",
        array: true,
        default: [],
        describe: say(context, "cli.replay.rules"),
      })
      .option("eve", { type: "string", default: "-", describe: say(context, "cli.replay.eve") })
      .option("records", { type: "boolean", default: false, describe: say(context, "cli.replay.records") })
      .option("batch", { type: "string", describe: say(context, "cli.replay.batch") })
      .option("stats", { type: "boolean", default: false, describe: say(context, "cli.replay.stats") })
      .option("more", {
        type: "boolean",
        default: false,
        describe: say(context, "cli.replay.more"),
      })
      .option("packet-alert-max", {
        type: "number",
        default: DEFAULT_ALERTS_PER_PACKET,
        describe: say(context, "cli.replay.packet_alert_max"),
      })
      .option("why", { type: "string", describe: say(context, "cli.replay.why") })
      .option("why-limit", { type: "number", default: 20, describe: say(context, "cli.replay.why_limit") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.replay.json") })
      .option("allow-empty", { type: "boolean", default: false, describe: say(context, "cli.allow_empty") })
      .option("cache", { type: "boolean", default: true, describe: say(context, "cli.replay.cache") })
      .example("$0 replay --rules rules office.pcap", say(context, "cli.replay.example.plain"))
      .example(
        "$0 replay --rules et/ --vars vars.json --eve alerts.json a.pcap b.pcapng",
        say(context, "cli.replay.example.vars"),
      )
      .example("$0 replay --rules et/ --batch list.txt", say(context, "cli.replay.example.batch"))
      .example("$0 replay --rules rules --why 9000011 office.pcap", say(context, "cli.replay.example.why"));
}

/** `sekisho replay`: captures through the engine, alerts as EVE JSON lines. Returns the exit code. */
export async function runReplay(context: CliContext, given: ReplayArguments): Promise<number> {
  const { rules, captures } = separateCaptures(given.rules);
  const args = { ...given, rules, pcap: [...captures, ...given.pcap] };
  const problem = usageProblem(context, args);
  if (problem !== undefined) {
    context.err(problem);
    return EXIT_USAGE;
  }
  const setting = {
    ...ruleSetting(args),
    readsMore: args.more,
    cacheFolder: userCacheFolder(context.environment),
    isUncached: !args.cache,
  };
  if (args.why !== undefined) {
    const { why, pcap, whyLimit: limit, json } = args;
    const { runReplayWhy } = await import("./replay-why.js");
    return runReplayWhy(context, { ...setting, paths: args.rules }, { why, captures: pcap, limit, json });
  }
  const { ReplayEngine } = await import("../replay-engine.js");
  const engine = new ReplayEngine(setting, args.records, args.packetAlertMax);
  const exitCode =
    args.batch === undefined
      ? await replayOne(
          context,
          engine,
          args.rules,
          args.pcap,
          args.eve,
          args.allowEmpty || isWithoutRules(args),
        )
      : await replayBatch(context, engine, args, args.batch);
  if (args.stats) context.err(JSON.stringify(engine.counters(), undefined, 2));
  return exitCode;
}

function usageProblem(context: CliContext, args: ReplayArguments): string | undefined {
  if (args.why !== undefined && args.batch !== undefined) return say(context, "cli.replay.why_and_batch");
  if (args.batch === undefined) {
    if (args.pcap.length === 0) return say(context, "cli.replay.no_pcap");
    if (args.rules.length === 0 && !args.records) return say(context, "cli.replay.no_rules");
  } else if (args.pcap.length > 0) {
    return say(context, "cli.replay.batch_and_pcap");
  }
  return undefined;
}

/** Records are asked for, and no alerts. */
function isWithoutRules(args: ReplayArguments): boolean {
  return args.records && args.rules.length === 0;
}

async function replayOne(
  context: CliContext,
  engine: ReplayEngine,
  rulePaths: readonly string[],
  captures: readonly string[],
  output: string,
  mayBeEmpty: boolean,
): Promise<number> {
  const rules = await engine.load(rulePaths);
  const writer = new LineWriter(output);
  try {
    writer.write(eveRules(rules.loadedSids, rules.refused));
    const results = engine.run(
      rules,
      captures,
      (detection) => writer.write(eveAlert(detection)),
      (record) => writer.write(eveTraffic(record)),
    );
    for (const [index, result] of results.entries()) reportProblem(context, captures[index]!, result);
  } finally {
    writer.close();
  }
  requireRules(context, rules, mayBeEmpty);
  return EXIT_DONE;
}

/**
 * Nothing loaded means that nothing can be found, which is said. Files without any rule are a failure; where every rule was
 * refused the output names them with their reasons, which is an answer to the question that a replay is.
 */
function requireRules(context: CliContext, rules: CompiledRules, mayBeEmpty: boolean): void {
  if (rules.loadedSids.length > 0 || rules.indicatorCount > 0 || mayBeEmpty) return;
  const error = new AgentError("error.rules.none_loaded", { refused: rules.refused.length });
  if (rules.refused.length === 0) throw error;
  context.err(error.describe(context.language));
}

/** Every line is a replay of its own; one that fails is reported and the others go on. */
async function replayBatch(
  context: CliContext,
  engine: ReplayEngine,
  args: ReplayArguments,
  list: string,
): Promise<number> {
  let exitCode = EXIT_DONE;
  for (const { capture, output, rules } of readBatchList(list)) {
    const rulePaths = rules === undefined ? args.rules : [rules];
    if (rulePaths.length === 0 && !args.records) {
      context.err(say(context, "cli.replay.no_rules"));
      return EXIT_USAGE;
    }
    try {
      // A test set may hold cases of which no rule loads: its output says so, and the batch goes on.
      await replayOne(context, engine, rulePaths, [capture], output, true);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      context.err(`${capture}: ${error.describe(context.language)}`);
      exitCode = EXIT_FAILED;
    }
  }
  return exitCode;
}

interface BatchLine {
  readonly capture: string;
  readonly output: string;
  readonly rules: string | undefined;
}

function readBatchList(path: string): BatchLine[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new AgentError("error.batch.unreadable", { path, reason: reasonOf(error) }, { cause: error });
  }
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const [capture, output, rules, ...rest] = line.replace(/\r$/, "").split("\t");
    if (!capture || !output || rest.length > 0)
      throw new AgentError("error.batch.line", { path, line: index + 1 });
    return [{ capture, output, rules }];
  });
}

function reportProblem(context: CliContext, capture: string, result: CaptureFileResult): void {
  if (result.problem) context.err(`${capture}: ${say(context, result.problem.code, result.problem.params)}`);
}
