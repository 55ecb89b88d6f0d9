/** The command `sekisho why`: follows one rule on the traffic of now, and says which of its conditions stops it. */
import { setTimeout as pause } from "node:timers/promises";
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { spanMs } from "../base/time-span.js";
import { askAgent } from "../onsite/control-client.js";
import { isWhyAnswer, LONGEST_WHY_S, WHY_PATH, type WhyAnswer } from "../onsite/live-questions.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, EXIT_USAGE, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";
import { parseRuleId, sayPhrases } from "./rule-report.js";

const POLL_MS = 500;
const EXAMPLES = 3;

type Followed = Extract<WhyAnswer, { gid: number }>;

interface WhyArguments {
  readonly sid: string;
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly for: string;
  readonly json: boolean;
}

/** Options of `sekisho why`. */
export function whyOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .positional("sid", {
        type: "string",
        demandOption: true,
        describe: say(context, "cli.rules_explain.sid"),
      })
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
      .option("for", { type: "string", default: "30s", describe: say(context, "cli.why.for") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("sudo $0 why 2024897 --for 60s", say(context, "cli.why.example"));
}

/**
 * @returns 0 also where the rule held on no flow, 1 where it cannot be followed
 * @throws AgentError where no agent answers, or the time means nothing
 */
export async function runWhy(context: CliContext, args: WhyArguments): Promise<number> {
  const id = parseRuleId(args.sid);
  if (!id) {
    context.err(say(context, "cli.rules_explain.bad_sid", { sid: args.sid }));
    return EXIT_USAGE;
  }
  const seconds = Math.min(Math.max(1, Math.round(spanMs(args.for) / 1000)), LONGEST_WHY_S);
  const socket = controlSocketOf(context, args);
  const question = new URLSearchParams({
    gid: String(id.gid),
    sid: String(id.sid),
    seconds: String(seconds),
  });
  let answer = answerIn(await askAgent(socket, `${WHY_PATH}?${question}`, "POST"), socket);
  if (!args.json && !("trouble" in answer)) context.err(say(context, "cli.why.running", { seconds }));
  const endMs = performance.now() + (seconds + 5) * 1000;
  while (!("trouble" in answer) && answer.isRunning && performance.now() < endMs) {
    await pause(POLL_MS);
    answer = answerIn(await askAgent(socket, WHY_PATH), socket);
  }
  if ("trouble" in answer) {
    context.err(say(context, `cli.why.${answer.trouble}`, { sid: id.sid }));
    return EXIT_FAILED;
  }
  if (args.json) context.out(JSON.stringify(answer, undefined, 2));
  else for (const line of whyLines(context, answer)) context.out(line);
  return EXIT_DONE;
}

function answerIn(answer: unknown, socket: string): WhyAnswer {
  if (isWhyAnswer(answer)) return answer;
  throw new AgentError("error.control.no_agent", { path: socket, reason: "an older agent" });
}

/** Each condition with how many flows ended there, and a few of them. */
function whyLines(
  context: CliContext,
  { steps, flows, flowsByStep, uncounted, failure }: Followed,
): string[] {
  const total = flowsByStep.reduce((sum, count) => sum + count, 0);
  if (total === 0)
    return wrapped(say(context, "cli.why.no_flow", { condition: sayPhrases(context, steps[0] ?? []) }));
  const held = flowsByStep[steps.length - 1] ?? 0;
  const lines = wrapped(say(context, "cli.why.title", { flows: total, held }));
  for (const [index, phrases] of steps.entries()) {
    // Flows on which all before it held, and it did not.
    const stopped = index === 0 ? 0 : (flowsByStep[index - 1] ?? 0);
    lines.push(...wrapped(sayPhrases(context, phrases), `${String(index + 1).padStart(3)}. `, "     "));
    if (stopped === 0) continue;
    lines.push(`     ${say(context, "cli.why.stopped", { flows: stopped })}`);
    lines.push(...examples(flows, index));
  }
  if (held > 0) lines.push(say(context, "cli.why.held", { flows: held }), ...examples(flows, steps.length));
  if (uncounted > 0) lines.push(say(context, "cli.why.uncounted", { uncounted }));
  if (failure !== undefined) lines.push(...wrapped(failure));
  return lines;
}

function examples(flows: Followed["flows"], held: number): string[] {
  return flows
    .filter(({ steps }) => steps === held)
    .slice(0, EXAMPLES)
    .map(({ flow }) => `       ${printable(flow)}`);
}

function wrapped(text: string, first = "", indent = ""): string[] {
  return wrapText(printable(text), SCREEN_COLUMNS, first, indent).split("\n");
}
