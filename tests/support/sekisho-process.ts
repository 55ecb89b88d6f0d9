/** The compiled command line as a process, and the agent as one that runs until it is told to stop. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const ENVIRONMENT = { PATH: process.env.PATH, LANG: "C.UTF-8" };

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Run a command to its end. */
export function sekisho(args: readonly string[], environment: Record<string, string> = {}): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    env: { ...ENVIRONMENT, ...environment },
    maxBuffer: 64 * 1024 * 1024,
    // One that does not end would hold up this process, which then sees no time limit.
    timeout: 170_000,
    killSignal: "SIGKILL",
  });
  return { code: status, out: stdout, err: stderr };
}

interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that becomes the one behind it. */
  readonly launcher?: string;
  readonly nodeFlags?: readonly string[];
}

/** The flags that the unit gives to Node, and the variables by which its memory is allotted. */
export function unitProcess(): Required<Pick<RunOptions, "nodeFlags" | "environment">> {
  const unit = readFileSync(new URL("../../systemd/sekisho.service", import.meta.url), "utf8");
  const nodeFlags = /^ExecStart=.*?\/node (.*?) \/usr\/lib/m.exec(unit)?.[1]?.split(" ") ?? [];
  const variables = [...unit.matchAll(/^Environment=(MALLOC_\w+)=(.*)$/gm)];
  return { nodeFlags, environment: Object.fromEntries(variables.map(([, name, value]) => [name, value])) };
}

/** `sekisho run` in the background; its log lines are collected. */
export class RunningAgent {
  readonly child: ChildProcess;
  log = "";
  readonly #exited: Promise<number | null>;

  constructor(configFile: string, { environment, launcher, nodeFlags = [] }: RunOptions = {}) {
    const command = [process.execPath, ...nodeFlags, MAIN, "run", "--config", configFile];
    const [program, ...args] = launcher === undefined ? command : [launcher, ...command];
    this.child = spawn(program!, args, {
      env: { ...ENVIRONMENT, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr!.on("data", (chunk: Buffer) => {
      this.log += chunk.toString();
    });
    this.#exited = once(this.child, "close").then(([code]) => code as number | null);
  }

  get exitCode(): Promise<number | null> {
    return this.#exited;
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.#exited;
  }

  /** SIGKILL, as a power cut would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }
}
