/** The command `sekisho capture`: traffic of one device on demand, tied to an incident, kept for a week in the box. */
import { writeFileSync } from "node:fs";
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { spanMs } from "../base/time-span.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { usualConfigFile } from "../config/usual-file.js";
import type { DeviceCard } from "../device/card.js";
import { CaptureFolder, type CaptureRecord } from "../onsite/capture-folder.js";
import { CaptureRing } from "../sensor/capture/capture-ring.js";
import { openLiveSource } from "../sensor/capture/live-source.js";
import { agrees } from "./confirmation.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { knownCards, oneCard } from "./devices.js";
import { recordAction } from "./evidence-acts.js";
import { findIncident } from "./incidents.js";

const MEBIBYTE = 1024 * 1024;
const [SHORTEST_MS, LONGEST_MS] = [1000, 600_000];
const [SMALLEST_MIB, LARGEST_MIB] = [1, 64];
const BUFFER_BYTES = 4 * MEBIBYTE;
/** Parts of a filter: what a device used long ago may be another's now. */
const MAX_ADDRESSES = 3;

interface CaptureArguments {
  readonly config: string | undefined;
  readonly device: string | undefined;
  readonly for: string;
  readonly max: string;
  readonly incident: string | undefined;
  readonly interface: string | undefined;
  readonly list: boolean;
  readonly export: string | undefined;
  readonly delete: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly yes: boolean;
}

/** Options of `sekisho capture`. */
export function captureOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("device", { type: "string", describe: say(context, "cli.capture.device") })
      .option("for", { type: "string", default: "60s", describe: say(context, "cli.capture.for") })
      .option("max", { type: "string", default: "20M", describe: say(context, "cli.capture.max") })
      .option("incident", { type: "string", describe: say(context, "cli.capture.incident") })
      .option("interface", { type: "string", describe: say(context, "cli.capture.interface") })
      .option("list", { type: "boolean", default: false, describe: say(context, "cli.capture.list") })
      .option("export", { type: "string", describe: say(context, "cli.capture.export") })
      .option("delete", { type: "string", describe: say(context, "cli.capture.delete") })
      .option("out", { type: "string", describe: say(context, "cli.capture.out") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .option("yes", { type: "boolean", default: false, describe: say(context, "cli.capture.yes") })
      .example(
        "sudo $0 capture --device 192.168.10.57 --for 60s --incident K7-4F3-9M",
        say(context, "cli.capture.example"),
      );
}

/** @throws AgentError where it is not said what, of whom or for how long, or nobody agreed, or nothing can be read or written */
export async function runCapture(context: CliContext, args: CaptureArguments): Promise<number> {
  const config = loadConfig(args.config ?? usualConfigFile(), context.environment);
  const folder = new CaptureFolder(config.store.path);
  if (args.list) return list(context, args, folder);
  if (args.export !== undefined && args.out !== undefined)
    return exportOne(context, config, { id: args.export, out: args.out }, folder);
  if (args.delete !== undefined) {
    const record = recordOf(folder, args.delete);
    folder.remove(record);
    await recordAction(context, config, "capture_delete", { capture: record.id, sha256: record.sha256 });
    context.out(say(context, "cli.capture.deleted", { id: record.id }));
    return EXIT_DONE;
  }
  if (args.device === undefined) throw new AgentError("error.capture_command.what");
  return record(context, args, config, folder, args.device);
}

/** The filter that lets a device's frames through: its MACs, and the addresses it has now. */
export function filterOfCard({ macAddress, addresses }: DeviceCard): string {
  const terms = [
    ...(macAddress === undefined ? [] : [`ether host ${macAddress}`]),
    ...addresses.slice(0, MAX_ADDRESSES).map(({ value }) => `host ${value}`),
  ];
  if (terms.length === 0) throw new AgentError("error.capture_command.nothing_to_go_by");
  return terms.join(" or ");
}

async function record(
  context: CliContext,
  args: CaptureArguments,
  config: Config,
  folder: CaptureFolder,
  who: string,
): Promise<number> {
  const { forMs, maxBytes } = boundsOf(args);
  // A record of what is to be found later is not tied to a number that was misheard.
  const incident =
    args.incident === undefined ? undefined : (await findIncident(context, args, args.incident)).id;
  const name = args.interface ?? config.capture.interfaces[0];
  if (name === undefined) throw new AgentError("error.capture_command.no_interface");
  const card = oneCard(await knownCards(context, { config: args.config, socket: undefined }), who);
  const filter = filterOfCard(card);
  const device = { id: card.id, name: card.name ?? "", address: card.addresses[0]?.value ?? "" };
  if (!args.yes) {
    if (!context.isTerminal) throw new AgentError("error.capture_command.unasked");
    const who = printable(`${device.name} ${device.address}`.trim());
    context.err(wrapText(say(context, "cli.capture.warning", { device: who }), SCREEN_COLUMNS));
    if (!(await agrees(say(context, "cli.capture.ask")))) {
      context.err(say(context, "cli.capture.no"));
      return EXIT_DONE;
    }
  }
  const { driver, snaplen } = config.capture;
  const ring = new CaptureRing(maxBytes);
  const source = openLiveSource({ interface: name, driver, snaplen, filter, bufferBytes: BUFFER_BYTES });
  context.err(say(context, "cli.capture.running", { interface: name, seconds: forMs / 1000, filter }));
  const startedAt = new Date().toISOString();
  const timer = setTimeout(() => source.stop(), forMs);
  const end = (): void => source.stop();
  process.once("SIGINT", end);
  try {
    await source.run(ring);
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", end);
  }
  if (ring.frames === 0) {
    context.err(say(context, "cli.capture.empty"));
    return EXIT_FAILED;
  }
  const { frames, givenUp } = ring;
  const about = {
    device,
    ...(incident !== undefined && { incident }),
    interface: name,
    filter,
    frames,
    givenUp,
  };
  const kept = folder.add(
    ring.file(),
    { ...about, startedAt, endedAt: new Date().toISOString() },
    Date.now(),
  );
  const { id, bytes, sha256 } = kept;
  await recordAction(context, config, "capture", {
    ...{ capture: id, device: device.id, address: device.address, incident: incident ?? "" },
    ...{ filter, startedAt, endedAt: kept.endedAt, bytes, sha256 },
  });
  context.out(
    args.json
      ? JSON.stringify(kept, undefined, 2)
      : say(context, "cli.capture.done", { id, frames, bytes, lost: givenUp, sha256 }),
  );
  return EXIT_DONE;
}

function boundsOf(args: CaptureArguments): { forMs: number; maxBytes: number } {
  const forMs = spanMs(args.for);
  const mib = Number(/^(\d{1,3})M$/i.exec(args.max)?.[1] ?? Number.NaN);
  const isWithin = forMs >= SHORTEST_MS && forMs <= LONGEST_MS && mib >= SMALLEST_MIB && mib <= LARGEST_MIB;
  if (!isWithin) throw new AgentError("error.capture_command.bounds");
  return { forMs, maxBytes: mib * MEBIBYTE };
}

function list(context: CliContext, { json }: CaptureArguments, folder: CaptureFolder): number {
  folder.tidy(Date.now());
  const records = folder.list();
  if (json) context.out(JSON.stringify(records, undefined, 2));
  else if (records.length === 0) context.out(say(context, "cli.capture.none"));
  else
    for (const { id, startedAt, bytes, device, incident } of records) {
      const who = `${device.name} ${device.address}`.trim();
      context.out(
        printable(
          `${id}  ${startedAt.slice(0, 16)}Z ${String(bytes).padStart(9)}  ${incident ?? "-".padEnd(9)}  ${who}`,
        ),
      );
    }
  return EXIT_DONE;
}

async function exportOne(
  context: CliContext,
  config: Config,
  { id, out }: { readonly id: string; readonly out: string },
  folder: CaptureFolder,
): Promise<number> {
  const record = recordOf(folder, id);
  try {
    writeFileSync(out, folder.read(record), { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new AgentError(
      "error.capture_command.file",
      { file: out, reason: reasonOf(error) },
      { cause: error },
    );
  }
  const { sha256, incident = "" } = record;
  await recordAction(context, config, "capture_export", { capture: id, file: out, sha256, incident });
  context.out(say(context, "cli.capture.exported", { file: out, sha256 }));
  return EXIT_DONE;
}

function recordOf(folder: CaptureFolder, id: string): CaptureRecord {
  const record = folder.list().find((one) => one.id === id);
  if (record === undefined) throw new AgentError("error.capture_command.unknown", { id });
  return record;
}
