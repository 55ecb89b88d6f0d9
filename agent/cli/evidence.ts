/**
 * The command `sekisho evidence`: export what stands in the chain, verify an archive anywhere, hold an incident's records, show the
 * chain's public key. What changes the chain is done by the running agent, or here where none runs.
 */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "../base/errors.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { usualConfigFile } from "../config/usual-file.js";
import { parseCheckpoint, verifyArchive } from "../evidence/archive-verification.js";
import { evidenceFolder } from "../evidence/evidence-folder.js";
import { exportEvidence } from "../evidence/export.js";
import { readHolds } from "../evidence/hold-book.js";
import { readSealLines } from "../evidence/recovery.js";
import { parseSeal } from "../evidence/seal.js";
import { listSegments } from "../evidence/segment.js";
import type { Incident } from "../incident/incident.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { act } from "./evidence-acts.js";
import { evidencePages, problemText } from "./evidence-screen.js";
import { isAboutIncident, isOfIncident } from "./evidence-selection.js";
import { EvidenceSurroundings } from "./evidence-surroundings.js";
import { findIncident } from "./incidents.js";
import { userName } from "./user-name.js";

interface CommonArguments {
  readonly config: string | undefined;
  readonly json: boolean;
}

const MIB = 1024 * 1024;
/** What came shortly before and behind an incident belongs to it, and with it one look at the health each hour. */
const MARGIN_MS = 75 * 60_000;
const MAX_ATTACHMENT_BYTES = 100 * MIB;

/** Builds the subcommands; `finish` gets the exit code. */
export function evidenceCommands(context: CliContext, finish: (code: number) => void) {
  const common = (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
  const people = (yargs: Argv) =>
    common(yargs)
      .option("by", { type: "string", describe: say(context, "cli.evidence.by") })
      .option("purpose", { type: "string", default: "", describe: say(context, "cli.evidence.purpose") });
  return (yargs: Argv) =>
    yargs
      .command(
        "export",
        say(context, "cli.evidence.export"),
        (command) =>
          people(command)
            .option("incident", { type: "string", describe: say(context, "cli.incident.id") })
            .option("from", { type: "string", describe: say(context, "cli.evidence.from") })
            .option("to", { type: "string", describe: say(context, "cli.evidence.to") })
            .option("recipient", {
              type: "string",
              default: "",
              describe: say(context, "cli.evidence.recipient"),
            })
            .option("attach", {
              type: "string",
              array: true,
              default: [],
              describe: say(context, "cli.evidence.attach"),
            })
            .option("captures", {
              type: "boolean",
              default: true,
              describe: say(context, "cli.evidence.captures"),
            })
            .option("output", { type: "string", describe: say(context, "cli.evidence.output") })
            .example(
              'sudo $0 evidence export --incident K7-4F3-9M --recipient "police" --purpose "report of 2026-11-28"',
              say(context, "cli.evidence.example.export"),
            )
            .example(
              "sudo $0 evidence export --from 2026-11-27T09:00 --to 2026-11-27T18:00",
              say(context, "cli.evidence.example.time"),
            ),
        async (argv) => finish(await exportTo(context, argv)),
      )
      .command(
        "verify <file>",
        say(context, "cli.evidence.verify"),
        (command) =>
          common(command)
            .positional("file", {
              type: "string",
              demandOption: true,
              describe: say(context, "cli.evidence.file"),
            })
            .option("key", { type: "string", demandOption: true, describe: say(context, "cli.evidence.key") })
            .option("checkpoint", {
              type: "string",
              array: true,
              default: [],
              describe: say(context, "cli.evidence.checkpoint"),
            })
            .example(
              "$0 evidence verify evidence.tar.gz --key 5f…",
              say(context, "cli.evidence.example.verify"),
            ),
        async (argv) => finish(await verify(context, argv)),
      )
      .command(
        "hold <id>",
        say(context, "cli.evidence.hold"),
        (command) =>
          people(command)
            .positional("id", {
              type: "string",
              demandOption: true,
              describe: say(context, "cli.incident.id"),
            })
            .option("release", {
              type: "boolean",
              default: false,
              describe: say(context, "cli.evidence.release"),
            }),
        async (argv) => finish(await hold(context, argv)),
      )
      .command("status", say(context, "cli.evidence.status"), common, (argv) => finish(status(context, argv)))
      .demandCommand(1, say(context, "cli.usage_hint"));
}

interface ExportArguments extends CommonArguments {
  readonly incident: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: string | undefined;
  readonly purpose: string;
  readonly recipient: string;
  readonly attach: readonly string[];
  /** Whether captures made for the incident go with it. */
  readonly captures: boolean;
  readonly output: string | undefined;
}

async function exportTo(context: CliContext, args: ExportArguments): Promise<number> {
  const config = configFor(context, args);
  const incident = args.incident === undefined ? undefined : await findIncident(context, args, args.incident);
  const { fromMs, toMs } = incident ? timeOf(incident) : periodOf(args);
  const wallMs = Date.now();
  const day = new Date(wallMs).toISOString().slice(0, 10);
  const output = args.output ?? `evidence-${config.device.id}-${incident?.id ?? "time"}-${day}.tar.gz`;
  const attachments = args.attach.map(attachmentOf);
  const surroundings = await EvidenceSurroundings.gather(context, config, args, incident);
  const by = args.by ?? userName(context);
  const { purpose, recipient } = args;
  try {
    const shown = await exportEvidence({
      folder: evidenceFolder(config.store.path),
      output,
      wallMs,
      incident: incident?.id ?? "",
      fromMs,
      toMs,
      purpose,
      isShown: incident ? isAboutIncident(incident) : () => true,
      ...(incident && { anchor: { isIt: isOfIncident(incident), marginMs: MARGIN_MS } }),
      pages: (records) => [
        ...evidencePages({ records, incident, fromMs, toMs, by, recipient, purpose }),
        ...surroundings.files(records.rules),
        ...attachments,
      ],
      seal: (manifest) =>
        act(
          config,
          manifest === undefined
            ? { do: "seal" }
            : { do: "export", by, to: recipient, purpose, incident: incident?.id ?? "", manifest },
        ),
    });
    if (shown === undefined) throw new AgentError("error.evidence.nothing");
    const count = [...shown.counts.values()].reduce((sum, one) => sum + one, 0);
    const key = publicKeyOf(config);
    if (args.json)
      context.out(JSON.stringify({ output, records: count, hidden: shown.hidden, key }, undefined, 2));
    else context.out(say(context, "cli.evidence.exported", { output, count, hidden: shown.hidden, key }));
    return EXIT_DONE;
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(
      "error.evidence.export",
      { file: output, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

async function verify(
  context: CliContext,
  args: { file: string; key: string; checkpoint: readonly string[]; json: boolean },
): Promise<number> {
  const key = /^[0-9a-f]{64}$/i.test(args.key) ? args.key : readText(args.key).trim();
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new AgentError("error.evidence.key", { key: args.key });
  const checkpoints = args.checkpoint.map((text) => {
    const checkpoint = parseCheckpoint(text);
    if (checkpoint === undefined) throw new AgentError("error.evidence.checkpoint", { text });
    return checkpoint;
  });
  const findings = await verifyArchive(args.file, key.toLowerCase(), checkpoints);
  const { problem, manifest, records, custody, lastSeal } = findings;
  if (args.json) {
    const { line: _line, ...seal } = lastSeal ?? { line: "" };
    context.out(
      JSON.stringify(
        { holds: problem === undefined, problem, records, custody, lastSeal: seal, manifest },
        undefined,
        2,
      ),
    );
  } else if (problem) context.out(problemText(context, problem));
  else {
    const { by = "", to = "" } = (custody?.data ?? {}) as { by?: string; to?: string };
    const at = new Date(custody?.at ?? 0).toISOString();
    context.out(
      say(context, "cli.evidence.holds", {
        file: args.file,
        records,
        device: manifest?.device ?? "",
        by,
        to,
        at,
      }),
    );
    if (checkpoints.length === 0) context.out(say(context, "cli.evidence.no_checkpoint"));
  }
  return problem ? EXIT_FAILED : EXIT_DONE;
}

async function hold(
  context: CliContext,
  args: CommonArguments & { id: string; by: string | undefined; purpose: string; release: boolean },
): Promise<number> {
  const config = configFor(context, args);
  const by = args.by ?? userName(context);
  const incident = await findIncident(context, args, args.id);
  const { fromMs, toMs } = timeOf(incident);
  const until = incident.state === "closed" ? { to_ms: String(toMs) } : {};
  const { id } = incident;
  const wish = args.release
    ? { do: "release", incident: id, by, purpose: args.purpose }
    : { do: "hold", incident: id, by, purpose: args.purpose, from_ms: String(fromMs), ...until };
  await act(config, wish);
  if (args.json) context.out(JSON.stringify(readHolds(evidenceFolder(config.store.path)), undefined, 2));
  else context.out(say(context, args.release ? "cli.evidence.released" : "cli.evidence.held", { id }));
  return EXIT_DONE;
}

function status(context: CliContext, args: CommonArguments): number {
  const config = configFor(context, args);
  const folder = evidenceFolder(config.store.path);
  const newest = parseSeal(readSealLines(folder).at(-1) ?? "");
  if (newest === undefined) throw new AgentError("error.evidence.not_kept");
  const segments = listSegments(folder);
  const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
  const key = publicKeyOf(config);
  const { epoch, last, at } = newest;
  const first = segments[0]?.first ?? last + 1;
  const held = readHolds(folder);
  if (args.json) {
    const { digest } = newest;
    context.out(
      JSON.stringify({ key, epoch, first, last, sealedAt: at, digest, bytes, holds: held }, undefined, 2),
    );
  } else {
    const sealedAt = new Date(at).toISOString();
    context.out(
      say(context, "cli.evidence.facts", {
        first,
        last,
        epoch,
        at: sealedAt,
        mib: (bytes / MIB).toFixed(1),
        key,
      }),
    );
    for (const { incident, by, reason } of held)
      context.out(say(context, "cli.evidence.held_by", { id: incident, by, reason }));
  }
  return EXIT_DONE;
}

function configFor(context: CliContext, args: CommonArguments): Config {
  return loadConfig(args.config ?? usualConfigFile(), context.environment);
}

function publicKeyOf(config: Config): string {
  return parseSeal(readSealLines(evidenceFolder(config.store.path))[0] ?? "")?.key ?? "";
}

function timeOf({ firstSeen, lastSeen }: Incident): { fromMs: number; toMs: number } {
  return { fromMs: Date.parse(firstSeen) - MARGIN_MS, toMs: Date.parse(lastSeen) + MARGIN_MS };
}

function periodOf({ from, to }: ExportArguments): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = [Date.parse(from ?? ""), to === undefined ? Date.now() : Date.parse(to)];
  if (!(fromMs <= toMs)) throw new AgentError("error.evidence.period");
  return { fromMs, toMs };
}

function attachmentOf(path: string) {
  try {
    if (statSync(path).size > MAX_ATTACHMENT_BYTES) throw new Error("it is larger than 100 MiB");
    return { name: `attachments/${basename(path).slice(0, 60)}`, bytes: readFileSync(path) };
  } catch (error) {
    throw new AgentError("error.evidence.export", { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new AgentError("error.evidence.key", { key: path });
  }
}
