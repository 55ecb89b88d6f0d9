/** The reference monitor as a process that can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { poll } from "./poll.js";

const MAIN = fileURLToPath(new URL("../../dist/scripts/monitor/main.js", import.meta.url));

/** On a machine that is busy with other proofs a start takes long. */
const PATIENCE_MS = 300_000;

export class MonitorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #text = "";
  #errors = "";

  private constructor(url: string, file: string) {
    this.#child = spawn(process.execPath, [MAIN, "--url", url, "--db", file, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.#child, "close");
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => {
      // Only whether it is connected matters; its lines would fill the memory.
      if (!this.#text.includes('"connected"')) this.#text += chunk.toString();
    });
  }

  /** Start; resolves when it is connected. */
  static async start(url: string, file: string): Promise<MonitorProcess> {
    const monitor = new MonitorProcess(url, file);
    const isThere = (): boolean => {
      const { exitCode } = monitor.#child;
      if (exitCode !== null) throw new Error(`the monitor ended with ${exitCode}: ${monitor.#errors}`);
      return monitor.#text.includes('"connected"');
    };
    await poll("the monitor to connect", isThere, PATIENCE_MS);
    return monitor;
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
