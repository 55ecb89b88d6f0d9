import { dirname, join } from "node:path";

/** Folder of the chain that goes with a store: beside it, and no part of it. */
export function evidenceFolder(storePath: string): string {
  return join(dirname(storePath), "evidence");
}
