/** Runs a measuring script of this folder in a process of its own, so that runs do not warm each other's code. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface ChildRuntime {
  /** Of node. */
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the script printed, which is JSON. Its standard error is passed through. */
export function runChild(script: string, argument: unknown, runtime: ChildRuntime = {}): unknown {
  const { options = [], environment } = runtime;
  const path = fileURLToPath(new URL(script, import.meta.url));
  const output = execFileSync(process.execPath, [...options, path, JSON.stringify(argument)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return JSON.parse(output.toString()) as unknown;
}
