/**
 * Makes a running agent fail for real: a module that its process and its threads load before their own code, and that on
 * request throws, refuses a promise, fills the memory or stops the event loop there. The agent knows nothing of it.
 *
 * Its patience can be shortened: `later` puts the main thread's monotonic clock ten seconds on.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MODULE = `
import { readFileSync, rmSync } from "node:fs";
import { isMainThread, workerData } from "node:worker_threads";
const role = isMainThread ? "main" : workerData?.data?.interfaceName ? "sensor" : "other";
let offsetMs = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + offsetMs;
const file = process.env.FAULT_FILE + "." + role;
setInterval(() => {
  let fault;
  try { fault = readFileSync(file, "utf8"); } catch { return; }
  rmSync(file);
  if (fault === "later") offsetMs += 10_000;
  if (fault === "throw") throw new TypeError("made to happen");
  if (fault === "reject") void Promise.reject(new TypeError("made to happen"));
  if (fault === "memory") for (const all = []; ; ) all.push(new Array(1_000_000).fill(0.5));
  if (fault === "stall") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}, 20).unref();
`;

export type Fault = "throw" | "reject" | "memory" | "stall" | "later";

export class FaultInjection {
  /** What the process has to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(folder: string) {
    const module = join(folder, "faults.mjs");
    writeFileSync(module, MODULE);
    this.#file = join(folder, "fault");
    this.environment = { NODE_OPTIONS: `--import=${module}`, FAULT_FILE: this.#file };
  }

  /** Have it happen within milliseconds. */
  make(fault: Fault, where: "main" | "sensor"): void {
    const path = `${this.#file}.${where}`;
    writeFileSync(`${path}.new`, fault);
    renameSync(`${path}.new`, path);
  }
}
