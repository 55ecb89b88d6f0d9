import { type Language, type MessageKey, type MessageParams, translate } from "./language.js";

/** Keys of the message catalogue that describe a failure of the outside world. */
export type ErrorCode = Extract<MessageKey, `error.${string}`>;

/**
 * The world is unavailable: a broker, a disk, a rule file, a configuration.
 *
 * `code` is stable and is a key of the message catalogue, so the same error is one English line in the log
 * (`message`) and one sentence with its remedy in the reader's language on screen.
 */
export class AgentError extends Error {
  override readonly name = "AgentError";

  constructor(
    readonly code: ErrorCode,
    readonly params: MessageParams = {},
    options?: ErrorOptions,
  ) {
    super(translate("en", code, params), options);
  }

  /** The same text in the reader's language. */
  describe(language: Language): string {
    return translate(language, this.code, this.params);
  }
}

/** Why a process ended without an answer: the last line it wrote, else what is known of its end. */
export function lastWords(standardError: string, error: unknown): string {
  return standardError.trim().split("\n").at(-1) || reasonOf(error);
}

/** The text of anything thrown, for a log line or as a catalogue parameter. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
