import type { Language, MessageKey, MessageParams } from "../base/language.js";
import { translate } from "../base/language.js";

/** Where a command writes, and how. */
export interface CliContext {
  readonly language: Language;
  /** Results: what a person or a pipe reads. */
  readonly out: (text: string) => void;
  /** Sentences about trouble. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/** The text of a message in the context's language. */
export function say(context: CliContext, key: MessageKey, params: MessageParams = {}): string {
  return translate(context.language, key, params);
}

/** Whether text may be coloured: a terminal, and NO_COLOR not set (https://no-color.org). */
export function mayColour(context: CliContext): boolean {
  return context.isTerminal && (context.environment.NO_COLOR ?? "") === "";
}

/** Exit codes of all commands. */
export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** A fault of the agent itself (EX_SOFTWARE of sysexits.h): the journal tells it from what a person can put right. */
export const EXIT_FAULT = 70;
