/**
 * The commands `sekisho devices` and `sekisho device`. They ask the running agent; where none answers they show what it stored
 * last. A label is taken by a running agent only: it alone writes to the store.
 */
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { parseMac } from "../base/mac-address.js";
import { spanMs } from "../base/time-span.js";
import { loadConfig } from "../config/load.js";
import { usualConfigFile } from "../config/usual-file.js";
import { type DeviceCard, findCards, isDeviceCard, LABEL_FIELDS } from "../device/card.js";
import { type Incident, isIncident } from "../incident/incident.js";
import { askAgent } from "../onsite/control-client.js";
import { DEVICE_LABEL_PATH, DEVICES_PATH } from "../onsite/device-questions.js";
import { readStoredDevices } from "../store/stored-devices.js";
import { readStoredIncidents } from "../store/stored-incidents.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";
import { deviceRow, deviceSheet } from "./device-screen.js";
import { userName } from "./user-name.js";

interface CommonArguments {
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly json: boolean;
}

const LIMIT_MS = 30_000;
const DEFAULT_ROWS = 40;
const MAX_LABEL_CHARACTERS = 64;
/** Devices named where several fit. */
const NAMED = 5;

function commonOptions(context: CliContext, yargs: Argv) {
  return yargs
    .option("config", { type: "string", describe: say(context, "cli.run.config") })
    .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
    .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
}

/** Options of `sekisho devices`. */
export function devicesOptions(context: CliContext) {
  return (yargs: Argv) =>
    commonOptions(context, yargs)
      .option("new", { type: "string", describe: say(context, "cli.devices.since") })
      .option("limit", { type: "number", default: DEFAULT_ROWS, describe: say(context, "cli.devices.limit") })
      .example("sudo $0 devices --new 24h", say(context, "cli.devices.example"));
}

/** Options of `sekisho device`. */
export function deviceOptions(context: CliContext) {
  return (yargs: Argv) =>
    commonOptions(context, yargs)
      .positional("who", { type: "string", demandOption: true, describe: say(context, "cli.device.who") })
      .option("label", { type: "string", array: true, describe: say(context, "cli.device.label") })
      .example("sudo $0 device 192.168.10.57", say(context, "cli.device.example"))
      .example(
        "sudo $0 device 192.168.10.57 --label owner=Sato --label room=2F",
        say(context, "cli.device.example.label"),
      );
}

/** @throws AgentError where neither agent nor store can be read */
export async function runDevices(
  context: CliContext,
  args: CommonArguments & { readonly new: string | undefined; readonly limit: number },
): Promise<number> {
  const since = args.new === undefined ? "" : new Date(Date.now() - spanMs(args.new)).toISOString();
  const found = (await knownCards(context, args)).filter(({ firstSeen }) => firstSeen >= since);
  const limit = Number.isFinite(args.limit) ? Math.max(1, Math.trunc(args.limit)) : found.length;
  const shown = found.slice(0, limit);
  if (args.json) {
    context.out(JSON.stringify(shown, undefined, 2));
    return EXIT_DONE;
  }
  if (shown.length === 0) context.out(say(context, "cli.devices.none"));
  for (const card of shown) context.out(deviceRow(card, context.language));
  const more = found.length - shown.length;
  if (more > 0) context.err(say(context, "cli.devices.more", { more }));
  return EXIT_DONE;
}

/** @throws AgentError where no device or several fit, a label cannot be read, or no agent takes it */
export async function runDevice(
  context: CliContext,
  args: CommonArguments & { readonly who: string; readonly label: readonly string[] | undefined },
): Promise<number> {
  const label = labelOf(args.label ?? []);
  const card = oneCard(await knownCards(context, args), args.who);
  if (label !== undefined) {
    const params = new URLSearchParams({ id: card.id, by: userName(context), ...label });
    const socket = controlSocketOf(context, args);
    const changed = await askAgent(socket, `${DEVICE_LABEL_PATH}?${params}`, "POST");
    if (!isDeviceCard(changed)) throw new AgentError("error.device.unknown", { text: args.who });
    context.out(args.json ? JSON.stringify(changed, undefined, 2) : say(context, "cli.device.labelled"));
    return EXIT_DONE;
  }
  if (args.json) {
    context.out(JSON.stringify(card, undefined, 2));
    return EXIT_DONE;
  }
  const incidents = await incidentsOf(context, args, card);
  context.out(deviceSheet(card, incidents, context.language).join("\n"));
  return EXIT_DONE;
}

/**
 * The one device a person means.
 *
 * @throws AgentError where none or several fit
 */
export function oneCard(cards: readonly DeviceCard[], who: string): DeviceCard {
  const [card, ...others] = findCards(cards, who, parseMac(who));
  if (card === undefined) throw new AgentError("error.device.unknown", { text: who });
  if (others.length > 0) {
    const named = [card, ...others].slice(0, NAMED);
    const names = named.map(({ id, addresses }) => `${addresses[0]?.value ?? "-"} (${id})`).join(", ");
    throw new AgentError("error.device.several", { text: who, count: others.length + 1, names });
  }
  return card;
}

/**
 * The cards of the running agent, or of its store.
 *
 * @throws AgentError where neither can be read
 */
export async function knownCards(
  context: CliContext,
  args: Omit<CommonArguments, "json">,
): Promise<readonly DeviceCard[]> {
  try {
    const answer = await askAgent(controlSocketOf(context, args), DEVICES_PATH);
    if (Array.isArray(answer)) return answer.filter(isDeviceCard);
  } catch (error) {
    if (!(error instanceof AgentError) || error.code === "error.control.forbidden") throw error;
  }
  const { path } = configOf(context, args).store;
  const now = (): number => performance.now();
  try {
    const { payloads } = await readStoredDevices(path, now, now() + LIMIT_MS);
    context.err(say(context, "cli.devices.stored"));
    const cards = payloads.map((payload): unknown => JSON.parse(payload)).filter(isDeviceCard);
    return cards.sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1));
  } catch (error) {
    throw new AgentError("error.incident.store", { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

/** A store that cannot be read does not hide the card. */
async function incidentsOf(
  context: CliContext,
  args: Omit<CommonArguments, "json">,
  { id, macAddresses }: DeviceCard,
): Promise<readonly Incident[]> {
  const now = (): number => performance.now();
  try {
    const { incidents } = await readStoredIncidents(
      configOf(context, args).store.path,
      now,
      now() + LIMIT_MS,
    );
    const macs = new Set(macAddresses.map(({ value }) => value));
    return incidents
      .map(({ payload }): unknown => JSON.parse(payload))
      .filter(isIncident)
      .filter(({ insideHost, insideHosts }) =>
        [insideHost, ...insideHosts.named].some(
          (host) => host.id === id || (host.macAddress !== undefined && macs.has(host.macAddress)),
        ),
      );
  } catch {
    return [];
  }
}

function configOf(context: CliContext, args: Pick<CommonArguments, "config">) {
  return loadConfig(args.config ?? usualConfigFile(), context.environment);
}

function labelOf(texts: readonly string[]): Record<string, string> | undefined {
  const label: Record<string, string> = {};
  for (const text of texts) {
    const [, field = "", value = ""] = /^(\w+)=(.*)$/s.exec(text) ?? [];
    if (!LABEL_FIELDS.some((one) => one === field) || [...value].length > MAX_LABEL_CHARACTERS)
      throw new AgentError("error.device.label", { text });
    label[field] = value;
  }
  return texts.length === 0 ? undefined : label;
}
