import { systemClock } from "../base/clock.js";
import { AgentError, reasonOf } from "../base/errors.js";
import type { RuleImage } from "../signature/image.js";
import { imageIn } from "../signature/image-file.js";
import { FileSource } from "./capture/file-source.js";
import { openLiveSource } from "./capture/live-source.js";
import type { FrameSink, PacketSource } from "./capture/packet-source.js";
import { LoadShedder } from "./load-shedder.js";
import { RecordBatch } from "./record-batch.js";
import { registeredParsers } from "./registered-parsers.js";
import { RuleTrace } from "./rule-trace.js";
import { Sensor } from "./sensor.js";
import { ShadowRun } from "./shadow.js";
import type {
  SensorAnswer,
  SensorCommand,
  SensorMessage,
  SourceOptions,
  ThreadOptions,
} from "./thread-messages.js";

/** Commands are looked for after this many frames … */
const FRAMES_PER_POLL = 64;
/** … and this often while no frame comes, milliseconds. */
const IDLE_POLL_MS = 20;
const HEARTBEAT_MS = 1000;
const LOAD_POLL_MS = 50;
const MAX_DETECTIONS_PER_SECOND = 5000;

/** How the loop reaches the main thread. */
export interface LoopPort {
  send(message: SensorMessage): void;
  /** The next command, without waiting; undefined where there is none. */
  receive(): SensorCommand | undefined;
}

/**
 * Runs one source through one sensor until it ends or is stopped.
 *
 * node-pcap's dispatch does not return while packets keep coming, so commands are read, records sent and heartbeats given
 * from inside the packet loop; a timer does the same while no packets come.
 */
export class SensorLoop implements FrameSink {
  readonly #port: LoopPort;
  readonly #sensor: Sensor;
  readonly #source: PacketSource;
  readonly #batch: RecordBatch;
  #image: RuleImage;
  #shadow: ShadowRun | undefined;
  /** The last trace; it runs while it is the shadow. */
  #trace: RuleTrace | undefined;
  #traceEndMs = Number.POSITIVE_INFINITY;
  /** Only a live source can be too fast. */
  readonly #load: LoadShedder | undefined;
  #framesUntilPoll = FRAMES_PER_POLL;
  #lastHeartbeatMs = 0;
  #lastLoadMs = 0;
  /** When the frame looked at last had come, 0 where none has since the load was last asked for. */
  #lastFrameUs = 0;

  /** @throws AgentError where the wanted capture driver is not there */
  constructor(options: ThreadOptions, port: LoopPort) {
    this.#port = port;
    this.#image = options.image;
    this.#batch = new RecordBatch(
      options.interfaceName,
      MAX_DETECTIONS_PER_SECOND,
      systemClock.monotonicMs,
      (records) => port.send({ event: "records", records }),
    );
    this.#source = openSource(options.source);
    this.#load = options.source.kind === "live" ? new LoadShedder(this.#source.gatherMs) : undefined;
    this.#sensor = new Sensor({
      image: options.image,
      interfaceName: options.interfaceName,
      flowLimits: options.flowLimits,
      makeParsers: registeredParsers,
      onDetection: (detection) => this.#batch.add(detection),
      onObservation: (observation) => this.#batch.add(observation),
      wallMs: systemClock.wallMs,
      ...(this.#load && { load: this.#load }),
    });
    this.#sensor.memory.dataSets.restore(options.savedSets ?? []);
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    this.#shadow?.beginFrame();
    this.#sensor.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
    this.#shadow?.endFrame();
    this.#lastFrameUs = timeUs;
    if (--this.#framesUntilPoll === 0) {
      this.#framesUntilPoll = FRAMES_PER_POLL;
      this.#poll();
    }
  }

  /** Resolves when the source has ended; trouble of the outside world is sent as a message, not thrown. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#poll(), IDLE_POLL_MS);
    try {
      await this.#source.run(this, () => {
        const { driver, processId } = this.#source;
        this.#port.send({ event: "started", driver, processId });
      });
      this.#sensor.finish();
      this.#batch.close();
      const changedSets = this.#sensor.memory.dataSets.changed();
      this.#port.send({
        event: "ended",
        counters: this.#counters(),
        capture: this.#source.stats(),
        changedSets,
      });
    } catch (error) {
      this.#batch.close();
      this.#port.send(failureMessage(error));
    } finally {
      clearInterval(timer);
    }
  }

  #poll(): void {
    for (let command = this.#port.receive(); command; command = this.#port.receive()) this.#obey(command);
    this.#batch.tick();
    const nowMs = systemClock.monotonicMs();
    if (nowMs >= this.#traceEndMs) this.#endTrace();
    this.#observeLoad(nowMs);
    if (nowMs - this.#lastHeartbeatMs < HEARTBEAT_MS) return;
    this.#lastHeartbeatMs = nowMs;
    this.#sendHeartbeat();
  }

  #observeLoad(nowMs: number): void {
    if (this.#load === undefined || nowMs - this.#lastLoadMs < LOAD_POLL_MS) return;
    this.#lastLoadMs = nowMs;
    const lagMs = this.#lastFrameUs === 0 ? 0 : systemClock.wallMs() - this.#lastFrameUs / 1000;
    this.#lastFrameUs = 0;
    this.#load.observe(nowMs, lagMs, this.#source.stats().kernelDrops);
  }

  #obey(command: SensorCommand): void {
    if (command.command === "stop") {
      this.#source.stop();
      return;
    }
    const answer = this.#answerTo(command);
    this.#port.send({ event: "done", id: command.id, ...(answer && { answer }) });
  }

  #answerTo(command: Exclude<SensorCommand, { command: "stop" }>): SensorAnswer | undefined {
    switch (command.command) {
      case "sample":
        this.#sendHeartbeat();
        return undefined;
      case "swapRules":
        this.#judgeBy(imageIn(command.image), undefined);
        return undefined;
      case "shadow":
        this.#judgeBy(this.#image, command.image ? new ShadowRun(imageIn(command.image)) : undefined);
        return undefined;
      case "trace":
        this.#beginTrace(command.image, command.forMs);
        return undefined;
      case "traced":
        return this.#trace?.report(this.#shadow === this.#trace);
      case "savedSets":
        return { sets: this.#sensor.memory.dataSets.changed() };
      case "talkers":
        return this.#sensor.talkers();
    }
  }

  /** A candidate that is being tried is not put off by a question: then there is no trace. */
  #beginTrace(image: SharedArrayBuffer | null, forMs: number): void {
    const isTracing = this.#shadow !== undefined && this.#shadow === this.#trace;
    if (this.#shadow !== undefined && !isTracing) {
      this.#trace = undefined;
      return;
    }
    if (image === null) {
      if (isTracing) this.#judgeBy(this.#image, undefined);
      return;
    }
    this.#trace = new RuleTrace(imageIn(image));
    this.#traceEndMs = systemClock.monotonicMs() + forMs;
    this.#judgeBy(this.#image, this.#trace);
  }

  #endTrace(): void {
    this.#traceEndMs = Number.POSITIVE_INFINITY;
    if (this.#trace !== undefined && this.#shadow === this.#trace) this.#judgeBy(this.#image, undefined);
  }

  /** New rules in force end a shadow: what it was to show is decided. */
  #judgeBy(image: RuleImage, shadow: ShadowRun | undefined): void {
    this.#sensor.swapRules(image, shadow);
    this.#image = image;
    this.#shadow = shadow;
  }

  #sendHeartbeat(): void {
    this.#port.send({ event: "heartbeat", counters: this.#counters(), capture: this.#source.stats() });
  }

  #counters(): Record<string, number> {
    const shed = { "sensor.detections_shed": this.#batch.shedCount };
    const counters = { ...this.#sensor.counters(), ...this.#load?.counters() };
    return { ...counters, ...shed, ...this.#shadow?.counters() };
  }
}

/** What a sensor thread says when it cannot go on. */
export function failureMessage(error: unknown): SensorMessage {
  if (error instanceof AgentError) return { event: "failed", code: error.code, params: error.params };
  return { event: "failed", code: "error.internal", params: { reason: reasonOf(error) } };
}

function openSource(source: SourceOptions): PacketSource {
  return source.kind === "file" ? new FileSource(source) : openLiveSource(source);
}
