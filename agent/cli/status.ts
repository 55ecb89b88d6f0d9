import type { Argv } from "yargs";
import { VERDICT_EXIT_CODES } from "../onsite/condition.js";
import { askAgent } from "../onsite/control-client.js";
import { STATUS_PATH, type Status } from "../onsite/status.js";
import { statusScreen } from "../onsite/status-screen.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";

interface StatusArguments {
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly check: boolean;
  readonly json: boolean;
}

/** Options of `sekisho status`. */
export function statusOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
      .option("check", { type: "boolean", default: false, describe: say(context, "cli.status.check") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("$0 status", say(context, "cli.status.example"))
      .example("$0 status --check", say(context, "cli.status.example.check"));
}

/**
 * `sekisho status`: how the running agent does. With `--check` the exit code is the verdict.
 *
 * @throws AgentError where no agent answers
 */
export async function runStatus(context: CliContext, args: StatusArguments): Promise<number> {
  const socket = controlSocketOf(context, args);
  const status = (await askAgent(socket, STATUS_PATH)) as Status;
  context.out(
    args.json ? JSON.stringify(status, undefined, 2) : statusScreen(status, context.language).join("\n"),
  );
  if (!args.check) return EXIT_DONE;
  // An agent that has just been started is not ill, but it does not watch either.
  const isStarting = status.sensors.some(({ driver, hasFinished }) => driver === null && !hasFinished);
  return VERDICT_EXIT_CODES[isStarting ? "failing" : status.verdict];
}
