/**
 * A tcpdump that writes frames, wherever it runs: as a child of this process, or with the capture helper, which alone
 * holds the right to capture. It is given orders in its own form and says what it has to say in its own words.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { AgentError, reasonOf } from "../../base/errors.js";
import { type LiveSourceOptions, MAX_FRAME_BYTES } from "./packet-source.js";

export interface TcpdumpProcess {
  /** Absent where it is no child of this process. */
  readonly processId?: number | undefined;
  /** Frames, as a pcap file. */
  readonly frames: Readable;
  /** What it says: that it listens, its figures, its complaints. */
  readonly words: Readable;
  /** Have it say its figures; only once it listens. */
  askFigures(): void;
  /** Have it end; what it has still to say comes before it does. */
  end(): void;
  /** End it without asking. */
  kill(): void;
  /** Resolves when it has ended and everything has been read. @throws AgentError where it could not be started */
  readonly ended: Promise<void>;
}

/** How a process is started; once for each source. */
export type StartTcpdump = (options: LiveSourceOptions) => TcpdumpProcess;

/** tcpdump as a child. It ends with this thread, but where that is ended from outside (`endOrphan`). @param program tests put something else in its place */
export function spawnTcpdump(program = "tcpdump"): StartTcpdump {
  return (options) => {
    const child = spawn(program, tcpdumpArguments(options), {
      stdio: ["ignore", "pipe", "pipe"],
      // Debian keeps tcpdump where the PATH of an ordinary user does not look.
      env: { ...process.env, PATH: `${process.env.PATH ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`, LC_ALL: "C" },
    });
    const kill = (): void => {
      child.kill("SIGKILL");
    };
    process.once("exit", kill);
    let failure: AgentError | undefined;
    child.once("error", (error) => {
      failure = spawnError(error);
    });
    const ended = new Promise<void>((resolve, reject) => {
      child.once("close", () => {
        process.off("exit", kill);
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
    return {
      processId: child.pid,
      frames: child.stdout,
      words: child.stderr,
      askFigures: () => void child.kill("SIGUSR1"),
      end: () => void child.kill("SIGTERM"),
      kill,
      ended,
    };
  };
}

/**
 * End a child whose thread is gone and was not asked: one that has nothing to write does not notice. Does nothing where it has ended; a
 * number that belongs to another process by now is let alone.
 */
export function endOrphan(processId: number): void {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "latin1");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(parent) === process.pid) process.kill(processId, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function tcpdumpArguments(options: LiveSourceOptions): string[] {
  return [
    ["-i", options.interface],
    // Each frame is written as it comes from the ring, without names being looked up. Not in "immediate mode": the ring would have
    // a slot of the longest frame for each, which is 256 frames in 16 MiB; so a frame may be gathered with others for a second.
    ["-w", "-", "-U", "-n"],
    ["-s", String(Math.min(options.snaplen, MAX_FRAME_BYTES))],
    ["-B", String(ringKib(options))],
    (options.isPromiscuous ?? true) ? [] : ["-p"],
    // Its own choice for "any" would be the second version of the cooked link type.
    options.interface === "any" ? ["-y", "LINUX_SLL"] : [],
    ["--", options.filter],
  ].flat();
}

/** The kernel's ring in tcpdump's unit. */
export function ringKib({ bufferBytes }: LiveSourceOptions): number {
  return Math.ceil(bufferBytes / 1024);
}

function spawnError(error: Error): AgentError {
  const isMissing = "code" in error && error.code === "ENOENT";
  return new AgentError(
    isMissing ? "error.capture.no_tcpdump" : "error.capture.tcpdump_failed",
    { reason: reasonOf(error) },
    { cause: error },
  );
}
