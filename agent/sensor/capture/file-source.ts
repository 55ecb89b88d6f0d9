/**
 * A capture file played as if it were live: frames come at the pace at which they were recorded.
 *
 * The event loop gets its turn at every pause and every BURST_FRAMES frames. A pause longer than MAX_PAUSE_MS is a
 * clock that was set, not quiet traffic, and is left out; time that goes back does not wait.
 */

import { type Clock, systemClock } from "../../base/clock.js";
import { CaptureFile, type CaptureProblem } from "./capture-file.js";
import type { CaptureStats, FrameSink, PacketSource } from "./packet-source.js";

const BURST_FRAMES = 256;
const MAX_PAUSE_MS = 3_600_000;
/** Timers are no finer than this: a frame due sooner goes out with the one before it. */
const TIMER_GRAIN_MS = 1;

export interface FileSourceOptions {
  readonly path: string;
  /** 1 plays as recorded, 2 twice as fast; Infinity without pauses. */
  readonly speed?: number;
  readonly clock?: Clock;
}

export class FileSource implements PacketSource {
  readonly driver = "file";
  readonly #path: string;
  readonly #speed: number;
  readonly #clock: Clock;
  #file: CaptureFile | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(options: FileSourceOptions) {
    this.#path = options.path;
    this.#speed = options.speed ?? 1;
    this.#clock = options.clock ?? systemClock;
  }

  async run(sink: FrameSink, onOpen?: () => void): Promise<void> {
    const file = new CaptureFile(this.#path);
    this.#file = file;
    onOpen?.();
    try {
      await this.#play(file, sink);
    } finally {
      file.close();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  stats(): CaptureStats {
    const result = this.#file?.result();
    const frames = result?.frames ?? 0;
    return {
      delivered: frames,
      received: frames,
      kernelDrops: 0,
      interfaceDrops: 0,
      truncatedFrames: result?.truncatedFrames ?? 0,
    };
  }

  /** Why the end of the file could not be used, once `run` has resolved. */
  get problem(): CaptureProblem | undefined {
    return this.#file?.result().problem;
  }

  async #play(file: CaptureFile, sink: FrameSink): Promise<void> {
    let burst = 0;
    let lastUs = Number.NaN;
    /** When the last frame was due, on the monotonic clock. */
    let dueMs = this.#clock.monotonicMs();
    while (!this.#isStopped && file.next()) {
      const gapMs = (file.timeUs - lastUs) / 1000;
      lastUs = file.timeUs;
      if (gapMs > 0 && gapMs <= MAX_PAUSE_MS) dueMs += gapMs / this.#speed;
      const pauseMs = dueMs - this.#clock.monotonicMs();
      if (pauseMs >= TIMER_GRAIN_MS || ++burst === BURST_FRAMES) {
        burst = 0;
        await this.#pause(pauseMs);
        if (this.#isStopped) return;
      }
      file.deliver(sink);
    }
  }

  /** Let the event loop turn, for `pauseMs` if that is worth a timer. `stop` ends it at once. */
  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (pauseMs < TIMER_GRAIN_MS) {
        setImmediate(resolve);
        return;
      }
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
