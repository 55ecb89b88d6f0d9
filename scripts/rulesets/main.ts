/**
 * The operator's tools for rule sets. Exit code 0; 1 where something failed, with one sentence on standard error; 2 for wrong
 * usage.
 */
import yargs from "yargs";
import { AgentError } from "#agent/base/errors.js";
import {
  buildOptions,
  diffOptions,
  runBuild,
  runDiff,
  runSign,
  runVerify,
  signOptions,
  verifyOptions,
} from "./bundle-commands.js";
import {
  publishOptions,
  rolloutOptions,
  runPublish,
  runRollout,
  runStatus,
  runWithdraw,
  statusOptions,
  withdrawOptions,
} from "./delivery-commands.js";
import { keygenOptions, rootOptions, runKeygen, runRoot } from "./key-commands.js";
import { OperatorError } from "./operator-error.js";
import { saying } from "./say.js";

class UsageError extends Error {}

async function run(): Promise<number> {
  const say = saying(process.argv.includes("--json"));
  let code = 0;
  const parser = yargs(process.argv.slice(2))
    .scriptName("scripts/rules")
    .usage("Rule sets for boxes: keys, bundles, delivery.")
    .option("json", { type: "boolean", default: false, describe: "Print JSON for machines" })
    .command("keygen <name>", "Make a signing key", keygenOptions, (argv) => runKeygen(say, argv))
    .command("root <file>", "Say who may sign: the first root, or the next", rootOptions, (argv) =>
      runRoot(say, argv),
    )
    .command("build <path..>", "Make a bundle of rules", buildOptions, (argv) =>
      runBuild(say, { ...argv, version: argv.setVersion }),
    )
    .command("sign <bundle>", "Add a signature", signOptions, (argv) => runSign(say, argv))
    .command("verify <bundle>", "Verify a bundle as a box does", verifyOptions, (argv) =>
      runVerify(say, argv),
    )
    .command("diff <before> <after>", "What changes from one bundle to another", diffOptions, (argv) =>
      runDiff(say, argv),
    )
    .command(
      "publish <bundle>",
      "Put a bundle on the broker, for devices and groups",
      publishOptions,
      async (argv) => {
        code = await runPublish(say, argv);
      },
    )
    .command("rollout <bundle>", "Bring a bundle to devices, ring by ring", rolloutOptions, async (argv) => {
      code = await runRollout(say, argv);
    })
    .command("status", "Which device runs what", statusOptions, async (argv) => {
      code = await runStatus(say, argv);
    })
    .command("withdraw <withdrawn>", "Take a version back", withdrawOptions, async (argv) => {
      code = await runWithdraw(say, argv);
    })
    .demandCommand(1, "scripts/rules --help lists the commands.")
    .version(false)
    .wrap(Math.min(process.stdout.columns ?? 80, 100))
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      // A check that does not hold comes as text.
      throw error instanceof Error ? error : new UsageError(message);
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    const isUsage = error instanceof UsageError;
    if (!(isUsage || error instanceof AgentError || error instanceof OperatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return isUsage ? 2 : 1;
  }
  return code;
}

process.exitCode = await run();
