/** The command `sekisho top`: what goes through the box now; in place on a terminal, one plain look elsewhere. */
import { setTimeout as pause } from "node:timers/promises";
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { askAgent } from "../onsite/control-client.js";
import { TALKERS_PATH, type TalkersAnswer } from "../onsite/live-questions.js";
import { STATUS_PATH, type Status } from "../onsite/status.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";
import { changedIncidents } from "./live-incidents.js";
import { type Look, topScreen } from "./top-screen.js";

const DEFAULT_INTERVAL_S = 2;
const MAX_INTERVAL_S = 60;
const INCIDENTS = 100;
/** ECMA-48: cursor home; erase to the end of a line, of the page. */
const HOME = "\u001b[H";
const ERASE_LINE = "\u001b[K";
const ERASE_PAGE = "\u001b[J";
const ROWS = 24;

interface TopArguments {
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly interval: number;
  readonly count: number | undefined;
}

/** Options of `sekisho top`. */
export function topOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
      .option("interval", {
        type: "number",
        default: DEFAULT_INTERVAL_S,
        describe: say(context, "cli.top.interval"),
      })
      .option("count", { type: "number", describe: say(context, "cli.top.count") })
      .example("sudo $0 top --count 1", say(context, "cli.top.example"));
}

/** @throws AgentError where no agent answers */
export async function runTop(context: CliContext, args: TopArguments): Promise<number> {
  if (!(args.interval >= 1 && args.interval <= MAX_INTERVAL_S)) throw new AgentError("error.live.interval");
  const socket = controlSocketOf(context, args);
  const look = async (): Promise<Look> => ({
    atMs: Date.now(),
    monotonicMs: performance.now(),
    status: (await askAgent(socket, STATUS_PATH)) as Status,
    talkers: await talkersOf(socket),
    incidents: (await changedIncidents(socket, 0, INCIDENTS)).map(({ incident }) => incident).reverse(),
  });
  const rows = Math.max(ROWS, context.isTerminal ? (process.stdout.rows ?? ROWS) : ROWS) - 1;
  let before = await look();
  for (let left = args.count ?? (context.isTerminal ? Number.POSITIVE_INFINITY : 1); left > 0; left--) {
    await pause(args.interval * 1000);
    const now = await look();
    const lines = topScreen(before, now, context.language).slice(0, rows);
    context.out(
      context.isTerminal
        ? HOME + lines.map((line) => line + ERASE_LINE).join("\n") + ERASE_PAGE
        : lines.join("\n"),
    );
    before = now;
  }
  return EXIT_DONE;
}

async function talkersOf(socket: string): Promise<TalkersAnswer> {
  const answer = (await askAgent(socket, TALKERS_PATH)) as Partial<TalkersAnswer>;
  return { forMs: answer.forMs ?? null, talkers: Array.isArray(answer.talkers) ? answer.talkers : [] };
}
