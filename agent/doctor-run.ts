/**
 * The doctor as a process of its own, begun from the box's page: it looks at packets and goes the way to the broker as the command
 * does, beside the agent. One at a time, ended after LONGEST_MS; its answer has at most MAX_ANSWER_BYTES.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock } from "./base/clock.js";
import { lastWords } from "./base/errors.js";
import type { Language } from "./base/language.js";

const SECONDS_AN_INTERFACE = 5;
/** What everything but the look at the interfaces takes, about. */
const OTHER_MS = 4_000;
const LONGEST_MS = 180_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const HEAP_MIB = 96;

export interface DoctorResult {
  readonly checks: number;
  /** The cause first. */
  readonly findings: readonly { readonly level: "fault" | "warning"; readonly text: string }[];
}

export interface DoctorState {
  readonly startedMs: number;
  readonly isRunning: boolean;
  /** 0 to 1, by the time that it usually takes. */
  readonly progress: number;
  readonly result?: DoctorResult;
  /** Why there is no result, in English. */
  readonly trouble?: string;
}

export interface DoctorRunOptions {
  readonly clock: Clock;
  readonly interfaces: number;
  /** Of the running agent; undefined: the usual one. */
  readonly configFile: string | undefined;
}

export class DoctorRun {
  readonly #options: DoctorRunOptions;
  #child: ChildProcess | undefined;
  #begunMs = 0;
  #state: Omit<DoctorState, "progress" | "isRunning"> | undefined;

  constructor(options: DoctorRunOptions) {
    this.#options = options;
  }

  /** Undefined where none was begun. */
  state(): DoctorState | undefined {
    if (this.#state === undefined) return undefined;
    const isRunning = this.#child !== undefined;
    const { clock, interfaces } = this.#options;
    const usualMs = OTHER_MS + interfaces * SECONDS_AN_INTERFACE * 1000;
    const progress = Math.min(0.95, (clock.monotonicMs() - this.#begunMs) / usualMs);
    return { ...this.#state, isRunning, progress: isRunning ? progress : 1 };
  }

  /** Begin, unless one is under way. */
  begin(language: Language): void {
    if (this.#child !== undefined) return;
    const { clock, configFile } = this.#options;
    const startedMs = clock.wallMs();
    this.#begunMs = clock.monotonicMs();
    this.#state = { startedMs };
    const main = fileURLToPath(new URL("./main.js", import.meta.url));
    const config = configFile === undefined ? [] : ["--config", configFile];
    const look = ["--seconds", String(SECONDS_AN_INTERFACE)];
    this.#child = execFile(
      process.execPath,
      [
        `--max-old-space-size=${HEAP_MIB}`,
        ...[main, "doctor", "--json", "--lang", language, ...look, ...config],
      ],
      { timeout: LONGEST_MS, maxBuffer: MAX_ANSWER_BYTES, killSignal: "SIGKILL" },
      (error, out, words) => {
        this.#child = undefined;
        try {
          this.#state = { startedMs, result: JSON.parse(out) as DoctorResult };
        } catch {
          this.#state = { startedMs, trouble: lastWords(words, error) };
        }
      },
    );
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
  }
}
