/**
 * Before all tests: compile what they start as processes and threads, so that they never run an old build. Type errors are
 * the type check's business: JavaScript is written all the same.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function setup(): void {
  for (const project of ["tsconfig.json", "scripts/tsconfig.json"]) {
    const { error } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", project], { cwd: ROOT });
    if (error) throw error;
  }
  if (!existsSync(join(ROOT, "dist/main.js"))) throw new Error("dist/main.js was not written");
}
