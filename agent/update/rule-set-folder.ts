import { dirname, join } from "node:path";

/** Folder of the rule sets that goes with a store: beside it, and no part of it. */
export function ruleSetFolder(storePath: string): string {
  return join(dirname(storePath), "rule-sets");
}
