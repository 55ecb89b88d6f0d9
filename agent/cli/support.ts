/** The command `sekisho support`: one file that says how the box does, to be sent to whoever helps. */
import { execFileSync } from "node:child_process";
import { cpus, freemem, networkInterfaces, release, totalmem, uptime } from "node:os";
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { translate } from "../base/language.js";
import { SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { withoutCredentials } from "../base/without-credentials.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { usualConfigFile } from "../config/usual-file.js";
import type { DeviceCard } from "../device/card.js";
import { isIncident } from "../incident/incident.js";
import { askAgent } from "../onsite/control-client.js";
import { Pseudonyms } from "../onsite/pseudonyms.js";
import { STATUS_PATH } from "../onsite/status.js";
import { type BundlePart, preparedParts, withoutSecrets, writeBundle } from "../onsite/support-bundle.js";
import { readStoredIncidents } from "../store/stored-incidents.js";
import { agrees } from "./confirmation.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { knownCards } from "./devices.js";
import { examineBox } from "./doctor.js";
import { recordAction } from "./evidence-acts.js";
import { statusFor } from "./rule-sets.js";
import { packageVersion } from "./version.js";

const DEFAULT_LINES = 2000;
const DOCTOR_SECONDS = 3;
const COMMAND_TIMEOUT_MS = 10_000;
const MAX_COMMAND_BYTES = 16 * 1024 * 1024;
const READ_MS = 10_000;
const LAST_INCIDENTS = 50;

interface SupportArguments {
  readonly config: string | undefined;
  readonly out: string | undefined;
  readonly pseudonymise: boolean;
  readonly yes: boolean;
}

/** Options of `sekisho support`. */
export function supportOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("out", { type: "string", describe: say(context, "cli.support.out") })
      .option("pseudonymise", {
        type: "boolean",
        default: false,
        describe: say(context, "cli.support.pseudonymise"),
      })
      .option("yes", { type: "boolean", default: false, describe: say(context, "cli.support.yes") })
      .example("sudo $0 support --pseudonymise", say(context, "cli.support.example"));
}

/** @throws AgentError where nobody agreed, or the file cannot be written */
export async function runSupport(context: CliContext, args: SupportArguments): Promise<number> {
  if (!args.yes && !context.isTerminal) throw new AgentError("error.support.unasked");
  context.err(say(context, "cli.support.gathering"));
  const { parts, config } = await gather(context, args);
  const pseudonyms = args.pseudonymise ? new Pseudonyms(await namesToHide(context, args, config)) : undefined;
  const ready = preparedParts(parts, pseudonyms);
  const holds = say(
    context,
    args.pseudonymise ? "cli.support.holds.pseudonyms" : "cli.support.holds.addresses",
  );
  context.err(wrapText(holds, SCREEN_COLUMNS));
  for (const { file, text } of ready) {
    const kib = (Buffer.byteLength(text) / 1024).toFixed(1);
    context.err(`  ${file.padEnd(16)} ${kib.padStart(8)} KiB  ${say(context, descriptionOf(file))}`);
  }
  const device = pseudonyms === undefined ? (config?.device.id ?? "box") : "box";
  const stamp = new Date().toISOString().slice(0, 16).replace(/[-:]/g, "").replace("T", "-");
  const target = args.out ?? `sekisho-support-${device}-${stamp}.tar.gz`;
  if (!args.yes && !(await agrees(say(context, "cli.support.ask", { file: target })))) {
    context.err(say(context, "cli.support.not_written"));
    return EXIT_DONE;
  }
  const sha256 = writeBundle(target, ready);
  const details = { file: target, sha256, pseudonymised: args.pseudonymise };
  if (config !== undefined) await recordAction(context, config, "support_bundle", details);
  context.out(say(context, "cli.support.written", { file: target, sha256 }));
  return EXIT_DONE;
}

const FILES = {
  "config.json": "cli.support.part.config",
  "status.json": "cli.support.part.status",
  "rules.json": "cli.support.part.rules",
  "doctor.json": "cli.support.part.doctor",
  "incidents.json": "cli.support.part.incidents",
  "machine.json": "cli.support.part.machine",
  "journal.txt": "cli.support.part.journal",
} as const;

function descriptionOf(file: string) {
  return FILES[file as keyof typeof FILES];
}

/** Whatever cannot be had is said in its place: a box in trouble is why this is asked for. */
async function gather(
  context: CliContext,
  args: SupportArguments,
): Promise<{ parts: BundlePart[]; config: Config | undefined }> {
  const english: CliContext = { ...context, language: "en", err: () => undefined };
  let config: Config | undefined;
  const parts: BundlePart[] = [];
  const add = async (file: keyof typeof FILES, make: () => unknown): Promise<void> => {
    let text: string;
    try {
      const made = await make();
      text =
        typeof made === "string"
          ? withoutCredentials(made)
          : `${JSON.stringify(withoutSecrets(made), undefined, 2)}\n`;
    } catch (error) {
      const reason = error instanceof AgentError ? error.describe("en") : reasonOf(error);
      text = `could not be had: ${withoutCredentials(reason)}\n`;
    }
    parts.push({ file, text });
  };
  await add("config.json", () => {
    config = loadConfig(args.config ?? usualConfigFile(), context.environment);
    return config;
  });
  const used = config as Config | undefined;
  await add("status.json", () => askAgent(configured(used).control.socket, STATUS_PATH));
  await add("rules.json", () => statusFor(context, args));
  await add("doctor.json", async () => {
    const { findings, checks } = await examineBox(english, {
      config: args.config,
      seconds: DOCTOR_SECONDS,
      json: true,
    });
    const told = findings.map(({ name, level, message, params }) => ({
      ...{ name, level, params },
      text: translate("en", message, params),
    }));
    return { checks, findings: told };
  });
  await add("incidents.json", () => incidentCounts(configured(used).store.path));
  await add("machine.json", machine);
  await add("journal.txt", () =>
    output("journalctl", ["-u", "sekisho", "-n", String(DEFAULT_LINES), "--no-pager", "-o", "short-iso"]),
  );
  return { parts, config: used };
}

function configured(config: Config | undefined): Config {
  if (config === undefined) throw new Error("the configuration cannot be read");
  return config;
}

/** How many of which rule, and the last ones by their number: no device, no address, no name. */
async function incidentCounts(path: string) {
  const now = (): number => performance.now();
  const { incidents, isComplete } = await readStoredIncidents(path, now, now() + READ_MS);
  const found = incidents.map(({ payload }): unknown => JSON.parse(payload)).filter(isIncident);
  const byRule: Record<string, number> = {};
  for (const { rule } of found) {
    const key = `${rule.gid}:${rule.sid}`;
    byRule[key] = (byRule[key] ?? 0) + 1;
  }
  const last = found
    .slice(0, LAST_INCIDENTS)
    .map(({ id, state, verdict, count, firstSeen, lastSeen, rule }) => ({
      ...{ id, state, verdict, count, firstSeen, lastSeen },
      rule: `${rule.gid}:${rule.sid}`,
    }));
  return { total: found.length, isComplete, byRule, last };
}

function machine() {
  const [cpu] = cpus();
  const interfaces = Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    addresses: addresses.map(({ cidr, mac }) => ({ cidr, mac })),
  }));
  return {
    sekisho: packageVersion(),
    node: process.version,
    kernel: release(),
    processors: cpus().length,
    processor: cpu?.model,
    memoryMiB: { total: Math.round(totalmem() / 2 ** 20), free: Math.round(freemem() / 2 ** 20) },
    uptimeS: Math.round(uptime()),
    wallTime: new Date().toISOString(),
    disks: output("df", ["-Pk"]).split("\n"),
    interfaces,
  };
}

function output(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: MAX_COMMAND_BYTES,
  });
}

async function namesToHide(
  context: CliContext,
  { config }: SupportArguments,
  loaded: Config | undefined,
): Promise<string[]> {
  let cards: readonly DeviceCard[] = [];
  try {
    cards = await knownCards({ ...context, err: () => undefined }, { config, socket: undefined });
  } catch (error) {
    // Names that nobody knows stand nowhere either.
    if (!(error instanceof AgentError)) throw error;
  }
  const told = cards.flatMap(({ name, names, label }) => [
    name,
    ...Object.values(names),
    ...Object.values(label ?? {}),
  ]);
  return [...told.filter((name) => name !== undefined), ...(loaded === undefined ? [] : [loaded.device.id])];
}
