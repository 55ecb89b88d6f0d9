/**
 * Live capture through a pipe from `tcpdump -w -`: the fallback where node-pcap is not installed, for every interface
 * after the first, and with the capture helper.
 *
 * One that does not listen within OPEN_WITHIN_MS is ended and told as a failure: whoever waits for it hears nothing and looks
 * healthy. tcpdump is asked for its drop counts from time to time (SIGUSR1) and gives the last ones at its end. When this thread
 * reads too slowly the pipe fills, tcpdump waits, and the kernel counts the drops. Restarting is the sensor's business.
 * The child is ended with `stop`, with this thread's own exit, and at the latest by its next write to a pipe nobody reads.
 * Memory bound: one RecordWindow, the pipe's chunk, MAX_COMPLAINT_CHARS of what tcpdump says.
 */

import { AgentError } from "../../base/errors.js";
import { liveCaptureError, lostCaptureError } from "./live-errors.js";
import type { CaptureStats, FrameSink, LiveSourceOptions, PacketSource } from "./packet-source.js";
import { RecordWindow, WINDOW_BROKEN, WINDOW_BYTES, WINDOW_FRAME } from "./record-window.js";
import { RisingCount } from "./rising-count.js";
import { type StartTcpdump, spawnTcpdump, type TcpdumpProcess } from "./tcpdump-process.js";

/** Drops are what tells overload here: where frames are gathered, a late one says little. */
const STATS_INTERVAL_MS = 1_000;
/** From its start until it listens; a machine under load takes some seconds. */
const OPEN_WITHIN_MS = 30_000;
/** A tcpdump that ignores SIGTERM that long is killed. */
const KILL_AFTER_MS = 1_000;
const MAX_COMPLAINT_CHARS = 2_000;

/** Said when the kernel gathers frames and its signal handlers stand; a SIGUSR1 before that would end it. */
const READY = /listening on /;
const STATISTICS = /(\d+) packets? (received by filter|dropped by kernel|dropped by interface)/g;
/** Said at every start and end; the rest of what tcpdump says is a complaint. */
const CHATTER = /listening on |packets? (captured|received by filter|dropped by)/;

export class TcpdumpSource implements PacketSource {
  readonly driver: "tcpdump" | "helper";
  /** What tcpdump asks libpcap for. */
  readonly gatherMs = 1000;
  readonly #options: LiveSourceOptions;
  readonly #start: StartTcpdump;
  readonly #openWithinMs: number;
  readonly #window = new RecordWindow();
  #process: TcpdumpProcess | undefined;
  #hasEnded = false;
  #isStopped = false;
  #isReady = false;
  #onOpen: (() => void) | undefined;
  #openTimer: NodeJS.Timeout | undefined;
  /** Why `run` is to reject, where that is known before the child has ended. */
  #failure: unknown;
  #stderrLine = "";
  #complaints = "";

  #delivered = 0;
  #truncatedFrames = 0;
  readonly #received = new RisingCount();
  readonly #kernelDrops = new RisingCount();
  readonly #interfaceDrops = new RisingCount();

  /** @param start how tcpdump is started; a child if left out */
  constructor(
    options: LiveSourceOptions,
    start: StartTcpdump = spawnTcpdump(),
    driver: "tcpdump" | "helper" = "tcpdump",
    openWithinMs = OPEN_WITHIN_MS,
  ) {
    this.#options = options;
    this.#start = start;
    this.driver = driver;
    this.#openWithinMs = openWithinMs;
  }

  get processId(): number | undefined {
    return this.#process?.processId;
  }

  async run(sink: FrameSink, onOpen?: () => void): Promise<void> {
    if (this.#isStopped) return;
    this.#onOpen = onOpen;
    const tcpdump = this.#start(this.#options);
    this.#process = tcpdump;
    tcpdump.frames.on("data", (chunk: Buffer) => this.#read(chunk, sink));
    tcpdump.words.setEncoding("utf8").on("data", (text: string) => this.#listen(text));
    this.#openTimer = setTimeout(() => this.#giveUpOpening(), this.#openWithinMs);
    const statsTimer = setInterval(() => this.#isReady && tcpdump.askFigures(), STATS_INTERVAL_MS);
    try {
      await tcpdump.ended;
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#hasEnded = true;
      clearInterval(statsTimer);
      clearTimeout(this.#openTimer);
    }
    this.#listen("\n");
    const failure = this.#failure ?? (this.#isStopped ? undefined : this.#endError());
    if (failure !== undefined) throw failure;
  }

  stop(): void {
    this.#isStopped = true;
    const tcpdump = this.#process;
    if (tcpdump === undefined || this.#hasEnded) return;
    // What still comes is read and dropped, so that tcpdump is not stuck in a full pipe and can give its last figures.
    tcpdump.end();
    const timer = setTimeout(() => tcpdump.kill(), KILL_AFTER_MS);
    const clear = (): void => clearTimeout(timer);
    tcpdump.ended.then(clear, clear);
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
      if (READY.test(line) && !this.#isReady) {
        this.#isReady = true;
        clearTimeout(this.#openTimer);
        this.#onOpen?.();
      }
      for (const [, count, what] of line.matchAll(STATISTICS)) this.#readStatistic(what!, Number(count));
      if (line !== "" && !CHATTER.test(line) && this.#complaints.length < MAX_COMPLAINT_CHARS) {
        this.#complaints += `${line.replace(/^tcpdump: /, "").slice(0, MAX_COMPLAINT_CHARS)} `;
      }
    }
  }

  #giveUpOpening(): void {
    const { interface: name } = this.#options;
    const params = { interface: name, driver: this.driver, seconds: this.#openWithinMs / 1000 };
    this.#failure = new AgentError("error.capture.not_open", params);
    this.stop();
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
