/** The reference monitor as a process that can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { poll } from "./poll.js";

const MAIN = fileURLToPath(new URL("../../dist/scripts/monitor/main.js", import.meta.url));

export class MonitorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #text = "";

  private constructor(url: string, file: string) {
    this.#child = spawn(process.execPath, [MAIN, "--url", url, "--db", file, "--json"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#exited = once(this.#child, "close");
    this.#child.stdout!.on("data", (chunk: Buffer) => {
      // Only whether it is connected matters; its lines would fill the memory.
      if (!this.#text.includes('"connected"')) this.#text += chunk.toString();
    });
  }

  /** Start; resolves when it is connected. */
  static async start(url: string, file: string): Promise<MonitorProcess> {
    const monitor = new MonitorProcess(url, file);
    await poll("the monitor to connect", () => monitor.#text.includes('"connected"'), 60_000);
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
