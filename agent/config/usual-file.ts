import { existsSync } from "node:fs";

/** Where the installer puts the configuration. */
export const USUAL_CONFIG_FILE = "/etc/sekisho/sekisho.yaml";

/** The installed configuration, or undefined where there is none and the defaults hold. */
export function usualConfigFile(): string | undefined {
  return existsSync(USUAL_CONFIG_FILE) ? USUAL_CONFIG_FILE : undefined;
}
