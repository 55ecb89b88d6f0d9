/**
 * The commands `sekisho incidents` and `sekisho incident`. They read the store itself, so they work whether the agent
 * runs or not; an incident is shown as it stood when it was last stored.
 */
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { parseMac } from "../base/mac-address.js";
import { loadConfig } from "../config/load.js";
import { usualConfigFile } from "../config/usual-file.js";
import { type Incident, isIncident, type Verdict } from "../incident/incident.js";
import { parseIncidentId } from "../incident/incident-id.js";
import { IncidentTimeline } from "../incident/incident-timeline.js";
import { readStoredDetections } from "../store/stored-detections.js";
import { readStoredIncidents } from "../store/stored-incidents.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { type IncidentStory, incidentRow, incidentSheet } from "./incident-screen.js";
import { sayPhrases } from "./rule-report.js";

interface CommonArguments {
  readonly config: string | undefined;
  readonly json: boolean;
}

export interface IncidentFilters {
  readonly device: string | undefined;
  readonly verdict: Verdict | undefined;
  readonly rule: string | undefined;
  readonly open: boolean;
}

const LIMIT_MS = 30_000;
const DEFAULT_ROWS = 20;
/** Of a rule, told of an incident. */
const MAX_CONDITIONS = 12;

function commonOptions(context: CliContext, yargs: Argv) {
  return yargs
    .option("config", { type: "string", describe: say(context, "cli.run.config") })
    .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
}

/** Options that say which incidents are wanted. */
export function filterOptions(context: CliContext, yargs: Argv) {
  return commonOptions(context, yargs)
    .option("device", { type: "string", describe: say(context, "cli.incidents.device") })
    .option("verdict", {
      choices: ["act", "watch", "information"] as const,
      describe: say(context, "cli.incidents.verdict"),
    })
    .option("rule", { type: "string", describe: say(context, "cli.incidents.rule") })
    .option("open", { type: "boolean", default: false, describe: say(context, "cli.incidents.open") });
}

/** Options of `sekisho incidents`. */
export function incidentsOptions(context: CliContext) {
  return (yargs: Argv) =>
    filterOptions(context, yargs)
      .option("limit", {
        type: "number",
        default: DEFAULT_ROWS,
        describe: say(context, "cli.incidents.limit"),
      })
      .example("sudo $0 incidents --verdict act", say(context, "cli.incidents.example"))
      .example("sudo $0 incidents --device 192.168.10.57", say(context, "cli.incidents.example.device"));
}

/** Options of `sekisho incident`. */
export function incidentOptions(context: CliContext) {
  return (yargs: Argv) =>
    commonOptions(context, yargs)
      .positional("id", { type: "string", demandOption: true, describe: say(context, "cli.incident.id") })
      .example("sudo $0 incident k74f39m", say(context, "cli.incident.example"));
}

/** @throws AgentError where the store cannot be read or a filter means nothing */
export async function runIncidents(
  context: CliContext,
  args: CommonArguments & IncidentFilters & { readonly limit: number },
): Promise<number> {
  const isWanted = filterOf(args);
  const found = (await storedIncidents(context, args)).filter(isWanted);
  const shown = found.slice(
    0,
    Number.isFinite(args.limit) ? Math.max(1, Math.trunc(args.limit)) : found.length,
  );
  if (args.json) {
    context.out(JSON.stringify(shown, undefined, 2));
    return EXIT_DONE;
  }
  if (shown.length === 0) context.out(say(context, "cli.incidents.none"));
  for (const incident of shown) context.out(incidentRow(incident, context.language));
  const more = found.length - shown.length;
  if (more > 0) context.err(say(context, "cli.incidents.more", { more }));
  return EXIT_DONE;
}

/** @throws AgentError where the number was misheard or is not stored, or the store cannot be read */
export async function runIncident(
  context: CliContext,
  args: CommonArguments & { readonly id: string },
): Promise<number> {
  const { incident, all } = await foundIncident(context, args, args.id);
  const story = await storyOf(context, args, incident, all);
  context.out(
    args.json
      ? JSON.stringify({ ...incident, ...story }, undefined, 2)
      : incidentSheet(incident, context.language, story).join("\n"),
  );
  return EXIT_DONE;
}

/** What its rule looks for, and what happened when; whatever of it cannot be had is left out. */
async function storyOf(
  context: CliContext,
  args: { readonly config: string | undefined },
  incident: Incident,
  all: readonly Incident[],
): Promise<IncidentStory> {
  const config = loadConfig(args.config ?? usualConfigFile(), context.environment);
  const { gid, sid } = incident.rule;
  // What reads rules is loaded only here.
  const { ruleConditions } = await import("../rule-by-number.js");
  const steps = ruleConditions(config, gid, sid);
  const conditions = steps?.slice(0, MAX_CONDITIONS).map((phrases) => sayPhrases(context, phrases));
  const timeline = new IncidentTimeline(incident);
  const now = (): number => performance.now();
  await readStoredDetections(config.store.path, (one) => timeline.add(one), now, now() + LIMIT_MS);
  for (const other of all) timeline.addOther(other);
  return { ...(conditions && { conditions }), timeline: timeline.lines(context.language) };
}

/** @throws AgentError where the number was misheard or is not stored, or the store cannot be read */
export async function findIncident(
  context: CliContext,
  args: { readonly config: string | undefined },
  text: string,
): Promise<Incident> {
  return (await foundIncident(context, args, text)).incident;
}

async function foundIncident(
  context: CliContext,
  args: { readonly config: string | undefined },
  text: string,
): Promise<{ readonly incident: Incident; readonly all: readonly Incident[] }> {
  const id = parseIncidentId(text);
  if (id === undefined) throw new AgentError("error.incident.misread", { id: text });
  const all = await storedIncidents(context, args);
  const incident = all.find((one) => one.id === id);
  if (incident === undefined) throw new AgentError("error.incident.unknown", { id });
  return { incident, all };
}

async function storedIncidents(
  context: CliContext,
  args: { readonly config: string | undefined },
): Promise<readonly Incident[]> {
  const { path } = loadConfig(args.config ?? usualConfigFile(), context.environment).store;
  const now = (): number => performance.now();
  try {
    const { incidents, isComplete } = await readStoredIncidents(path, now, now() + LIMIT_MS);
    if (!isComplete) context.err(say(context, "cli.incidents.partial"));
    return incidents.map(({ payload }): unknown => JSON.parse(payload)).filter(isIncident);
  } catch (error) {
    const params = { file: path, reason: reasonOf(error) };
    throw new AgentError("error.incident.store", params, { cause: error });
  }
}

/**
 * Which incidents are wanted.
 *
 * @throws AgentError where a filter means nothing
 */
export function filterOf({ device, verdict, rule, open }: IncidentFilters): (incident: Incident) => boolean {
  const number = rule === undefined ? undefined : ruleOf(rule);
  const text = device?.normalize("NFKC").trim().toLowerCase();
  return (incident) =>
    (verdict === undefined || incident.verdict === verdict) &&
    (number === undefined || (incident.rule.gid === number.gid && incident.rule.sid === number.sid)) &&
    (!open || incident.state !== "closed") &&
    (text === undefined || isAbout(incident, text));
}

/** Whether one of the inside devices has this address, or this MAC in whatever notation, or it in its name. */
function isAbout({ insideHost, insideHosts }: Incident, text: string): boolean {
  const mac = parseMac(text);
  return [insideHost, ...insideHosts.named].some(
    ({ address, hostname, macAddress }) =>
      address === text ||
      (mac !== undefined && macAddress === mac) ||
      (text !== "" && hostname?.toLowerCase().includes(text)),
  );
}

function ruleOf(text: string): { gid: number; sid: number } {
  const [, gid = "1", sid] = /^(?:(\d{1,10}):)?(\d{1,10})$/.exec(text) ?? [];
  if (sid === undefined) throw new AgentError("error.incident.rule", { rule: text });
  return { gid: Number(gid), sid: Number(sid) };
}
