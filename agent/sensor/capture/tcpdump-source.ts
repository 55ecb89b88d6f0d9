/**
 * Live capture through a pipe from `tcpdump -w -`: the fallback where node-pcap is not installed, and for every
 * interface after the first.
 *
 * tcpdump is asked for its drop counts from time to time (SIGUSR1) and gives the last ones at its end. When this thread
 * reads too slowly the pipe fills, tcpdump waits, and the kernel counts the drops. Restarting is the sensor's business.
 * The child is ended with `stop`, with this thread's own exit, and at the latest by its next write to a pipe nobody reads.
 * Memory bound: one RecordWindow, the pipe's chunk, MAX_COMPLAINT_CHARS of what tcpdump says.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { AgentError, reasonOf } from "../../base/errors.js";
import { liveCaptureError, lostCaptureError } from "./live-errors.js";
import {
  type CaptureStats,
  type FrameSink,
  type LiveSourceOptions,
  MAX_FRAME_BYTES,
  type PacketSource,
} from "./packet-source.js";
import { RecordWindow, WINDOW_BROKEN, WINDOW_BYTES, WINDOW_FRAME } from "./record-window.js";
import { RisingCount } from "./rising-count.js";

const STATS_INTERVAL_MS = 5_000;
/** A tcpdump that ignores SIGTERM that long is killed. */
const KILL_AFTER_MS = 1_000;
const MAX_COMPLAINT_CHARS = 2_000;

/** Said when its signal handlers stand; a SIGUSR1 before that would end it. */
const READY = /listening on /;
const STATISTICS = /(\d+) packets? (received by filter|dropped by kernel|dropped by interface)/g;
/** Said at every start and end; the rest of what tcpdump says is a complaint. */
const CHATTER = /listening on |packets? (captured|received by filter|dropped by)/;

export class TcpdumpSource implements PacketSource {
  readonly driver = "tcpdump";
  readonly #options: LiveSourceOptions;
  readonly #program: string;
  readonly #window = new RecordWindow();
  #child: ChildProcess | undefined;
  #isStopped = false;
  #isReady = false;
  /** Why `run` is to reject, where that is known before the child has ended. */
  #failure: unknown;
  #stderrLine = "";
  #complaints = "";

  #delivered = 0;
  #truncatedFrames = 0;
  readonly #received = new RisingCount();
  readonly #kernelDrops = new RisingCount();
  readonly #interfaceDrops = new RisingCount();

  /** @param program What to run; tests put something else in tcpdump's place. */
  constructor(options: LiveSourceOptions, program = "tcpdump") {
    this.#options = options;
    this.#program = program;
  }

  run(sink: FrameSink): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const child = spawn(this.#program, tcpdumpArguments(this.#options), {
        stdio: ["ignore", "pipe", "pipe"],
        // Debian keeps tcpdump where the PATH of an ordinary user does not look.
        env: { ...process.env, PATH: `${process.env.PATH ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`, LC_ALL: "C" },
      });
      this.#child = child;
      const kill = (): void => {
        child.kill("SIGKILL");
      };
      process.once("exit", kill);
      child.stdout.on("data", (chunk: Buffer) => this.#read(chunk, sink));
      child.stderr.setEncoding("utf8").on("data", (text: string) => this.#listen(text));
      const statsTimer = setInterval(() => this.#isReady && child.kill("SIGUSR1"), STATS_INTERVAL_MS);
      child.once("error", (error) => {
        this.#failure ??= spawnError(error);
      });
      child.once("close", () => {
        clearInterval(statsTimer);
        process.off("exit", kill);
        this.#listen("\n");
        const failure = this.#failure ?? (this.#isStopped ? undefined : this.#endError());
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  stop(): void {
    this.#isStopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // What still comes is read and dropped, so that tcpdump is not stuck in a full pipe and can give its last figures.
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    child.once("close", () => clearTimeout(timer));
  }

  stats(): CaptureStats {
    return {
      delivered: this.#delivered,
      received: Math.max(this.#received.value, this.#delivered),
      kernelDrops: this.#kernelDrops.value,
      interfaceDrops: this.#interfaceDrops.value,
      truncatedFrames: this.#truncatedFrames,
    };
  }

  #read(chunk: Buffer, sink: FrameSink): void {
    let taken = 0;
    while (taken < chunk.length && !this.#isStopped) {
      const offset = this.#window.writeOffset();
      const byteCount = Math.min(chunk.length - taken, WINDOW_BYTES - offset);
      this.#window.bytes.set(chunk.subarray(taken, taken + byteCount), offset);
      this.#window.wrote(byteCount);
      taken += byteCount;
      this.#drain(sink);
    }
  }

  #drain(sink: FrameSink): void {
    const window = this.#window;
    try {
      while (!this.#isStopped) {
        const state = window.next();
        if (state === WINDOW_BROKEN) throw this.#error(window.problem);
        if (state !== WINDOW_FRAME) return;
        const record = window.record;
        this.#delivered++;
        if (record.capturedLength < record.wireLength) this.#truncatedFrames++;
        sink.frame(
          window.bytes,
          record.frameOffset,
          record.capturedLength,
          record.wireLength,
          record.linkType,
          record.timeUs,
        );
      }
    } catch (error) {
      this.#failure = error;
      this.stop();
    }
  }

  /** Whole lines of stderr: figures are read, complaints kept. */
  #listen(text: string): void {
    const lines = (this.#stderrLine + text).split("\n");
    this.#stderrLine = lines.pop()!.slice(0, MAX_COMPLAINT_CHARS);
    for (const line of lines) {
      if (READY.test(line)) this.#isReady = true;
      for (const [, count, what] of line.matchAll(STATISTICS)) this.#readStatistic(what!, Number(count));
      if (line !== "" && !CHATTER.test(line) && this.#complaints.length < MAX_COMPLAINT_CHARS) {
        this.#complaints += `${line.replace(/^tcpdump: /, "").slice(0, MAX_COMPLAINT_CHARS)} `;
      }
    }
  }

  #readStatistic(what: string, count: number): void {
    if (what === "received by filter") this.#received.read(count);
    else if (what === "dropped by kernel") this.#kernelDrops.read(count);
    else this.#interfaceDrops.read(count);
  }

  #endError(): AgentError {
    const complaints = this.#complaints.trim();
    return complaints === ""
      ? lostCaptureError(this.driver, this.#options.interface)
      : this.#error(complaints);
  }

  #error(reason: string): AgentError {
    return liveCaptureError(this.driver, this.#options.interface, this.#options.filter, reason);
  }
}

function tcpdumpArguments(options: LiveSourceOptions): string[] {
  return [
    ["-i", options.interface],
    // Each frame is written as it comes, without names being looked up.
    ["-w", "-", "-U", "-n", "--immediate-mode"],
    ["-s", String(Math.min(options.snaplen, MAX_FRAME_BYTES))],
    ["-B", String(Math.ceil(options.bufferBytes / 1024))],
    (options.isPromiscuous ?? true) ? [] : ["-p"],
    // Its own choice for "any" would be the second version of the cooked link type.
    options.interface === "any" ? ["-y", "LINUX_SLL"] : [],
    ["--", options.filter],
  ].flat();
}

function spawnError(error: Error): AgentError {
  const isMissing = "code" in error && error.code === "ENOENT";
  return new AgentError(
    isMissing ? "error.capture.no_tcpdump" : "error.capture.tcpdump_failed",
    { reason: reasonOf(error) },
    { cause: error },
  );
}
