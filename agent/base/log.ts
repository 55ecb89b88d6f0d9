/**
 * Owns the set-up of pino: JSON lines in English on standard error, with a level, no message too often, secrets taken out.
 *
 * Logs are never made pretty here: systemd's journal and the monitor read them. People's texts come from the
 * message catalogue. Writing is synchronous, so that the last line before a crash is not lost.
 */
import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from "pino";
import { AgentError } from "./errors.js";
import type { LogLevel } from "./log-level.js";
import { LogLimit } from "./log-limit.js";
import { withoutCredentials } from "./without-credentials.js";

export type Log = Logger;

/** Names under which a secret could travel in a logged object, at the top and one level below. */
const SECRET_NAMES = [
  "password",
  "passphrase",
  "secret",
  "token",
  "private_key",
  "privateKey",
  "authorization",
];

/**
 * The process's log.
 *
 * @param to where the lines go; without it standard error, for the one log of a process.
 */
export function createLog(options: { level: LogLevel }, to?: DestinationStream): Log {
  const limit = new LogLimit();
  // However the process ends: what was left out until then is still said.
  if (to === undefined) process.once("exit", () => limit.settle());
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
      serializers: { err: serializeError },
      hooks: {
        logMethod(args, method, level) {
          const message = args.find((argument) => typeof argument === "string") ?? "";
          const tell = (suppressed: number, isShared: boolean): void =>
            method.apply(this, [{ suppressed }, isShared ? "further messages" : message]);
          if (limit.admit(level, message, tell)) method.apply(this, args);
        },
        streamWrite: withoutCredentials,
      },
    },
    to ?? destination({ fd: 2, sync: true }),
  );
}

/** An expected failure is its code and its sentence; a stack trace is for what nobody expected. */
function serializeError(error: unknown): unknown {
  if (error instanceof AgentError) return { code: error.code, message: error.message };
  return error instanceof Error ? stdSerializers.err(error) : error;
}
