/** A command of sekisho, run in this process. */
import { languageOf } from "../../agent/base/language.js";
import { runCommandLine } from "../../agent/cli/command-line.js";

/** What a command has said on both outputs, and how it ended. */
export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Run a command as on a pipe, with nothing in its environment but `environment`. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<CommandOutcome> {
  let out = "";
  let err = "";
  const code = await runCommandLine(args, {
    language: languageOf(args, {}),
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    environment,
    isTerminal: false,
  });
  return { code, out, err };
}
