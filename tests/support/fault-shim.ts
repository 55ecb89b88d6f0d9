/** Compiles `fault-shim.c` with the system's compiler and says how a process is run under it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Fault {
  readonly action: "enospc" | "eio" | "erofs" | "kill" | "killed" | "none";
  readonly call: "open" | "write" | "sync" | "truncate" | "rename" | "unlink" | "any";
  /** Part of the path; `$` at its end is the end of the path. */
  readonly path: string;
  /** The first call that it befalls, counted from 1, and how many. */
  readonly first: number;
  readonly count?: number;
}

export class FaultShim {
  readonly #library: string;

  private constructor(library: string) {
    this.#library = library;
  }

  /** Undefined where there is no C compiler, or no Linux. */
  static compile(directory: string): FaultShim | undefined {
    const library = join(directory, "fault-shim.so");
    const source = fileURLToPath(new URL("./fault-shim.c", import.meta.url));
    try {
      execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], { stdio: "ignore" });
    } catch {
      return undefined;
    }
    return new FaultShim(library);
  }

  /** The environment of a process that these faults befall; `countsPath` is given the number of calls of each. */
  environment(faults: readonly Fault[], countsPath?: string): Record<string, string> {
    const rules = faults.map(({ action, call, path, first, count = 1 }) =>
      [action, call, path, first, count].join(","),
    );
    const environment = { LD_PRELOAD: this.#library, SEKISHO_FAULTS: rules.join(";") };
    return countsPath ? { ...environment, SEKISHO_FAULT_COUNTS: countsPath } : environment;
  }
}
