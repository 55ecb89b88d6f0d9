/** A module of a test's own for threads and processes, which run the compiled agent: vitest transforms neither. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Inside the repository, so that `#agent/…` and packages are found from there, and outside of what is packaged. */
const PARENT = fileURLToPath(new URL("../../dist/scripts", import.meta.url));

export class CompiledModule {
  readonly path: string;
  readonly #folder: string;

  constructor(name: string, source: string) {
    mkdirSync(PARENT, { recursive: true });
    this.#folder = mkdtempSync(join(PARENT, "test-"));
    this.path = join(this.#folder, name);
    writeFileSync(this.path, source);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
