/**
 * `sekisho rules install`, `rollback`, `history` and `status`: rule sets by hand. A running agent is asked over its control socket;
 * where none runs, the command does the same work itself.
 */
import { randomUUID } from "node:crypto";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Argv } from "yargs";
import { AgentError, type ErrorCode, reasonOf } from "../base/errors.js";
import { isMessageKey, type MessageKey } from "../base/language.js";
import { giveToOwner, remove } from "../base/state-folder.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { usualConfigFile } from "../config/usual-file.js";
import { askAgent } from "../onsite/control-client.js";
import { MAX_CONTENT_BYTES } from "../update/manifest.js";
import { ruleSetFolder } from "../update/rule-set-folder.js";
import {
  INSTALL_PATH,
  ROLLBACK_PATH,
  RULE_SETS_PATH,
  type RuleSetStatus,
  statusOf,
  type WishOutcome,
} from "../update/update-status.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { historyLines, statusLines } from "./rule-set-screen.js";
import { userName } from "./user-name.js";
import { packageVersion } from "./version.js";

const POLL_MS = 300;
/** What is wrong where a bundle is copied to, and not with the bundle. */
const DISK_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

export interface RuleSetArguments {
  readonly config: string | undefined;
  readonly json: boolean;
}

/** Builds the four subcommands; `finish` gets the exit code. */
export function ruleSetCommands(context: CliContext, finish: (code: number) => void) {
  const common = (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
  return <T>(yargs: Argv<T>) =>
    yargs
      .command(
        "install <file>",
        say(context, "cli.rule_sets.install"),
        (install) =>
          common(install)
            .positional("file", {
              type: "string",
              demandOption: true,
              describe: say(context, "cli.rule_sets.file"),
            })
            .example(
              "$0 rules install /media/usb/office-7.bundle",
              say(context, "cli.rule_sets.example.install"),
            ),
        async (argv) => finish(await install(context, argv, argv.file)),
      )
      .command(
        "rollback",
        say(context, "cli.rule_sets.rollback"),
        (rollback) =>
          common(rollback)
            .option("reason", {
              type: "string",
              default: "taken back by hand",
              describe: say(context, "cli.rule_sets.reason"),
            })
            .example(
              '$0 rules rollback --reason "too many alerts"',
              say(context, "cli.rule_sets.example.rollback"),
            ),
        async (argv) => finish(await rollback(context, argv, argv.reason)),
      )
      .command("history", say(context, "cli.rule_sets.history"), common, async (argv) => {
        const status = await statusFor(context, argv);
        print(context, argv, status.history, historyLines(context, status));
        finish(EXIT_DONE);
      })
      .command("status", say(context, "cli.rule_sets.status"), common, async (argv) => {
        const status = await statusFor(context, argv);
        print(context, argv, status, statusLines(context, status));
        finish(EXIT_DONE);
      });
}

async function install(context: CliContext, args: RuleSetArguments, file: string): Promise<number> {
  const config = configFor(context, args);
  const folder = ruleSetFolder(config.store.path);
  const outcome = (await isRunning(config))
    ? await throughAgent(context, config, INSTALL_PATH, { file: drop(file, folder) })
    : await here(context, config, (desk, ports) => desk.install(file, userName(context), ports));
  return tell(context, args, outcome, "cli.rule_sets.installed");
}

async function rollback(context: CliContext, args: RuleSetArguments, reason: string): Promise<number> {
  const config = configFor(context, args);
  const outcome = (await isRunning(config))
    ? await throughAgent(context, config, ROLLBACK_PATH, { reason })
    : await here(context, config, async (desk, ports) => {
        await desk.goBack("rolled_back", reason, userName(context), ports);
        return {};
      });
  return tell(context, args, outcome, "cli.rule_sets.rolled_back");
}

/** Which rule sets are in force, and what became of others; from the disk, whether an agent runs or not. */
export async function statusFor(
  context: CliContext,
  args: Pick<RuleSetArguments, "config">,
): Promise<RuleSetStatus> {
  const config = configFor(context, args);
  if (await isRunning(config)) return askStatus(config);
  const { desk } = await deskFor(config);
  return statusOf(desk, Date.now());
}

function configFor(context: CliContext, args: Pick<RuleSetArguments, "config">): Config {
  return loadConfig(args.config ?? usualConfigFile(), context.environment);
}

async function askStatus(config: Config): Promise<RuleSetStatus> {
  return (await askAgent(config.control.socket, RULE_SETS_PATH)) as RuleSetStatus;
}

/** @throws AgentError where this user may not ask */
async function isRunning(config: Config): Promise<boolean> {
  try {
    await askStatus(config);
    return true;
  } catch (error) {
    if (error instanceof AgentError && error.code === "error.control.no_agent") return false;
    throw error;
  }
}

/** Leave the bundle where the agent can read it, which may see neither this user's files nor the stick. */
function drop(file: string, folder: string): string {
  const name = `dropped-${randomUUID()}.bundle`;
  const path = join(folder, name);
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new Error("it is no regular file");
    if (status.size > MAX_CONTENT_BYTES * 2) throw new Error("it is too large for a bundle");
    copyFileSync(file, path);
    giveToOwner(folder);
    return name;
  } catch (error) {
    remove(path);
    if (DISK_CODES.has((error as NodeJS.ErrnoException).code ?? "")) {
      throw new AgentError(
        "error.rule_sets.disk",
        { path: folder, reason: reasonOf(error) },
        { cause: error },
      );
    }
    throw new AgentError(
      "error.bundle.unreadable",
      { path: file, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

async function throughAgent(
  context: CliContext,
  config: Config,
  path: string,
  params: Record<string, string>,
): Promise<Partial<WishOutcome>> {
  const query = new URLSearchParams({ ...params, by: userName(context) });
  const { id } = (await askAgent(config.control.socket, `${path}?${query}`, "POST")) as { id: string };
  const tellActivity = activityTeller(context, config);
  for (;;) {
    const status = await askStatus(config);
    const outcome = status.outcomes.find((one) => one.id === id);
    if (outcome) return outcome;
    tellActivity(status.activity);
    await sleep(POLL_MS);
  }
}

/** Tells what is going on, each time it is something else. */
function activityTeller(context: CliContext, { rule_sets }: Config): (activity: string) => void {
  let told = "idle";
  return (activity) => {
    if (activity === told) return;
    told = activity;
    const key = `cli.rule_sets.activity.${activity}`;
    if (isMessageKey(key)) context.err(say(context, key, { minutes: rule_sets.shadow_min }));
  };
}

type OfflineWork = (
  desk: Awaited<ReturnType<typeof deskFor>>["desk"],
  ports: Awaited<ReturnType<typeof deskFor>>["ports"],
) => Promise<{ ref?: WishOutcome["set"]; isKnown?: boolean }>;

/** No agent runs: do it in this process. What has been put in force is confirmed by the agent once it runs. */
async function here(context: CliContext, config: Config, work: OfflineWork): Promise<Partial<WishOutcome>> {
  const { desk, ports } = await deskFor(config);
  const tellActivity = activityTeller(context, config);
  const timer = setInterval(() => tellActivity(desk.activity), POLL_MS);
  try {
    const { ref, isKnown } = await work(desk, ports);
    return { isOk: true, ...(ref && { set: ref }), ...(isKnown !== undefined && { isKnown }) };
  } finally {
    clearInterval(timer);
    giveToOwner(ruleSetFolder(config.store.path));
  }
}

/** The rule sets of this box, and what they may be put into force by. */
export async function deskFor(config: Config) {
  const { RuleSetDesk } = await import("../update/rule-set-desk.js");
  const { ruleSetPorts } = await import("../rule-set-ports.js");
  const desk = new RuleSetDesk({
    folder: ruleSetFolder(config.store.path),
    rootFile: config.rule_sets.root_file,
    reader: { device: config.device.id, groups: config.rule_sets.groups, agent: packageVersion() },
    wallMs: Date.now,
  });
  return { desk, ports: ruleSetPorts(config, async () => undefined) };
}

function tell(
  context: CliContext,
  args: RuleSetArguments,
  outcome: Partial<WishOutcome>,
  done: MessageKey,
): number {
  const { isOk, code, params, set, isKnown } = outcome;
  if (args.json) context.out(JSON.stringify(outcome, undefined, 2));
  if (isOk !== true) {
    const key = code !== undefined && isMessageKey(code) ? (code as ErrorCode) : "error.internal";
    context.err(say(context, key, params));
    return EXIT_FAILED;
  }
  if (!args.json) {
    const { name = "", version = 0, layer = "" } = set ?? {};
    context.out(say(context, isKnown ? "cli.rule_sets.known" : done, { name, version, layer }));
  }
  return EXIT_DONE;
}

function print(context: CliContext, args: RuleSetArguments, value: unknown, lines: readonly string[]): void {
  context.out(args.json ? JSON.stringify(value, undefined, 2) : lines.join("\n"));
}
