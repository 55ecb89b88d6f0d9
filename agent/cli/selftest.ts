/**
 * The command `sekisho selftest`: has the running agent prove its detection end to end, and shows each leg as it is proved. The
 * agent sends the flow of the test; where it may not (capture helper), this command does it, if it may.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { translate } from "../base/language.js";
import { askAgent } from "../onsite/control-client.js";
import {
  isSelfTestReport,
  SELF_TEST_INJECTED_PATH,
  SELF_TEST_PATH,
  type SelfTestReport,
  selfTestVerdict,
} from "../onsite/self-test/self-test-report.js";
import { legLines, reasonText, selfTestSummary } from "../onsite/self-test/self-test-screen.js";
import { STATUS_PATH, type Status } from "../onsite/status.js";
import { putOnWire } from "../self-test-sending.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";
import { controlSocketOf } from "./control-socket.js";

const POLL_MS = 100;
/** Longer than the longest test of sixteen interfaces may take. */
const LONGEST_MS = 600_000;
/** Exit code where something could not be tested. */
const EXIT_UNPROVED = 3;

interface SelfTestArguments {
  readonly config: string | undefined;
  readonly socket: string | undefined;
  readonly json: boolean;
}

/** Options of `sekisho selftest`. */
export function selfTestOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("socket", { type: "string", describe: say(context, "cli.status.socket") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("sudo $0 selftest", say(context, "cli.selftest.example"))
      .example("sudo $0 selftest --json", say(context, "cli.selftest.example.json"));
}

/**
 * @returns 0 all legs are proved, 1 one has failed, 3 something could not be tested
 * @throws AgentError where no agent answers
 */
export async function runSelfTest(context: CliContext, args: SelfTestArguments): Promise<number> {
  const socket = controlSocketOf(context, args);
  const { device } = (await askAgent(socket, STATUS_PATH)) as Status;
  const tell = args.json ? () => undefined : context.out;
  if (!args.json) context.err(say(context, "cli.selftest.running", { device }));
  const first = await follow(context, socket, await begin(socket, "agent"), tell);
  const mayHelp = first.legs.some(({ leg, state }) => leg === "inject" && state === "failed") && isRoot();
  if (mayHelp && !args.json) context.err(say(context, "cli.selftest.by_caller"));
  const report = mayHelp ? await follow(context, socket, await begin(socket, "caller"), tell) : first;
  const verdict = selfTestVerdict(report);
  if (args.json) context.out(JSON.stringify(asJson(context, report), undefined, 2));
  else context.out(`\n${selfTestSummary(report, context.language)}`);
  if (verdict === "failed") return EXIT_FAILED;
  return verdict === "proved" ? EXIT_DONE : EXIT_UNPROVED;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function begin(socket: string, by: "agent" | "caller"): Promise<SelfTestReport> {
  return reportIn(await askAgent(socket, `${SELF_TEST_PATH}?by=${by}`, "POST"), socket);
}

/** Show each leg when it is decided; what the agent wants to be sent is sent. */
async function follow(
  context: CliContext,
  socket: string,
  begun: SelfTestReport,
  tell: (text: string) => void,
): Promise<SelfTestReport> {
  const endMs = performance.now() + LONGEST_MS;
  let shown = 0;
  let sentPort: number | undefined;
  let report = begun;
  for (;;) {
    const { legs, wanted, isRunning } = report;
    // Legs are told in their order: one that is decided waits for those before it.
    for (let leg = legs[shown]; leg && (isDecided(leg.state) || !isRunning); leg = legs[++shown]) {
      for (const line of legLines(leg, context.language)) tell(line);
    }
    if (!isRunning || performance.now() > endMs) return report;
    if (wanted && wanted.port !== sentPort) {
      sentPort = wanted.port;
      await sendWanted(socket, wanted);
    } else await pause(POLL_MS);
    report = reportIn(await askAgent(socket, SELF_TEST_PATH), socket);
  }
}

async function sendWanted(
  socket: string,
  { interface: name, token, port }: NonNullable<SelfTestReport["wanted"]>,
): Promise<void> {
  const outcome = await putOnWire(name, token, port);
  const told = new URLSearchParams(
    "way" in outcome
      ? { way: outcome.way, sent_ms: String(outcome.sentMs) }
      : { ...stringsOf(outcome.trouble.params), trouble: outcome.trouble.key },
  );
  told.set("interface", name);
  await askAgent(socket, `${SELF_TEST_INJECTED_PATH}?${told}`, "POST");
}

function stringsOf(params: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

function isDecided(state: string): boolean {
  return state === "proved" || state === "failed" || state === "unproved";
}

function reportIn(answer: unknown, socket: string): SelfTestReport {
  if (isSelfTestReport(answer)) return answer;
  throw new AgentError("error.control.no_agent", { path: socket, reason: "an older agent" });
}

function asJson(context: CliContext, report: SelfTestReport): Record<string, unknown> {
  const legs = report.legs.map(({ reason, ...leg }) => ({
    ...leg,
    ...(reason && {
      ...{ code: reason.key, params: reason.params },
      text: reasonText({ ...leg, reason }, context.language),
    }),
  }));
  const { id, startedAt } = report;
  return {
    id,
    startedAt,
    verdict: selfTestVerdict(report),
    summary: translate("en", `selftest.verdict.${selfTestVerdict(report)}`),
    legs,
  };
}
