/** A real mosquitto on a free loopback port, with a generated configuration in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poll } from "./poll.js";

/** Whether mosquitto is installed here. */
export const hasMosquitto = spawnSync("mosquitto", ["-h"]).error === undefined;

/** The file is small; it is there long before. */
const SAVE_MS = 50;

export class Mosquitto {
  readonly folder: string;
  readonly port: number;
  readonly #lines: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, lines: readonly string[]) {
    this.folder = folder;
    this.port = port;
    this.#lines = lines;
  }

  /**
   * Start a broker.
   *
   * @param lines further lines of the configuration; `{folder}` is replaced by the broker's folder.
   * @param files files to put into the folder, name → content.
   */
  static async start(
    lines: readonly string[] = ["allow_anonymous true"],
    files: Readonly<Record<string, string | Buffer>> = {},
  ): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), "sekisho-mosquitto-"));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
    }
    const broker = new Mosquitto(folder, await freePort(), lines);
    await broker.restart();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Kill the broker at once. Without persistence everything it knew is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exit;
  }

  /** Have the broker write what it knows to disk, where it has persistence. */
  async save(): Promise<void> {
    this.#process?.kill("SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, SAVE_MS));
  }

  /** Start again on the same port, with nothing remembered but what its persistence has saved. */
  async restart(): Promise<void> {
    await this.kill();
    const file = join(this.folder, "mosquitto.conf");
    const isPersistent = this.#lines.some((line) => line.startsWith("persistence "));
    const usual = [`listener ${this.port} 127.0.0.1`, "user root"];
    const lines = [...usual, ...(isPersistent ? [] : ["persistence false"]), ...this.#lines];
    writeFileSync(file, `${lines.join("\n").replaceAll("{folder}", this.folder)}\n`);
    const child = spawn("mosquitto", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    this.#process = child;
    await poll("mosquitto to listen", async () => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended: ${said}`);
      return canConnect(this.port);
    });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port of the loopback interface that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
