/**
 * Owns a run of fuzzing: episode after episode through a sensor with real rules, and what is asked of it. No exception; no frame
 * that costs more than `SLOW_MS`; everything given back after each episode; no memory that grows from episode to episode.
 */
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";
import type { Sensor } from "#agent/sensor/sensor.js";
import { Episode } from "./episode.js";
import type { FrameCorpus } from "./frame-corpus.js";

/** What one frame may cost. */
export const SLOW_MS = 10;
/** A frame that seems to have cost this much is tried again, to tell what it costs from what the machine was busy with. */
export const SUSPICIOUS_MS = 8;
const RETRIALS = 4;
/** Frames between two looks at the CPU time, which costs about a microsecond. */
const FRAMES_PER_CPU_LOOK = 64;
const EPISODES_PER_MEMORY_LOOK = 20;
/**
 * What is in use after a collection wobbles by what the last episode filled: stream memory keeps its highest level for a while. What
 * grows raises the least of several looks as well.
 */
const LOOKS_PER_FLOOR = 8;
/** Every so many episodes the sensor makes EVE records of all it reads, which costs more. */
const TELLING_EVERY = 24;
const FRAMES_PER_EPISODE = 32_768;
const MAX_FINDINGS = 100;
/** What is in use when no flow is left. */
const AT_REST = [
  "flow.active",
  "stream.memory_bytes",
  "proto.state_bytes",
  "proto.file_buffers_used",
  "proto.body_buffers_used",
  "proto.mime_readers_used",
  "proto.smb_files_used",
];

export interface Finding {
  readonly kind: "exception" | "slow" | "not given back";
  readonly seed: number;
  /** Frame of the episode, −1 for its end. */
  readonly frame: number;
  readonly text: string;
}

/** Where a run stands; plain, so that it can be written down and taken up again. */
export interface FuzzProgress {
  firstSeed: number;
  episodes: number;
  frames: number;
  mutated: number;
  detections: number;
  records: number;
  worstMs: number;
  /** Heap and buffers after a collection: the least of the first looks of this process, of the last ones, the highest; bytes. */
  memoryFirst: number;
  memoryLast: number;
  memoryMost: number;
  cpuS: number;
  findings: Finding[];
}

export function newProgress(firstSeed: number): FuzzProgress {
  return {
    firstSeed,
    episodes: 0,
    frames: 0,
    mutated: 0,
    detections: 0,
    records: 0,
    worstMs: 0,
    memoryFirst: 0,
    memoryLast: 0,
    memoryMost: 0,
    cpuS: 0,
    findings: [],
  };
}

/** Makes a sensor that, if `tellsTraffic`, makes records of all it reads. */
export type SensorMaker = (tellsTraffic: boolean) => Sensor;

export class FuzzRun {
  readonly progress: FuzzProgress;
  readonly #makeSensor: SensorMaker;
  readonly #framesPerEpisode: number;
  readonly #episode: Episode;
  /** One that only judges, and one that also tells what it reads. */
  readonly #sensors: Sensor[];
  /** The looks at memory of this process: the first ones, and the latest. */
  readonly #firstLooks: number[] = [];
  readonly #lastLooks: number[] = [];

  constructor(
    corpus: FrameCorpus,
    makeSensor: SensorMaker,
    progress: FuzzProgress,
    framesPerEpisode = FRAMES_PER_EPISODE,
  ) {
    this.progress = progress;
    this.#makeSensor = makeSensor;
    this.#framesPerEpisode = framesPerEpisode;
    this.#episode = new Episode(corpus);
    this.#sensors = [makeSensor(false), makeSensor(true)];
  }

  /** Play the next episode and take note of what came of it. */
  step(): void {
    const { progress } = this;
    const seed = progress.firstSeed + progress.episodes;
    const watch = this.#play(seed, -1);
    progress.episodes++;
    progress.frames += this.#episode.frames;
    progress.mutated += this.#episode.mutated;
    if (watch.suspect >= 0) this.#tryAgain(seed, watch.suspect);
    if (progress.episodes % EPISODES_PER_MEMORY_LOOK === 0) this.#lookAtMemory();
  }

  /** Play one episode and say what frame `frame` of it costs, milliseconds. */
  costOf(seed: number, frame: number): number {
    return this.#play(seed, frame).costMs;
  }

  #play(seed: number, watchedFrame: number): FrameWatch {
    const which = seed % TELLING_EVERY === 0 ? 1 : 0;
    const sensor = this.#sensors[which]!;
    const watch = new FrameWatch(sensor, watchedFrame);
    try {
      sensor.reset();
      const frames = watchedFrame < 0 ? this.#framesPerEpisode : watchedFrame + 1;
      this.#episode.play(seed, frames, watch);
      sensor.finish();
      this.#checkAtRest(seed, sensor);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#find({ kind: "exception", seed, frame: watch.frames, text });
      this.#sensors[which] = this.#makeSensor(which === 1);
    }
    return watch;
  }

  #checkAtRest(seed: number, sensor: Sensor): void {
    const counters = sensor.counters();
    for (const name of AT_REST) {
      const value = counters[name] ?? 0;
      if (value !== 0) this.#find({ kind: "not given back", seed, frame: -1, text: `${name} ${value}` });
    }
  }

  /** Alone, again and again: the least of what it cost is what it costs. */
  #tryAgain(seed: number, frame: number): void {
    let costMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < RETRIALS && costMs > SUSPICIOUS_MS; i++) {
      costMs = Math.min(costMs, this.costOf(seed, frame));
    }
    this.progress.worstMs = Math.max(this.progress.worstMs, costMs);
    if (costMs > SLOW_MS) this.#find({ kind: "slow", seed, frame, text: `${costMs.toFixed(1)} ms` });
  }

  #find(finding: Finding): void {
    if (this.progress.findings.length < MAX_FINDINGS) this.progress.findings.push(finding);
  }

  #lookAtMemory(): void {
    const { progress } = this;
    for (const sensor of this.#sensors) sensor.reset();
    // The second collection frees the buffers whose owners fell in the first.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers;
    if (this.#firstLooks.length < LOOKS_PER_FLOOR) this.#firstLooks.push(bytes);
    if (this.#lastLooks.push(bytes) > LOOKS_PER_FLOOR) this.#lastLooks.shift();
    progress.memoryFirst = Math.min(...this.#firstLooks);
    progress.memoryLast = Math.min(...this.#lastLooks);
    progress.memoryMost = Math.max(progress.memoryMost, bytes);
  }
}

/** Passes frames on and looks at the clock before and after. */
class FrameWatch implements FrameSink {
  frames = 0;
  /** The frame that seems to have cost most, if that is much. */
  suspect = -1;
  /** Of the watched frame. */
  costMs = 0;
  readonly #sensor: Sensor;
  readonly #watchedFrame: number;
  #suspectMs = SUSPICIOUS_MS;
  #cpuUs = cpuUs();

  constructor(sensor: Sensor, watchedFrame: number) {
    this.#sensor = sensor;
    this.#watchedFrame = watchedFrame;
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    const before = performance.now();
    this.#sensor.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
    const costMs = performance.now() - before;
    const frame = this.frames++;
    if (frame === this.#watchedFrame) this.costMs = costMs;
    if (costMs > this.#suspectMs && cpuUs() - this.#cpuUs > this.#suspectMs * 1000) {
      this.suspect = frame;
      this.#suspectMs = costMs;
    }
    if (frame % FRAMES_PER_CPU_LOOK === 0) this.#cpuUs = cpuUs();
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
