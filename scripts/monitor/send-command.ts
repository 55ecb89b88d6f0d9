/** Owns `monitor send`: asks a device for something and prints its answer, for people or for machines. */
import type { Argv } from "yargs";
import { AgentError } from "#agent/base/errors.js";
import { type Language, type MessageKey, type MessageParams, translate } from "#agent/base/language.js";
import { printable, wrapText } from "#agent/base/text-layout.js";
import type { HealthMessage } from "#agent/uplink/schema/health.js";
import type { RulesMessage } from "#agent/uplink/schema/rules.js";
import {
  COMMANDS,
  type Command,
  type CommandAnswer,
  type SendOptions,
  sendCommand,
} from "./command-sender.js";

export interface SendArguments {
  readonly what: Command;
  readonly device: string;
  readonly timeout: number;
  readonly json: boolean;
}

const COLUMNS = 80;
const TIMEOUT_S = 30;

export function sendOptions(language: Language) {
  const describe = (key: MessageKey): { describe: string } => ({ describe: translate(language, key) });
  return (yargs: Argv) =>
    yargs
      .positional("what", {
        choices: COMMANDS,
        demandOption: true,
        ...describe("monitor.send.what"),
      })
      .option("device", { type: "string", demandOption: true, ...describe("monitor.send.device") })
      .option("timeout", { type: "number", default: TIMEOUT_S, ...describe("monitor.send.timeout") })
      .option("json", { type: "boolean", default: false, ...describe("monitor.option.json") })
      .example("$0 send health --device office-7", translate(language, "monitor.send.example.health"))
      .example("$0 send rules --device office-7 --json", translate(language, "monitor.send.example.rules"));
}

/** @throws AgentError where the device does not do it */
export async function runSend(
  { what, device, timeout, json }: SendArguments,
  broker: Omit<SendOptions, "device" | "command" | "timeoutMs">,
  language: Language,
  write: (text: string) => void,
): Promise<void> {
  const answer = await sendCommand({ ...broker, device, command: what, timeoutMs: timeout * 1000 });
  const { result, told } = answer;
  if (json) write(`${JSON.stringify({ event: "result", device, ...result, ...(told && { told }) })}\n`);
  else for (const line of linesOf(what, answer, device, language)) write(`${line}\n`);
  if (result.ok) return;
  const { code = "failed", reason = code } = result;
  if (code === "unknown_command")
    throw new AgentError("error.monitor.unknown_command", { device, command: what });
  throw new AgentError("error.monitor.command_failed", { device, command: what, reason });
}

function linesOf(
  what: Command,
  { result, told }: CommandAnswer,
  device: string,
  language: Language,
): string[] {
  if (!result.ok) return [];
  const say = (key: MessageKey, params: MessageParams = {}): string =>
    wrapText(printable(translate(language, key, { device, ...params })), COLUMNS);
  if (told === undefined) return [say("monitor.send.done", { command: what })];
  return what === "health"
    ? healthLines((told as HealthMessage).data, say)
    : rulesLines((told as RulesMessage).data, say);
}

type Say = (key: MessageKey, params?: MessageParams) => string;

function healthLines(data: HealthMessage["data"], say: Say): string[] {
  const { verdict = "unknown", conditions = [], sensors, rules, outbox, uptimeS, clock } = data;
  const packets = sensors.reduce((sum, sensor) => sum + (sensor.packets ?? 0), 0);
  const drops = sensors.reduce((sum, sensor) => sum + (sensor.drops ?? 0), 0);
  return [
    say("monitor.send.health", {
      verdict,
      uptime: uptimeS,
      packets,
      drops,
      rules: rules.loaded,
      waiting: outbox.messages,
      clock,
    }),
    ...conditions.map(({ name, level, subject }) =>
      say("monitor.send.condition", { name, level, subject: subject === undefined ? "" : ` (${subject})` }),
    ),
  ];
}

function rulesLines({ version, loaded, refused, newest }: RulesMessage["data"], say: Say): string[] {
  return [say("monitor.send.rules", { version, loaded, refused, newest: newest ?? "–" })];
}
