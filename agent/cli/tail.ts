/** The command `sekisho tail`: incidents as they come, from a running agent. */
import { setTimeout as pause } from "node:timers/promises";
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { localTime } from "../base/local-time.js";
import { clipText, SCREEN_COLUMNS } from "../base/text-layout.js";
import { spanMs } from "../base/time-span.js";
import type { Incident } from "../incident/incident.js";
import { MAX_INCIDENTS_ANSWERED } from "../onsite/incident-questions.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";
import { briefText } from "./incident-screen.js";
import { filterOf, filterOptions, type IncidentFilters } from "./incidents.js";
import { changedIncidents, type LiveIncident } from "./live-incidents.js";

const POLL_MS = 1000;
const DEFAULT_LAST = 5;

interface TailArguments extends IncidentFilters {
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly json: boolean;
  readonly last: number;
  readonly for: string | undefined;
}

/** Options of `sekisho tail`. */
export function tailOptions(context: CliContext) {
  return (yargs: Argv) =>
    filterOptions(context, yargs)
      .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
      .option("last", { type: "number", default: DEFAULT_LAST, describe: say(context, "cli.tail.last") })
      .option("for", { type: "string", describe: say(context, "cli.tail.for") })
      .example("sudo $0 tail --verdict act", say(context, "cli.tail.example"));
}

/** @throws AgentError where no agent answers at the beginning, or a filter means nothing */
export async function runTail(context: CliContext, args: TailArguments): Promise<number> {
  const isWanted = filterOf(args);
  const endMs = performance.now() + (args.for === undefined ? Number.POSITIVE_INFINITY : spanMs(args.for));
  const socket = controlSocketOf(context, args);
  const known = await changedIncidents(socket, 0, MAX_INCIDENTS_ANSWERED);
  const last = Math.max(0, Math.trunc(args.last) || 0);
  const wanted = known.filter(({ incident }) => isWanted(incident));
  show(context, args.json, last === 0 ? [] : wanted.slice(-last));
  if (!args.json) context.err(say(context, "cli.tail.waiting"));
  let after = known.at(-1)?.number ?? 0;
  let isAway = false;
  for (;;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return EXIT_DONE;
    await pause(Math.min(POLL_MS, leftMs));
    try {
      const changed = await changedIncidents(socket, after, MAX_INCIDENTS_ANSWERED);
      if (isAway) context.err(say(context, "cli.tail.back"));
      isAway = false;
      show(
        context,
        args.json,
        changed.filter(({ incident }) => isWanted(incident)),
      );
      if (changed.length === MAX_INCIDENTS_ANSWERED) context.err(say(context, "cli.tail.missed"));
      after = changed.at(-1)?.number ?? after;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (!isAway) context.err(say(context, "cli.tail.away"));
      isAway = true;
    }
  }
}

function show(context: CliContext, isJson: boolean, incidents: readonly LiveIncident[]): void {
  for (const { incident } of incidents) {
    context.out(isJson ? JSON.stringify(incident) : row(context, incident));
  }
}

function row(context: CliContext, incident: Incident): string {
  const time = localTime(Date.parse(incident.lastSeen), context.language).slice(-8);
  const state = say(context, `cli.tail.${incident.state}`);
  return clipText(`${time} ${incident.id} ${state} ${briefText(incident, context.language)}`, SCREEN_COLUMNS);
}
