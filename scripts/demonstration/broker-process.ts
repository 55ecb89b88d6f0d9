import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child.js";

const SCRIPT = fileURLToPath(new URL("../broker/main.js", import.meta.url));
const RESTART_MS = 1000;

/** The embedded broker in a process of its own. Whoever kills it, it is started again, remembering nothing. */
export class BrokerProcess {
  #child: Child | undefined;
  #port = 0;
  #isStopping = false;
  #cutUntil: Promise<void> = Promise.resolve();

  /** Start on a free port; resolves when it listens. */
  async start(): Promise<number> {
    await this.#run();
    return this.#port;
  }

  /** Kill it and leave it dead for `milliseconds`. */
  cut(milliseconds: number): Promise<void> {
    this.#cutUntil = sleep(milliseconds);
    this.#child?.kill();
    return this.#cutUntil;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#child?.stop(2000);
  }

  #run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = new Child(SCRIPT, ["--port", String(this.#port)], (line) => {
        const match = /^listening on .*:(\d+)$/.exec(line);
        if (!match) return;
        this.#port = Number(match[1]);
        resolve();
      });
      this.#child = child;
      void child.exited.then(async (code) => {
        if (this.#isStopping) return;
        if (this.#port === 0) reject(new Error(`the broker ended with code ${code}`));
        await Promise.all([sleep(RESTART_MS), this.#cutUntil]);
        if (!this.#isStopping) await this.#run();
      });
    });
  }
}
