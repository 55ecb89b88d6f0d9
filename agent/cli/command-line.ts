import yargs from "yargs";
import { AgentError } from "../base/errors.js";
import { languageOf } from "../base/language.js";
import { captureOptions, runCapture } from "./capture.js";
import { configCommands } from "./config.js";
import { type CliContext, EXIT_FAILED, EXIT_USAGE, say } from "./context.js";
import { deviceOptions, devicesOptions, runDevice, runDevices } from "./devices.js";
import { doctorOptions, runDoctor } from "./doctor.js";
import { evidenceCommands } from "./evidence.js";
import { incidentOptions, incidentsOptions, runIncident, runIncidents } from "./incidents.js";
import { replayOptions, runReplay } from "./replay.js";
import { ruleSetCommands } from "./rule-sets.js";
import { rulesCheckOptions, runRulesCheck } from "./rules-check.js";
import { rulesExplainOptions, runRulesExplain } from "./rules-explain.js";
import { rulesTestOptions, runRulesTest } from "./rules-test.js";
import { runAgent, runOptions } from "./run.js";
import { runSelfTest, selfTestOptions } from "./selftest.js";
import { runStatus, statusOptions } from "./status.js";
import { runSupport, supportOptions } from "./support.js";
import { suppressCommands } from "./suppress.js";
import { runTail, tailOptions } from "./tail.js";
import { runTop, topOptions } from "./top.js";
import { packageVersion } from "./version.js";
import { runWhy, whyOptions } from "./why.js";

/**
 * Parse arguments and run one command.
 *
 * @param args without interpreter and script
 * @param context where it reads and writes; the process's own if left out
 * @returns the exit code: 0 done, 1 something failed, 2 wrong usage
 */
export async function runCommandLine(
  args: readonly string[],
  context: CliContext = createContext(args),
): Promise<number> {
  let exitCode = 0;
  const parser = yargs([...args])
    .scriptName("sekisho")
    .locale(context.language)
    .usage(say(context, "cli.description"))
    .option("lang", { choices: ["ja", "en"] as const, describe: say(context, "cli.lang") })
    .command("run", say(context, "cli.run"), runOptions(context), async (argv) => {
      exitCode = await runAgent(context, argv);
    })
    .command("replay [pcap..]", say(context, "cli.replay"), replayOptions(context), async (argv) => {
      exitCode = await runReplay(context, argv);
    })
    .command("rules", say(context, "cli.rules"), (rules) =>
      ruleSetCommands(context, (code) => {
        exitCode = code;
      })(rules)
        .command(
          "check <path..>",
          say(context, "cli.rules_check"),
          rulesCheckOptions(context),
          async (argv) => {
            exitCode = await runRulesCheck(context, argv);
          },
        )
        .command(
          "explain <sid>",
          say(context, "cli.rules_explain"),
          rulesExplainOptions(context),
          async (argv) => {
            exitCode = await runRulesExplain(context, argv);
          },
        )
        .command("test <dir>", say(context, "cli.rules_test"), rulesTestOptions(context), async (argv) => {
          exitCode = await runRulesTest(context, argv);
        })
        .demandCommand(1, say(context, "cli.usage_hint")),
    )
    .command("status", say(context, "cli.status"), statusOptions(context), async (argv) => {
      exitCode = await runStatus(context, argv);
    })
    .command("doctor", say(context, "cli.doctor"), doctorOptions(context), async (argv) => {
      exitCode = await runDoctor(context, argv);
    })
    .command("selftest", say(context, "cli.selftest"), selfTestOptions(context), async (argv) => {
      exitCode = await runSelfTest(context, argv);
    })
    .command("incidents", say(context, "cli.incidents"), incidentsOptions(context), async (argv) => {
      exitCode = await runIncidents(context, argv);
    })
    .command("incident <id>", say(context, "cli.incident"), incidentOptions(context), async (argv) => {
      exitCode = await runIncident(context, argv);
    })
    .command("capture", say(context, "cli.capture"), captureOptions(context), async (argv) => {
      exitCode = await runCapture(context, argv);
    })
    .command("support", say(context, "cli.support"), supportOptions(context), async (argv) => {
      exitCode = await runSupport(context, argv);
    })
    .command("tail", say(context, "cli.tail"), tailOptions(context), async (argv) => {
      exitCode = await runTail(context, argv);
    })
    .command("top", say(context, "cli.top"), topOptions(context), async (argv) => {
      exitCode = await runTop(context, argv);
    })
    .command("why <sid>", say(context, "cli.why"), whyOptions(context), async (argv) => {
      exitCode = await runWhy(context, argv);
    })
    .command("devices", say(context, "cli.devices"), devicesOptions(context), async (argv) => {
      exitCode = await runDevices(context, argv);
    })
    .command("device <who>", say(context, "cli.device"), deviceOptions(context), async (argv) => {
      exitCode = await runDevice(context, argv);
    })
    .command(
      "evidence",
      say(context, "cli.evidence"),
      evidenceCommands(context, (code) => {
        exitCode = code;
      }),
    )
    .command(
      "config",
      say(context, "cli.config"),
      configCommands(context, (code) => {
        exitCode = code;
      }),
    )
    .command(
      "suppress",
      say(context, "cli.suppress"),
      suppressCommands(context, (code) => {
        exitCode = code;
      }),
    )
    .example("$0 replay --rules rules office.pcap", say(context, "cli.replay.example.plain"))
    .example("$0 rules check rules", say(context, "cli.rules_check.example.plain"))
    .example("$0 run --config /etc/sekisho/sekisho.yaml", say(context, "cli.run.example.config"))
    .demandCommand(1, say(context, "cli.usage_hint"))
    .version(packageVersion())
    .wrap(context.isTerminal ? Math.min(process.stdout.columns ?? 80, 100) : 80)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      if (error) throw error;
      context.err(`${message}\n${say(context, "cli.usage_hint")}`);
      exitCode = EXIT_USAGE;
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    context.err(error.describe(context.language));
    exitCode = EXIT_FAILED;
  }
  return exitCode;
}

function createContext(args: readonly string[]): CliContext {
  return {
    language: languageOf(args, process.env),
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    environment: process.env,
    isTerminal: process.stdout.isTTY === true,
  };
}
