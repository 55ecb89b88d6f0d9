import { execFileSync } from "node:child_process";
import type { Argv } from "yargs";
import { systemClock } from "../base/clock.js";
import { ClockWatch } from "../base/clock-quality.js";
import { AgentError } from "../base/errors.js";
import { translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { usualConfigFile } from "../config/usual-file.js";
import { brokenConfiguration, type Examination, examine } from "../onsite/doctor/doctor.js";
import { doctorScreen } from "../onsite/doctor/doctor-screen.js";
import { lookAtFrames } from "../sensor/frame-look.js";
import { certificateEndMs, daysUntil, probeBroker } from "../uplink/broker-probe.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, say } from "./context.js";

/** Exit code where there are warnings only. */
const EXIT_WARNINGS = 3;
const MAX_FRAMES = 20_000;
const DEFAULT_SECONDS = 5;
const MS_PER_S = 1000;
const SYSTEMCTL_TIMEOUT_MS = 3000;

interface DoctorArguments {
  readonly config: string | undefined;
  readonly seconds: number;
  readonly json: boolean;
}

/** Options of `sekisho doctor`. */
export function doctorOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("seconds", {
        type: "number",
        default: DEFAULT_SECONDS,
        describe: say(context, "cli.doctor.seconds"),
      })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") })
      .example("sudo $0 doctor", say(context, "cli.doctor.example"))
      .example("sudo $0 doctor --json", say(context, "cli.doctor.example.json"));
}

/** `sekisho doctor`. @returns 0 nothing is wrong, 1 there is a fault, 3 there are warnings */
export async function runDoctor(context: CliContext, args: DoctorArguments): Promise<number> {
  const examination = await examineBox(context, args);
  const { findings, checks } = examination;
  if (args.json) {
    const told = findings.map(({ name, level, message, params }) => ({
      ...{ name, level, params },
      text: translate(context.language, message, params),
    }));
    context.out(JSON.stringify({ checks, findings: told }, undefined, 2));
  } else context.out(doctorScreen(examination, context.language).join("\n"));
  if (findings.some(({ level }) => level === "fault")) return EXIT_FAILED;
  return findings.length > 0 ? EXIT_WARNINGS : EXIT_DONE;
}

/** The examination behind the command, for whoever puts it into another form. */
export async function examineBox(context: CliContext, args: DoctorArguments): Promise<Examination> {
  let config: Config;
  try {
    config = loadConfig(args.config ?? usualConfigFile(), context.environment);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return brokenConfiguration(error, context.language);
  }
  const { uplink, device, capture } = config;
  const clock = systemClock;
  const seconds = Math.max(1, args.seconds);
  return examine({
    config,
    language: context.language,
    seconds,
    clockQuality: new ClockWatch(clock).quality,
    timeText: localTime(clock.wallMs(), context.language),
    serviceRestarts: serviceRestarts(),
    look: (name, forSeconds, see) =>
      lookAtFrames(
        {
          interface: name,
          driver: "auto",
          snaplen: capture.snaplen,
          filter: capture.filter,
          forMs: forSeconds * MS_PER_S,
          maxFrames: MAX_FRAMES,
        },
        see,
      ),
    probeBroker: () => probeBroker(uplink, device.id, clock),
    certificateDays: async () => {
      const endMs = await certificateEndMs(uplink, device.id);
      return endMs === undefined ? undefined : daysUntil(endMs, clock.wallMs());
    },
    onLook: (name) => {
      if (!args.json) context.err(say(context, "doctor.looking", { interface: name, seconds }));
    },
  });
}

function serviceRestarts(): number | undefined {
  try {
    const question = ["show", "sekisho", "--property=NRestarts", "--value"];
    const answer = execFileSync("systemctl", question, {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: SYSTEMCTL_TIMEOUT_MS,
    });
    const count = Number.parseInt(answer.toString(), 10);
    return Number.isFinite(count) ? count : undefined;
  } catch {
    return undefined;
  }
}
