import { closeSync, openSync, writeSync } from "node:fs";
import { AgentError, reasonOf } from "../base/errors.js";

const FLUSH_BYTES = 64 * 1024;

/** Writes JSON lines to a file, or to standard output for `-`. Bounded: at most FLUSH_BYTES wait. */
export class LineWriter {
  readonly #path: string;
  readonly #descriptor: number;
  #waiting = "";

  /** @throws AgentError where the file cannot be made */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#descriptor = path === "-" ? 1 : openSync(path, "w");
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  write(record: Record<string, unknown>): void {
    this.#waiting += `${JSON.stringify(record)}\n`;
    if (this.#waiting.length >= FLUSH_BYTES) this.#flush();
  }

  close(): void {
    this.#flush();
    if (this.#path !== "-") closeSync(this.#descriptor);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = "";
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#descriptor, bytes, at);
      } catch (error) {
        // A full pipe whose reader is slow: try again.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw this.#unwritable(error);
      }
    }
  }

  #unwritable(error: unknown): AgentError {
    return new AgentError(
      "error.output.unwritable",
      { path: this.#path, reason: reasonOf(error) },
      { cause: error },
    );
  }
}
