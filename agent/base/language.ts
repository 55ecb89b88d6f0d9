import { captureMessages } from "./messages/capture.js";
import { cliMessages } from "./messages/cli.js";
import { cliConfigMessages } from "./messages/cli-config.js";
import { demoMessages } from "./messages/demo.js";
import { deviceMessages } from "./messages/device.js";
import { doctorMessages } from "./messages/doctor.js";
import { errorMessages } from "./messages/errors.js";
import { evidenceMessages } from "./messages/evidence.js";
import { forwardMessages } from "./messages/forward.js";
import { incidentMessages } from "./messages/incident.js";
import { incidentCommandMessages } from "./messages/incident-commands.js";
import { liveMessages } from "./messages/live.js";
import type { Message } from "./messages/message.js";
import { monitorMessages } from "./messages/monitor.js";
import { pageMessages } from "./messages/page.js";
import { ruleCommandMessages } from "./messages/rule-commands.js";
import { ruleMessages } from "./messages/rules.js";
import { selfTestMessages } from "./messages/self-test.js";
import { statusMessages } from "./messages/status.js";
import { supportMessages } from "./messages/support.js";
import { suppressionMessages } from "./messages/suppression.js";
import { updateMessages } from "./messages/update.js";

const CATALOGUE = {
  ...captureMessages,
  ...cliMessages,
  ...cliConfigMessages,
  ...demoMessages,
  ...deviceMessages,
  ...doctorMessages,
  ...errorMessages,
  ...evidenceMessages,
  ...forwardMessages,
  ...incidentCommandMessages,
  ...incidentMessages,
  ...liveMessages,
  ...monitorMessages,
  ...pageMessages,
  ...ruleCommandMessages,
  ...ruleMessages,
  ...selfTestMessages,
  ...statusMessages,
  ...supportMessages,
  ...suppressionMessages,
  ...updateMessages,
} as const;

/** Languages in which people read sekisho on screen and on paper; logs and JSON stay English. */
export type Language = "en" | "ja";
export type MessageKey = keyof typeof CATALOGUE;
export type MessageParams = Readonly<Record<string, string | number>>;

/** The text of `key` in `language`; every `{name}` is replaced by the parameter of that name. */
export function translate(language: Language, key: MessageKey, params: MessageParams = {}): string {
  const message: Message = CATALOGUE[key];
  return message[language].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : String(value);
  });
}

/** Whether `key` is a message of the catalogue. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(CATALOGUE, key);
}

/**
 * The language to speak: an explicit choice first, then the POSIX order LC_ALL, LC_MESSAGES, LANG, else English.
 */
export function chooseLanguage(
  explicit: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  if (explicit === "ja" || explicit === "en") return explicit;
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || "";
  return /^ja([_.@]|$)/i.test(locale) ? "ja" : "en";
}

/**
 * The language a command line asks for, known before its arguments are parsed, because their help is in it: `--lang`,
 * else the environment.
 */
export function languageOf(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  const flag = args.findIndex((arg) => arg === "--lang" || arg.startsWith("--lang="));
  const chosen = flag < 0 ? undefined : (args[flag]!.split("=")[1] ?? args[flag + 1]);
  return chooseLanguage(chosen, environment);
}
