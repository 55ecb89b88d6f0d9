import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A Node process of the demo. Its output is read line by line, so that no pipe fills. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<number>;

  constructor(script: string, args: readonly string[], onLine: (line: string, isError: boolean) => void) {
    // The office of the story is in Japan: its people read its times.
    const env = { ...process.env, TZ: "Asia/Tokyo" };
    this.#process = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
    createInterface(this.#process.stdout!).on("line", (line) => onLine(line, false));
    createInterface(this.#process.stderr!).on("line", (line) => onLine(line, true));
    this.#exited = once(this.#process, "close").then(([code]) => (typeof code === "number" ? code : 1));
  }

  /** Resolves with the exit code; 1 where a signal ended it. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Ask it to end, and make it end after `patienceMs`. */
  async stop(patienceMs: number): Promise<number> {
    const timer = setTimeout(() => this.kill(), patienceMs);
    this.#process.kill("SIGTERM");
    const code = await this.#exited;
    clearTimeout(timer);
    return code;
  }

  /** End it without asking, as a power cut would. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
