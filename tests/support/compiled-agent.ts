/** agent/ compiled to JavaScript, for threads and processes of tests: vitest transforms neither. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export class CompiledAgent {
  /** Inside the repository, so that packages are found from there. Mirrors agent/. */
  readonly directory: string;

  constructor() {
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    this.directory = mkdtempSync(join(ROOT, "dist", "test-"));
    const compiler = join(ROOT, "node_modules", ".bin", "tsc");
    const buildInfo = join(this.directory, ".tsbuildinfo");
    const { stdout, error } = spawnSync(
      compiler,
      ["-p", ROOT, "--outDir", this.directory, "--tsBuildInfoFile", buildInfo],
      { encoding: "utf8" },
    );
    if (error || !existsSync(join(this.directory, "base"))) throw error ?? new Error(stdout);
  }

  /** Add a module of the test's own beside the compiled ones and say its path. */
  module(name: string, source: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, source);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
