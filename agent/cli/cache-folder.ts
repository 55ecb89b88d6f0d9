import { join } from "node:path";

/**
 * Where a command keeps compiled rules if the folder of the rules may not be written: `SEKISHO_RULES_CACHE`, else the user's
 * cache folder (XDG Base Directory Specification); undefined where there is none.
 */
export function userCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (environment.SEKISHO_RULES_CACHE) return environment.SEKISHO_RULES_CACHE;
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, "sekisho");
  return environment.HOME ? join(environment.HOME, ".cache", "sekisho") : undefined;
}
