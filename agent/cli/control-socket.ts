/** Where the running agent is asked: the socket that is named, else the one of the configuration. */
import { loadConfig } from "../config/load.js";
import { usualConfigFile } from "../config/usual-file.js";
import type { CliContext } from "./context.js";

/** @throws AgentError where the configuration is needed and cannot be read */
export function controlSocketOf(
  context: CliContext,
  { socket, config }: { readonly socket: string | undefined; readonly config: string | undefined },
): string {
  return socket ?? loadConfig(config ?? usualConfigFile(), context.environment).control.socket;
}
