import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { AgentError, type ErrorCode, reasonOf } from "../base/errors.js";
import type { RuleImage } from "../signature/image.js";
import { bufferOf } from "../signature/image-file.js";
import type { CaptureDriver, CaptureStats } from "./capture/packet-source.js";
import { endOrphan } from "./capture/tcpdump-process.js";
import type { SensorRecord } from "./detection.js";
import type { SavedSet } from "./match/data-sets.js";
import type { RuleTraceReport } from "./rule-trace.js";
import type { Talker } from "./talker-look.js";
import type {
  SensorAnswer,
  SensorCommand,
  SensorMessage,
  ThreadData,
  ThreadOptions,
} from "./thread-messages.js";

export interface SensorEvents {
  /** The source is open: no frame from now on is missed. */
  readonly onStarted: (driver: CaptureDriver) => void;
  readonly onRecords: (records: readonly SensorRecord[]) => void;
  readonly onHeartbeat: (counters: Readonly<Record<string, number>>, capture: CaptureStats) => void;
  /** The source has ended: data sets as they were changed until then. */
  readonly onLastSets: (sets: readonly SavedSet[]) => void;
  /** The thread is gone: the source ended (no error), the world failed it, or it broke. Called once. */
  readonly onEnded: (error: AgentError | undefined) => void;
}

/**
 * Memory of the sensor thread for short-lived objects, which are few: packets make none. V8's default would let 48 MiB of them
 * lie about.
 */
const YOUNG_GENERATION_MIB = 12;
/**
 * Memory of the sensor thread for everything else but rules and tables, which lie outside of V8's heap. At 50,000 packets a second
 * under ET Open it holds 20 to 30 MiB (`scripts/chaos soak`): one that wants three times that is broken, and is ended while the
 * unit's MemoryMax still has room for the main thread.
 */
const OLD_GENERATION_MIB = 96;

/** The main thread's side of one sensor thread. */
export class SensorHandle {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #events: SensorEvents;
  readonly #pending = new Map<number, (answer?: SensorAnswer) => void>();
  #nextId = 1;
  #error: AgentError | undefined;
  /** The child that captures for the thread, until that says that it has ended. */
  #processId: number | undefined;
  #hasEnded = false;
  #goneCount = 0;

  constructor(options: ThreadOptions, events: SensorEvents) {
    this.#events = events;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(new URL("./thread.js", import.meta.url), {
      workerData: { port: port2, data: { ...options, image: bufferOf(options.image) } satisfies ThreadData },
      transferList: [port2],
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
        maxOldGenerationSizeMb: OLD_GENERATION_MIB,
      },
    });
    this.#port.on("message", (message: SensorMessage) => this.#onMessage(message));
    this.#worker.on("error", (error) => {
      this.#error = new AgentError("error.internal", { reason: reasonOf(error) }, { cause: error });
    });
    this.#worker.on("exit", () => this.#onGone());
    this.#port.on("close", () => this.#onGone());
  }

  /** Judge by other rules from the next packet on; resolves when the sensor has adopted them. */
  async swapRules(image: RuleImage): Promise<void> {
    await this.#request((id) => ({ command: "swapRules", image: bufferOf(image), id }));
  }

  /** Judge by further rules as well, unheard, or no more; resolves when that has begun or ended. */
  async shadow(image: RuleImage | undefined): Promise<void> {
    await this.#request((id) => ({ command: "shadow", image: image ? bufferOf(image) : null, id }));
  }

  /** Run the steps of one rule beside the rules in force, or no more; it ends by itself after `forMs`. */
  async trace(image: RuleImage | undefined, forMs: number): Promise<void> {
    const steps = image ? bufferOf(image) : null;
    await this.#request((id) => ({ command: "trace", image: steps, forMs, id }));
  }

  /** What the last trace has seen so far; undefined where there was none, or the sensor is gone. */
  async traced(): Promise<RuleTraceReport | undefined> {
    const answer = await this.#request((id) => ({ command: "traced", id }));
    return answer !== undefined && "flows" in answer ? answer : undefined;
  }

  /** Who sent and received since the last question, most first. */
  async talkers(): Promise<readonly Talker[]> {
    const answer = await this.#request((id) => ({ command: "talkers", id }));
    return answer !== undefined && !("flows" in answer) && !("sets" in answer) ? answer : [];
  }

  /** Data sets that are to outlive the agent and have changed since this was last asked. */
  async changedSets(): Promise<readonly SavedSet[]> {
    const answer = await this.#request((id) => ({ command: "savedSets", id }));
    return answer !== undefined && "sets" in answer ? answer.sets : [];
  }

  /** Resolves when the sensor has sent its counters; also under load. */
  async sample(): Promise<void> {
    await this.#request((id) => ({ command: "sample", id }));
  }

  /** Ask the sensor to end; `onEnded` says when it has. */
  stop(): void {
    if (!this.#hasEnded) this.#send({ command: "stop" });
  }

  /** End it without asking. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #request(make: (id: number) => SensorCommand): Promise<SensorAnswer | undefined> {
    if (this.#hasEnded) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#send(make(id));
    });
  }

  #send(command: SensorCommand): void {
    this.#port.postMessage(command);
  }

  #onMessage(message: SensorMessage): void {
    switch (message.event) {
      case "started":
        this.#processId = message.processId;
        this.#events.onStarted(message.driver);
        break;
      case "records":
        this.#events.onRecords(message.records);
        break;
      case "heartbeat":
        this.#events.onHeartbeat(message.counters, message.capture);
        break;
      case "ended":
        this.#processId = undefined;
        this.#events.onHeartbeat(message.counters, message.capture);
        this.#events.onLastSets(message.changedSets);
        break;
      case "done":
        this.#pending.get(message.id)?.(message.answer);
        this.#pending.delete(message.id);
        break;
      case "failed":
        this.#processId = undefined;
        this.#error = new AgentError(message.code as ErrorCode, message.params);
    }
  }

  /** The thread has ended and the port has been read to its end, in either order. */
  #onGone(): void {
    if (++this.#goneCount < 2) return;
    this.#hasEnded = true;
    if (this.#processId !== undefined) endOrphan(this.#processId);
    for (const resolve of this.#pending.values()) resolve();
    this.#pending.clear();
    this.#events.onEnded(this.#error);
  }
}
